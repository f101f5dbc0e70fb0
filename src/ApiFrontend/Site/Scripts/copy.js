// <button data-copy="text"> or <button data-copy-from="id of a field or element">; works on plain http too.

import { element, setIcon } from './dom.js';
import { toast } from './toast.js';

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy], [data-copy-from]');
  if (!button) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const isDone = await copy(source ? source.value ?? source.textContent : button.dataset.copy);
  // If copying fails, select the text, so that the user can copy with one key press.
  if (!isDone && source?.select) source.select();
  const keys = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘C' : 'Ctrl+C';
  toast(isDone ? button.dataset.copied ?? 'Copied.' : `This browser does not let us copy. Select the text and press ${keys}.`, { kind: isDone ? null : 'bad' });
  const picture = button.querySelector('svg');
  if (!isDone || !picture) return;
  setIcon(picture, 'check');
  setTimeout(() => setIcon(picture, 'copy'), 2000);
});

/** → whether the text was copied. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// navigator.clipboard exists only on https and localhost.
function copyBySelection(text) {
  const focused = document.activeElement;
  const field = element('textarea', { class: 'sr', readonly: '' });
  field.value = text;
  (focused?.closest('dialog') ?? document.body).append(field);
  field.select();
  let isDone = false;
  try {
    isDone = document.execCommand('copy');
  } catch { /* not copied */ }
  field.remove();
  focused?.focus();
  return isDone;
}
