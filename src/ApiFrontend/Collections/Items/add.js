// Adding to a collection: file picker, drag and drop, paste of files and URLs.

import { page } from './api.js';
import { openDialog } from './dialogs.js';
import { each, isTyping } from './dom.js';
import { grid } from './grid.js';
import { toast } from './toast.js';
import { showNew } from './show-new.js';
import { takeBack } from './undo.js';
import { upload } from './upload.js';

const here = () => document.querySelector('main [data-collection-page][data-can-add]')?.dataset.collectionPage ?? document.querySelector('form[data-add-files]')?.dataset.addFiles;

// ---- files

each('form[data-add-files]', form => {
  const input = form.querySelector('input[type=file]');
  const take = () => {
    if (input.files.length === 0) return;
    const files = [...input.files];
    input.value = '';
    form.closest('dialog')?.close();
    upload(form.dataset.addFiles, files);
  };
  input.addEventListener('change', take);
  form.addEventListener('submit', event => {
    event.preventDefault();
    take();
  });
});

// ---- drag and drop, anywhere on the page

const zone = () => document.querySelector('[data-drop-zone]');
const brings = transfer => ['Files', 'text/uri-list'].some(type => transfer?.types.includes(type));
let depth = 0;

function droppable(event) {
  return here() && brings(event.dataTransfer) && !event.target.closest?.('dialog:not(.dialog)') ? here() : null;
}

document.addEventListener('dragenter', event => {
  if (!droppable(event)) return;
  event.preventDefault();
  depth++;
  if (zone()) zone().hidden = false;
});

document.addEventListener('dragover', event => {
  if (!droppable(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
});

document.addEventListener('dragleave', event => {
  if (!droppable(event)) return;
  depth = Math.max(0, depth - 1);
  if (depth === 0) hide();
});

document.addEventListener('drop', event => {
  const collection = droppable(event);
  if (!collection) return;
  event.preventDefault();
  hide();
  document.querySelector('dialog[open] form[data-add-files]')?.closest('dialog').close();
  take(collection, event.dataTransfer, 'text/uri-list');
});

function hide() {
  depth = 0;
  if (zone()) zone().hidden = true;
}

// ---- paste

document.addEventListener('paste', event => {
  const collection = here();
  if (!collection || isTyping(event.target)) return;
  if (take(collection, event.clipboardData, 'text/plain')) event.preventDefault();
});

function take(collection, transfer, type) {
  if (transfer.files.length > 0) {
    // Asked for at once: the transfer is empty as soon as the event is over.
    const handles = [...transfer.items].filter(item => item.kind === 'file').map(item => item.getAsFileSystemHandle?.().catch(() => null) ?? null);
    upload(collection, [...transfer.files], handles);
    return true;
  }
  const address = transfer.getData(type).split('\n').map(line => line.trim()).find(line => line && !line.startsWith('#'));
  if (!address || !/^https?:\/\/\S+$/.test(address)) return false;
  openDialog(`/c/${collection}/add?address=${encodeURIComponent(address)}`);
  return true;
}

// ---- by URL: the browser measures the image

each('form[data-add-address]', form => {
  const input = form.querySelector('[name=address]');
  const [width, height] = ['width', 'height'].map(name => form.querySelector(`[name=${name}]`));
  const preview = form.querySelector('[data-preview]');
  const image = preview.querySelector('img');
  const text = preview.querySelector('[data-preview-text]');
  const size = form.querySelector('[data-size]');
  let seen = null;
  let looking = null;

  function say(words) {
    preview.hidden = false;
    text.textContent = words;
  }

  async function look() {
    const typed = input.value.trim();
    if (!typed) return;
    let address = input.dataset.media;
    if (address !== typed) {
      // The server normalises a page's URL to that of its image.
      const read = await page(`${form.dataset.addAddress}?address=${encodeURIComponent(typed)}`);
      const field = read?.querySelector('form[data-add-address] [name=address]');
      address = field?.dataset.media;
      if (!address) {
        image.hidden = true;
        say(read?.querySelector('form[data-add-address] .field-error')?.textContent.trim() ?? 'This address could not be read.');
        return;
      }
    }
    if (input.value.trim() !== typed) return;
    input.value = address;
    input.dataset.media = address;
    say('Looking…');
    const loaded = await load(image, address);
    if (input.value !== address) return;
    image.hidden = !loaded;
    if (loaded) {
      [width.value, height.value] = [image.naturalWidth, image.naturalHeight];
      seen = address;
      say(`${image.naturalWidth} × ${image.naturalHeight} pixels`);
    } else {
      [width.value, height.value] = ['', ''];
      size.classList.remove('no-script');
      size.open = true;
      say('No picture came from there. Is it the address of the picture itself? If you are sure, type its size below and add it anyway.');
    }
  }

  const lookOnce = () => looking ??= look().finally(() => { looking = null; });

  input.addEventListener('input', () => { seen = null; });
  input.addEventListener('change', lookOnce);
  input.addEventListener('paste', () => setTimeout(lookOnce));
  if (input.dataset.media) lookOnce();

  // A listener on the form itself runs before those on window: the form is sent once the size is known.
  form.addEventListener('submit', async event => {
    if (seen === input.value.trim() || (width.value && height.value && !size.classList.contains('no-script'))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    submitter?.setAttribute('aria-busy', 'true');
    await lookOnce();
    submitter?.removeAttribute('aria-busy');
    if (seen === input.value.trim()) form.requestSubmit(submitter);
    else (size.open ? width : input).focus();
  });
});

// An item was added: inserts its tile, keeping the scroll position.
document.addEventListener('gifshare:answer', event => {
  const { answer, from } = event.detail;
  const gif = new URL(answer.finalUrl).searchParams.get('of');
  if (!gif || !grid.list?.isConnected || from !== `/c/${here()}/add`) return;
  event.preventDefault();
  showNew(here(), gif);
  const describe = { label: 'Describe it', run: () => openDialog(`/c/${here()}/items/${gif}`) };
  // No ticket means that the GIF was already in the collection.
  const undo = answer.querySelector('[data-notice] input[name=what]')?.value;
  const gone = async () => { grid.remove([gif]); return grid.count > 0; };
  toast('Added.', undo ? { action: { label: 'Undo', run: () => takeBack([undo], gone) }, other: describe } : { action: describe });
});

function load(image, address) {
  return new Promise(resolve => {
    const done = ok => {
      image.onload = image.onerror = null;
      resolve(ok && image.naturalWidth > 0);
    };
    image.onload = () => done(true);
    image.onerror = () => done(false);
    image.src = address;
  });
}
