// Virtual scrolling: keeps only tiles near the viewport in the document, with spacers for the rest, and scrolls to tiles.

import { focusIn, on, place, state, total } from './grid-model.js';
import { loadPage, more, showMore } from './grid-pages.js';
import { anchorNow, breakIntoRows, listTop, rowAtY, rowOf, rows } from './grid-rows.js';

const Few = 150;             // up to this many are all in the document, so that the browser's find in page works
const KeepPages = 3;         // pages kept in memory on either side of the viewport

on('model', () => {
  state.dirty = true;
  const held = focusInSight();
  layOut(true);
  // The layout may have changed the last row's height.
  if (held && state.byId.get(held.id) === held) scrollToItem(place(held));
  showMore(state.next !== null);
});

function focusInSight() {
  const li = document.activeElement?.closest('li[data-gif]');
  const box = li?.getBoundingClientRect();
  return box && box.top >= 0 && box.bottom <= innerHeight ? state.byId.get(li.dataset.gif) : null;
}

export function layOut(keep) {
  if (!state.list) return;
  const anchor = keep ? anchorNow() : null;
  breakIntoRows();
  const { items, rowTop: top } = state;
  if (anchor) {
    const item = state.byId.get(anchor.id);
    const at = item ? place(item) : Math.min(anchor.at, items.length - 1);
    if (at >= 0) {
      const wanted = listTop() + top[rowOf(at)] + anchor.within;
      if (Math.abs(wanted - scrollY) > 1) { render(wanted); scrollTo(scrollX, wanted); }
    }
  }
  render();
}

const spaces = [];

function space(i, height) {
  const li = spaces[i] ??= Object.assign(document.createElement('li'), { className: 'space' });
  li.setAttribute('role', 'presentation');
  li.ariaHidden = 'true';
  li.style.height = `${Math.max(0, height)}px`;
  return li;
}

export function render(atY = scrollY) {
  state.frame = 0;
  if (!state.list || !state.list.isConnected) return;
  const { items, gap } = state;
  const y = atY - listTop();
  const wanted = [];
  let from = 0, to = 0;
  if (rows() > 0) {
    const all = items.length <= Few;
    from = all ? 0 : rowAtY(y - innerHeight);
    to = all ? rows() : rowAtY(y + innerHeight * 2.25) + 1;
    // The focused tile stays in the document, wherever it is.
    const held = place(state.byId.get(document.activeElement?.closest('li[data-gif]')?.dataset.gif));
    const heldRow = held < 0 ? -1 : rowOf(held);
    const parts = heldRow < 0 || (heldRow >= from && heldRow < to) ? [[from, to]]
      : heldRow < from ? [[heldRow, heldRow + 1], [from, to]] : [[from, to], [heldRow, heldRow + 1]];
    let done = 0, used = 0;
    for (const [first, end] of parts) {
      if (state.rowTop[first] > done) wanted.push(space(used++, state.rowTop[first] - done - gap));
      for (let at = state.rowStart[first]; at < state.rowStart[end]; at++) wanted.push(items[at].element ?? standIn(items[at]));
      done = state.rowTop[end];
    }
    const total = state.rowTop[rows()];
    if (total > done) wanted.push(space(used++, total - done - gap));
    state.list.classList.toggle('cut', total > done);
  }

  const keep = new Set(wanted);
  for (const child of [...state.list.children]) if (!keep.has(child)) child.remove();
  let at = state.list.firstElementChild;
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling;
    else state.list.insertBefore(element, at);
  }
  for (let i = state.rowStart[from] ?? 0; i < (state.rowStart[to] ?? 0); i++) {
    const element = items[i].element;
    if (!element) continue;
    items[i].standIn = null;
    element.ariaSetSize = String(total());
    element.ariaPosInSet = String(i + 1);
  }
  fill(state.rowStart[from] ?? 0, state.rowStart[to] ?? 0);
}

// A placeholder for a tile whose page is loading.
function standIn(item) {
  if (!item.standIn) {
    item.standIn = document.createElement('li');
    item.standIn.className = `tile waiting r${String(item.steps * 5).padStart(3, '0')}`;
    item.standIn.ariaBusy = 'true';
  }
  return item.standIn;
}

// Loads missing pages in the range, prefetches the next one near the end, and drops tiles of distant pages.
function fill(from, to) {
  const wanted = new Set();
  for (let i = from; i < to; i++) if (!state.items[i].element) wanted.add(state.items[i].page);
  if (!state.isLost) for (const page of wanted) loadPage(page);
  const near = new Set();
  const first = state.pages.indexOf(state.items[from]?.page), last = state.pages.indexOf(state.items[Math.max(from, to - 1)]?.page);
  for (let i = Math.max(0, first - KeepPages); i <= last + KeepPages && i < state.pages.length; i++) near.add(state.pages[i]);
  const kept = `${first} ${last} ${state.pages.length}`;
  if (state.pages.length > near.size && kept !== state.kept) for (const item of state.items) if (item.element && !near.has(item.page) && !focusIn(item)) item.element = null;
  state.kept = kept;
  const bottom = state.list.getBoundingClientRect().bottom;
  if (state.next !== null && !state.loadingMore && !state.isLost && bottom < innerHeight * 3) more();
}

export function soon() { state.frame ||= requestAnimationFrame(() => render()); }

export function scrollToItem(at) {
  const row = rowOf(at);
  const top = listTop() + state.rowTop[row];
  const header = (document.querySelector('.site-head')?.offsetHeight ?? 0) + 8;
  const bottom = top + state.rowHeight[row];
  const wanted = top < scrollY + header ? top - header : bottom > scrollY + innerHeight - 8 ? bottom - innerHeight + 8 : scrollY;
  if (wanted !== scrollY) {
    render(wanted);
    scrollTo(scrollX, wanted);
  }
  render();
}
