import { toast } from './toast.js';

document.addEventListener('click', event => {
  const kind = event.target.closest?.('[data-toast]')?.dataset.toast;
  if (kind === 'plain') toast('Saved.');
  if (kind === 'bad') toast('That could not be saved.', { kind: 'bad' });
  if (kind === 'undo') toast('Removed 3 GIFs.', { action: { label: 'Undo', run: () => toast('They are back.') } });
});
