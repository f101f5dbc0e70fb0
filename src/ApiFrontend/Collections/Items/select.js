// Selecting GIFs of a collection, and bulk actions on them. Progressive enhancement: the same form works without this script, page by page.
//   selection.ids()    the selected ids, in the grid's order
//   selection.has(id)
//   act(action, ids)   removes, moves or copies: optimistically on the page, then on the server; with Undo

import { call, page, words } from './api.js';
import { openDialog } from './dialogs.js';
import { grid } from './grid.js';
import { refresh } from './page.js';
import { announce, toast } from './toast.js';
import { isTyping } from './dom.js';
import { takeBack } from './undo.js';

const most = 500;
const chosen = new Set();
let isOn = false;
let anchor = null;

export const selection = {
  has: id => chosen.has(id),
  ids: () => grid.items().filter(id => chosen.has(id)),
  end,
};

const bar = () => document.querySelector('form[data-select-bar]');
// Works also while the collection is empty and has no selection bar.
const base = () => { const id = document.querySelector('main [data-collection-page]')?.dataset.collectionPage; return id ? `/c/${id}` : null; };
const box = id => grid.element(id)?.querySelector('input[name=gif]');

// ---- the selection

function mark(id) {
  const tile = grid.element(id);
  const input = box(id);
  if (!input) return;
  input.checked = chosen.has(id);
  tile.classList.toggle('chosen', chosen.has(id));
}

function choose(ids, isChosen) {
  for (const id of ids) {
    if (isChosen) chosen.add(id); else chosen.delete(id);
    mark(id);
  }
  if (chosen.size > 0) start();
  tell();
}

function toggle(id, isRange) {
  const isChosen = !chosen.has(id);
  const from = isRange && anchor !== null ? grid.indexOf(anchor) : -1;
  const to = grid.indexOf(id);
  choose(from < 0 ? [id] : grid.items().slice(Math.min(from, to), Math.max(from, to) + 1), isChosen);
  anchor = id;
}

function start() {
  if (isOn || !bar()) return;
  isOn = true;
  document.documentElement.classList.add('selecting');
  tell();
}

function end() {
  if (!isOn) return;
  const was = [...chosen];
  isOn = false;
  anchor = null;
  chosen.clear();
  was.forEach(mark);
  document.documentElement.classList.remove('selecting');
  const starter = document.querySelector('[data-select-start]');
  if (bar()?.contains(document.activeElement)) starter?.focus({ preventScroll: true });
}

function tell() {
  const form = bar();
  if (!form) return;
  form.querySelector('[data-select-count]').textContent = chosen.size === 0 ? 'Choose GIFs' : `${chosen.size.toLocaleString('en')} selected`;
  for (const button of form.querySelectorAll('button[name=do]')) button.disabled = isOn && chosen.size === 0;
  form.querySelector('[data-select-clear]').hidden = chosen.size === 0;
}

grid.on('adopt', ({ id }) => { if (chosen.size > 0) mark(id); });
grid.on('change', () => {
  const known = new Set(grid.items());
  for (const id of [...chosen]) if (!known.has(id)) chosen.delete(id);
  if (isOn) tell();
  countItems();
});
document.addEventListener('gifshare:refreshed', () => { isOn = false; chosen.clear(); document.documentElement.classList.remove('selecting'); });

function countItems() {
  const place = document.querySelector('main [data-item-count]');
  if (place && grid.list?.isConnected) place.textContent = `${grid.count.toLocaleString('en')} ${grid.count === 1 ? 'GIF' : 'GIFs'}`;
}

// ---- by pointer and keyboard

document.addEventListener('click', event => {
  const tile = event.target.closest?.('li[data-gif]');
  if (tile && bar() && grid.list?.contains(tile)) {
    const input = event.target.closest('input[name=gif]');
    if (input) {
      // The browser has toggled the checkbox already; the set is authoritative.
      toggle(tile.dataset.gif, event.shiftKey);
    } else if (isOn && event.target.closest('.open') && !event.ctrlKey && !event.metaKey && event.button === 0) {
      event.preventDefault();
      toggle(tile.dataset.gif, event.shiftKey);
    }
    return;
  }
  if (event.target.closest?.('[data-select-start]')) {
    if (isOn) { end(); return; }
    start();
    announce('Choose GIFs with a click or the space bar. Escape ends it.');
    const first = grid.current ?? grid.items()[0];
    if (event.detail === 0 && first) grid.reveal(first, { focus: true });
  }
  if (event.target.closest?.('[data-select-end]')) end();
  if (event.target.closest?.('[data-select-clear]')) choose([...chosen], false);
  if (event.target.closest?.('[data-select-all]')) choose(grid.items(), true);
}, true);

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || !bar() || isTyping(event.target) || document.querySelector('dialog[open]')) return;
  const tile = event.target.closest?.('li[data-gif]');
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === ' ' && isPlain && tile && event.target.matches('.open')) {
    event.preventDefault();
    toggle(tile.dataset.gif, event.shiftKey);
    announce(chosen.has(tile.dataset.gif) ? `Selected. ${chosen.size} in all.` : `Not selected. ${chosen.size} in all.`);
  } else if (event.key === 'a' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && (isOn || tile)) {
    event.preventDefault();
    choose(grid.items(), true);
    announce(`${chosen.size} selected.`);
  } else if (event.key === 'Escape' && isOn) {
    event.preventDefault();
    end();
    announce('Selection ended.');
  } else if (event.key === 'Delete' && isPlain && (tile || chosen.size > 0)) {
    event.preventDefault();
    act('remove', chosen.size > 0 ? selection.ids() : [tile.dataset.gif]);
  }
});

// ---- bulk actions

document.addEventListener('submit', event => {
  const form = event.target;
  if (form.matches('form[data-select-bar]')) {
    const action = event.submitter?.value;
    const ids = selection.ids();
    if (action === 'download') {
      // The ids, because selected tiles may not be in the document.
      form.querySelector('[data-select-ids]').value = ids.join(',');
      return;
    }
    event.preventDefault();
    if (ids.length === 0) return;
    if (action === 'remove') act('remove', ids);
    else openDialog(`${base()}/pick?do=${action}`, event.submitter);
  } else if (form.matches('form[data-remove]') && form.closest('dialog') && grid.indexOf(form.dataset.remove) >= 0) {
    event.preventDefault();
    form.closest('dialog').close();
    act('remove', [form.dataset.remove]);
  } else if (form.matches('form[data-pick=move], form[data-pick=copy]') && form.closest('dialog') && bar()) {
    event.preventDefault();
    sendTo(form, form.dataset.pick, event.submitter);
  }
}, true);

// One item was edited in a dialog: refreshes its tile, keeping the scroll position.
document.addEventListener('gifshare:answer', async event => {
  const { answer, from } = event.detail;
  if (!base() || !grid.list?.isConnected || !from.startsWith(`${base()}/items/`)) return;
  event.preventDefault();
  const notice = answer.querySelector('[data-notice]');
  const undo = notice?.querySelector('input[name=what]')?.value;
  if (notice) toast(notice.querySelector('p').textContent, undo ? { action: { label: 'Undo', run: () => takeBack([undo], () => renew().then(() => true)) } } : {});
  await renew();
});

/** Refreshes the grid, which skips a focused tile: blurs it first, since the closed dialog has returned the focus to it. */
async function renew() {
  const focused = document.activeElement?.closest('li[data-gif]')?.dataset.gif;
  if (focused) document.activeElement.blur();
  await grid.refresh();
  if (focused) grid.reveal(focused, { focus: true });
}

document.addEventListener('input', event => {
  if (!event.target.matches?.('form[data-pick] input[name=name]')) return;
  const radio = event.target.form.querySelector('input[name=target][value=new]');
  if (radio) radio.checked = true;
});

async function sendTo(form, action, submitter) {
  if (submitter?.getAttribute('aria-busy') === 'true') return;
  submitter?.setAttribute('aria-busy', 'true');
  const fields = new FormData(form);
  try {
    if (await act(action, selection.ids(), { target: fields.get('target'), name: fields.get('name') ?? '' })) form.closest('dialog')?.close();
  } finally {
    submitter?.removeAttribute('aria-busy');
  }
}

/** Resolves to true on success. Parts done before a failure stay and can be undone. */
export async function act(action, ids, to = {}) {
  if (ids.length === 0) return true;
  const list = grid.list;
  const path = base();
  const back = action === 'remove' ? grid.remove(ids) : null;
  const progress = ids.length > most ? toast(`0 of ${ids.length}…`, { keep: true }) : null;
  const undo = [];
  let done = 0;
  let name = null;
  let failure = null;
  for (let at = 0; at < ids.length && !failure; at += most) {
    const part = ids.slice(at, at + most);
    const fields = new FormData();
    fields.set('do', action);
    fields.set('gif', part.join(','));
    if (to.target) fields.set('target', to.target);
    if (to.name) fields.set('name', to.name);
    const answer = await call('POST', `${path}/items/selected`, { body: fields });
    if (answer.ok) {
      done += answer.data.count;
      undo.push(answer.data.undo);
      if (answer.data.target) to = { target: answer.data.target };
      name = answer.data.targetName ?? name;
      progress?.say(`${Math.min(at + most, ids.length)} of ${ids.length}…`);
    } else {
      failure = answer.problem;
    }
  }
  progress?.close();

  if (failure && undo.length === 0) {
    back?.();
    toast(words(failure), { kind: 'bad' });
    return false;
  }
  const visual = action === 'move' ? grid.remove(ids) : back;
  end();
  const isElsewhere = failure || (action !== 'copy' && done < ids.length);
  if (grid.list && grid.count === 0) await refresh();
  else if (isElsewhere) await grid.refresh();
  const what = done === 1 ? '1 GIF' : `${done.toLocaleString('en')} GIFs`;
  const verb = { remove: 'removed', move: `moved to “${name}”`, copy: `copied to “${name}”` }[action];
  toast(failure ? `${what} ${verb}. Then: ${words(failure)}` : `${what} ${verb}.`, {
    kind: failure ? 'bad' : null,
    action: { label: 'Undo', run: () => takeBack(undo, () => isShown(path, list, isElsewhere ? null : visual)) },
  });
  return true;
}

function isShown(path, list, visual) {
  if (!visual || grid.list !== list || !list?.isConnected) return base() !== path;
  visual();
  return true;
}
