// The grid of GIFs: the server's first page, further pages adopted as they are scrolled to, and only what is near the window in the document.
// 10,000 GIFs cost about as many nodes as 200. Without this script the same list is whole by its "More" links.
//
// For other modules (`import { grid } from "./grid.js"`; one grid per page, ready when your module runs):
//   grid.list                    the <ul data-grid>, or null on a page without one. It is another one after a dialog refreshed the page.
//   grid.items()                 ids of all GIFs known so far, in order (a copy). Those of pages not loaded yet are missing until grid.isWhole.
//   grid.count                   how many there are in all (the server's number; follows remove and insertAfter)
//   grid.isWhole                 no further page
//   grid.more()                  promise: loads the next page (false: there is none, or it failed)
//   grid.element(id)             its <li>, or null while its page is not in memory. Do not keep it: far away tiles are dropped and made anew.
//   grid.load(id)                promise of its <li>, wherever it is (null: it is gone)
//   grid.indexOf(id)             place in items(), or -1
//   grid.remove(ids)             takes tiles out; gives a function that puts them back where they were (undo)
//   grid.insertAfter(lis, after) adopts <li>s that the server made (of a fetched page); after: an id, null: at the beginning, undefined: at the end
//   grid.move(ids, {before|after: id})   another order; gives a function that undoes it
//   grid.refresh()               promise: asks the server again for what is in memory
//   grid.reveal(id, {focus})     scrolls there; focus: true also makes it the current tile
//   grid.current                 id of the tile that Tab leads to (arrow keys move it), or null
//   grid.on(type, run)           "adopt" ({id, element}): a tile came into memory: put your state on it. Those in memory already are told at once.
//                                "change" ({}): order or number changed · "current" ({id}) · "open" ({id}, return true: I dealt with it)
// Ids are strings as in data-gif. Nothing here asks the server to change anything: do that first, then tell the grid.
import { page as fetchPage } from './api.js';
import { isTyping } from './dom.js';

const Unit = 1 / 64;         // browsers lay out in these
const Few = 150;             // so many are all in the document: the browser's own search finds them
const KeepPages = 3;         // pages kept in memory on either side of what is seen
const Saved = 'gifshare-grid:';

const state = {
  list: null, next: null, count: 0, base: '',
  items: [], byId: new Map(), pages: [],
  rowStart: [], rowTop: [], rowHeight: [], width: 0, gap: 8, row: 180,
  current: null, loadingMore: null, frame: 0, dirty: false, kept: '',
};
const listeners = new Map();

class Page {
  constructor(cursor) { this.cursor = cursor; this.loading = null; }
  get url() { return this.cursor === null ? state.base : state.base.split('?')[0] + this.cursor; }
}

// ---- what others use

export const grid = {
  get list() { return state.list; },
  get count() { return Math.max(state.count, state.items.length); },
  get isWhole() { return state.next === null; },
  get current() { return state.current?.id ?? null; },
  items: () => state.items.map((item) => item.id),
  indexOf: (id) => place(state.byId.get(id)),
  element: (id) => state.byId.get(id)?.element ?? null,
  more,
  async load(id) {
    const item = state.byId.get(id);
    if (item && !item.element) await loadPage(item.page);
    return state.byId.get(id)?.element ?? null;
  },
  remove(ids) {
    const gone = [...new Set(ids)].map((id) => state.byId.get(id)).filter(Boolean).map((item) => ({ item, at: place(item) })).sort((a, b) => a.at - b.at);
    const focused = gone.some(({ item }) => item.element?.contains(document.activeElement)) ? gone[0].at : -1;
    for (const { item } of gone) state.byId.delete(item.id);
    state.items = state.items.filter((item) => state.byId.get(item.id) === item);
    state.count -= gone.length;
    if (state.current && !state.byId.has(state.current.id)) state.current = null;
    changed();
    if (focused >= 0) focusAt(Math.min(focused, state.items.length - 1));
    return () => {
      for (const { item, at } of gone) {
        if (state.byId.has(item.id)) continue;
        state.byId.set(item.id, item);
        state.items.splice(Math.min(at, state.items.length), 0, item);
        state.count++;
      }
      changed();
    };
  },
  insertAfter(lis, after) {
    const fresh = [...lis].filter((li) => li.dataset.gif && !state.byId.has(li.dataset.gif));
    if (after === undefined && state.next !== null) { state.count += fresh.length; fire('change', {}); return; } // it comes with the last page
    const at = after === null ? 0 : after === undefined ? state.items.length : grid.indexOf(after) + 1;
    const owner = state.items[at - 1]?.page ?? state.items[at]?.page ?? state.pages[0];
    state.items.splice(at, 0, ...fresh.map((li) => itemOf(li, owner)));
    state.count += fresh.length;
    changed();
  },
  move(ids, { before, after }) {
    const was = [...state.items];
    const moved = ids.map((id) => state.byId.get(id)).filter(Boolean);
    const set = new Set(moved);
    const rest = state.items.filter((item) => !set.has(item));
    const target = state.byId.get(before ?? after);
    const at = rest.indexOf(target);
    if (at < 0) return () => {};
    rest.splice(before ? at : at + 1, 0, ...moved);
    state.items = rest;
    changed();
    return () => {
      // What came or went meanwhile stays so.
      const known = new Set(was);
      state.items = [...was.filter((item) => state.byId.get(item.id) === item), ...state.items.filter((item) => !known.has(item))];
      changed();
    };
  },
  async refresh() {
    const [from, to] = visibleItems();
    const wanted = new Set([state.pages[0], ...state.items.slice(from, to).map((item) => item.page)]);
    for (const item of state.items) if (!wanted.has(item.page) && !focusIn(item)) item.element = null;
    for (const page of wanted) await loadPage(page, true);
  },
  reveal(id, { focus = false } = {}) {
    const at = grid.indexOf(id);
    if (at < 0) return;
    scrollToItem(at);
    if (focus) focusAt(at);
  },
  on(type, run) {
    listeners.set(type, [...(listeners.get(type) ?? []), run]);
    if (type === 'adopt') for (const item of state.items) if (item.element) run({ id: item.id, element: item.element });
  },
};

function fire(type, detail) {
  return (listeners.get(type) ?? []).some((run) => run(detail) === true);
}

// ---- the model

function place(item) { return item ? state.items.indexOf(item) : -1; }

function stepsOf(li) {
  const match = /\br(\d{3})\b/.exec(li.className);
  return match ? Number(match[1]) / 5 : 20;
}

function itemOf(li, page) {
  const id = li.dataset.gif;
  let item = state.byId.get(id);
  if (!item) state.byId.set(id, item = { id, element: null, steps: 20, page });
  item.page = page;
  item.steps = stepsOf(li);
  take(item, li);
  return item;
}

function take(item, li) {
  if (item.element === li) return;
  // Whoever is in the middle of something there keeps it.
  if (item.element && focusIn(item)) return;
  const element = li.ownerDocument === document ? li : document.adoptNode(li);
  item.element = element;
  for (const picture of element.querySelectorAll('img')) {
    if (li !== element || !element.isConnected) { picture.loading = 'lazy'; picture.removeAttribute('fetchpriority'); }
  }
  rove(item);
  fire('adopt', { id: item.id, element });
}

function focusIn(item) { return Boolean(item.element?.contains(document.activeElement)); }

// What the server says about one page now; what it lacks is gone, or has moved behind what fits on it.
function reconcile(page, lis, next) {
  const ids = new Set(lis.map((li) => li.dataset.gif));
  const start = startOf(page);
  const mine = state.items.filter((item) => item.page === page);
  let lastKept = -1;
  mine.forEach((item, i) => { if (ids.has(item.id)) lastKept = i; });
  const tail = next === null ? [] : mine.slice(lastKept + 1).filter((item) => !ids.has(item.id));
  const kept = new Set(tail);
  const before = state.items.slice(0, start).filter((item) => !ids.has(item.id));
  const after = state.items.slice(start).filter((item) => !ids.has(item.id) && (item.page !== page || kept.has(item)));
  const fresh = lis.map((li) => itemOf(li, page));
  if (next === null) {
    state.pages.length = state.pages.indexOf(page) + 1;
    after.length = 0;
    state.next = null;
  } else if (tail.length > 0) {
    const own = new Page(next);
    state.pages.splice(state.pages.indexOf(page) + 1, 0, own);
    for (const item of tail) { item.page = own; item.element = null; }
  }
  if (tail.length > 0 && after[0] !== tail[0]) after.splice(0, after.length, ...tail, ...after.filter((item) => !kept.has(item)));
  state.items = [...before, ...fresh, ...after];
  state.byId = new Map(state.items.map((item) => [item.id, item]));
  state.pages = state.pages.filter((p, i) => i === 0 || p === page || state.items.some((item) => item.page === p));
  if (state.current && !state.byId.has(state.current.id)) state.current = null;
  changed();
}

function startOf(page) {
  const first = state.items.findIndex((item) => item.page === page);
  if (first >= 0) return first;
  const earlier = new Set(state.pages.slice(0, state.pages.indexOf(page)));
  return state.items.findLastIndex((item) => earlier.has(item.page)) + 1;
}

async function ask(page) {
  const doc = await fetchPage(page.url);
  const list = doc?.querySelector('ul[data-grid]');
  // Signed out, revoked, or emptied.
  if (!list) throw Object.assign(new Error('no grid'), { isGone: doc?.ok === false });
  return { lis: [...list.querySelectorAll(':scope > li[data-gif]')], next: list.dataset.next ?? null, count: countOf(list) };
}

function countOf(list) { return Number(list.dataset.count ?? 0); }

// A page that is known, again.
function loadPage(page, again = false) {
  if (!page) return Promise.resolve();
  if (page.loading) return page.loading;
  page.loading = (async () => {
    try {
      const { lis, next, count } = await ask(page);
      if (count !== undefined) state.count = count;
      const isLast = page === state.pages.at(-1);
      if (isLast) state.next = next;
      reconcile(page, lis, isLast ? next ?? null : next);
    } catch (error) {
      lost(error, again);
    } finally {
      page.loading = null;
    }
  })();
  return page.loading;
}

function more() {
  if (state.next === null || !state.list) return Promise.resolve(false);
  return state.loadingMore ??= (async () => {
    say('Loading more…');
    const page = new Page(state.next);
    try {
      const { lis, next, count } = await ask(page);
      if (count !== undefined) state.count = count;
      state.pages.push(page);
      const seen = lis.filter((li) => !state.byId.has(li.dataset.gif));
      state.items.push(...seen.map((li) => itemOf(li, page)));
      state.next = next;
      state.dirty = true;
      changed();
      say('');
      return true;
    } catch (error) {
      lost(error);
      return false;
    } finally {
      state.loadingMore = null;
    }
  })();
}

let isLost = false;
function lost(error) {
  if (!state.list) return;
  isLost = true;
  if (error.message !== 'no grid') console.error(error);
  say(error.isGone ? state.list.dataset.gone || 'This is not there any more. Load the page again.' : 'The page has changed. Load it again to go on.');
  showMore(state.next !== null);
}

function changed() {
  state.dirty = true;
  const held = focusInSight();
  layOut(true);
  // The last row may have become higher.
  if (held && state.byId.get(held.id) === held) scrollToItem(place(held));
  showMore(state.next !== null);
  fire('change', {});
}

function focusInSight() {
  const li = document.activeElement?.closest('li[data-gif]');
  const box = li?.getBoundingClientRect();
  return box && box.top >= 0 && box.bottom <= innerHeight ? state.byId.get(li.dataset.gif) : null;
}

// ---- rows, as the flex box breaks them

function measure() {
  const style = getComputedStyle(state.list);
  state.width = state.list.getBoundingClientRect().width;
  state.gap = parseFloat(style.columnGap) || 0;
  const row = style.getPropertyValue('--row').trim();
  state.most = parseFloat(style.getPropertyValue('--most')) || 2.1;
  state.row = row.endsWith('rem') ? parseFloat(row) * parseFloat(getComputedStyle(document.documentElement).fontSize) : parseFloat(row) || 180;
}

function layOut(keep) {
  if (!state.list) return;
  const anchor = keep ? anchorNow() : null;
  measure();
  const { width, gap, row, most, items } = state;
  const start = [], top = [], height = [];
  let y = 0;
  for (let i = 0; i < items.length;) {
    let sum = 0, used = 0, ratios = 0, end = i;
    for (; end < items.length; end++) {
      const ratio = items[end].steps / 20;
      const wanted = Math.min(Math.floor(ratio * row / Unit) * Unit, width);
      if (end > i && used + gap + wanted > width) break;
      used += wanted + (end > i ? gap : 0);
      sum += wanted;
      ratios += ratio;
    }
    // Behind the last one there is ::after, which takes what is free unless it has to begin a line of its own.
    const isLoose = end === items.length && state.next === null && used + gap + width / 4 <= width;
    const scale = isLoose ? 1 : Math.min(most, (width - gap * (end - i - 1)) / (ratios * row));
    let tall = 0;
    for (let k = i; k < end; k++) {
      const ratio = items[k].steps / 20;
      const wide = Math.min(Math.round(ratio * row * scale / Unit) * Unit, width);
      tall = Math.max(tall, Math.floor(wide / ratio / Unit) * Unit);
    }
    start.push(i); top.push(y); height.push(tall);
    y += tall + gap;
    i = end;
  }
  top.push(y);
  start.push(items.length);
  Object.assign(state, { rowStart: start, rowTop: top, rowHeight: height });
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

function rows() { return state.rowHeight.length; }

function rowOf(at) { return lastAtMost(state.rowStart, at, rows()); }

function rowAtY(y) { return lastAtMost(state.rowTop, y, rows()); }

function lastAtMost(sorted, value, length) {
  let low = 0, high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle] <= value) low = middle; else high = middle - 1;
  }
  return low;
}

function listTop() { return state.list.getBoundingClientRect().top + scrollY; }

// What is at the window's upper edge, while the edge is inside the list.
function anchorNow() {
  if (!state.list || rows() === 0) return null;
  const y = -state.list.getBoundingClientRect().top;
  if (y <= 0) return null;
  const row = rowAtY(y);
  const at = state.rowStart[row];
  return at < state.items.length ? { id: state.items[at].id, at, within: y - state.rowTop[row] } : null;
}

function visibleItems() {
  if (rows() === 0) return [0, 0];
  const y = -state.list.getBoundingClientRect().top;
  return [state.rowStart[rowAtY(y)], state.rowStart[rowAtY(y + innerHeight) + 1]];
}

// ---- what is in the document

const spaces = [];

function space(i, height) {
  const li = spaces[i] ??= Object.assign(document.createElement('li'), { className: 'space' });
  li.setAttribute('role', 'presentation');
  li.ariaHidden = 'true';
  li.style.height = `${Math.max(0, height)}px`;
  return li;
}

function render(atY = scrollY) {
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
    // The tile with the focus stays, wherever it is.
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
    element.ariaSetSize = String(grid.count);
    element.ariaPosInSet = String(i + 1);
  }
  fill(state.rowStart[from] ?? 0, state.rowStart[to] ?? 0);
}

// Keeps the place of a tile whose page is on its way.
function standIn(item) {
  if (!item.standIn) {
    item.standIn = document.createElement('li');
    item.standIn.className = `tile waiting r${String(item.steps * 5).padStart(3, '0')}`;
    item.standIn.ariaBusy = 'true';
  }
  return item.standIn;
}

// Loads what is missing between these two, the next page when its time has come, and drops what is far away.
function fill(from, to) {
  const wanted = new Set();
  for (let i = from; i < to; i++) if (!state.items[i].element) wanted.add(state.items[i].page);
  if (!isLost) for (const page of wanted) loadPage(page);
  const near = new Set();
  const first = state.pages.indexOf(state.items[from]?.page), last = state.pages.indexOf(state.items[Math.max(from, to - 1)]?.page);
  for (let i = Math.max(0, first - KeepPages); i <= last + KeepPages && i < state.pages.length; i++) near.add(state.pages[i]);
  const kept = `${first} ${last} ${state.pages.length}`;
  if (state.pages.length > near.size && kept !== state.kept) for (const item of state.items) if (item.element && !near.has(item.page) && !focusIn(item)) item.element = null;
  state.kept = kept;
  const bottom = state.list.getBoundingClientRect().bottom;
  if (state.next !== null && !state.loadingMore && !isLost && bottom < innerHeight * 3) more();
}

function soon() { state.frame ||= requestAnimationFrame(() => render()); }

// ---- the "More" link and what is said

const nextLink = () => document.querySelector('main .next');
let status = null;

function say(text) {
  if (!status) {
    status = document.createElement('p');
    status.className = 'grid-status';
    status.setAttribute('role', 'status');
    state.list.after(status);
  }
  if (status.textContent !== text) status.textContent = text;
}

function showMore(isThere) {
  const link = nextLink();
  if (link) link.hidden = !isThere || !isLost;
}

// ---- the keyboard: one stop for Tab, arrows inside

const stops = 'a[href], button, input, select, summary';

function rove(item) {
  if (!item?.element) return;
  for (const stop of item.element.querySelectorAll(stops)) {
    if (item === state.current) stop.removeAttribute('tabindex'); else stop.tabIndex = -1;
  }
}

function setCurrent(item) {
  if (item === state.current || !item) return;
  const was = state.current;
  state.current = item;
  rove(was);
  rove(item);
  fire('current', { id: item.id });
}

function scrollToItem(at) {
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

let intended = 0;
async function focusAt(at) {
  const item = state.items[at];
  if (!item) return;
  const mine = ++intended;
  scrollToItem(at);
  setCurrent(item);
  if (!item.element) await grid.load(item.id);
  if (mine === intended) item.element?.querySelector('.open')?.focus({ preventScroll: true });
}

// The end is known only when everything is; whoever does something else meanwhile stays there.
async function focusEnd() {
  const { list } = state;
  focusAt(state.items.length - 1);
  const mine = intended;
  const stop = () => { intended++; };
  for (const type of ['wheel', 'pointerdown']) addEventListener(type, stop, { once: true, passive: true });
  let goesOn = true;
  while (goesOn && mine === intended && state.list === list && !grid.isWhole) goesOn = await more();
  for (const type of ['wheel', 'pointerdown']) removeEventListener(type, stop);
  if (mine === intended && state.list === list) focusAt(state.items.length - 1);
}

function neighbour(at, key) {
  const last = state.items.length - 1;
  switch (key) {
    case 'ArrowLeft': return Math.max(0, at - 1);
    case 'ArrowRight': return Math.min(last, at + 1);
    case 'Home': return 0;
    case 'End': return last;
    case 'ArrowUp': return inRow(rowOf(at) - 1, at);
    case 'ArrowDown': return inRow(rowOf(at) + 1, at);
    case 'PageUp': return inRow(Math.min(rowOf(at) - 1, rowAtY(state.rowTop[rowOf(at)] - innerHeight * 0.8)), at);
    case 'PageDown': return inRow(Math.max(rowOf(at) + 1, rowAtY(state.rowTop[rowOf(at)] + innerHeight * 0.8)), at);
    default: return -1;
  }
}

// The one of a row whose middle is nearest below or above.
function inRow(row, at) {
  if (row < 0) return at;
  if (row >= rows()) return state.items.length - 1;
  const wanted = middleOf(at);
  let best = state.rowStart[row];
  for (let i = best; i < state.rowStart[row + 1]; i++) if (Math.abs(middleOf(i) - wanted) < Math.abs(middleOf(best) - wanted)) best = i;
  return best;
}

function middleOf(at) {
  const row = rowOf(at);
  let x = 0;
  for (let i = state.rowStart[row]; i < at; i++) x += state.items[i].steps / 20 * state.rowHeight[row] + state.gap;
  return x + state.items[at].steps / 40 * state.rowHeight[row];
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
  const li = event.target.closest('li[data-gif]');
  const item = li && state.byId.get(li.dataset.gif);
  if (!item || isTyping(event.target)) return;
  if (event.key === 'f' || event.key === 'F') {
    event.preventDefault();
    li.querySelector('.heart')?.click();
    return;
  }
  const to = neighbour(place(item), event.key);
  if (to < 0) return;
  event.preventDefault();
  if (event.key === 'End' && !grid.isWhole) {
    focusEnd();
    return;
  }
  focusAt(to);
  if (to === state.items.length - 1) more();
}

function onAnyKey(event) {
  if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector('dialog[open]:not(.lightbox)')) return;
  event.preventDefault();
  document.querySelector('dialog[data-shortcuts]')?.showModal();
}

// ---- opening, playing

function onClick(event) {
  const li = event.target.closest('li[data-gif]');
  const item = li && state.byId.get(li.dataset.gif);
  if (!item) return;
  const play = event.target.closest('.play');
  if (play && !event.defaultPrevented && isPlain(event)) {
    event.preventDefault();
    toggle(li, play);
    return;
  }
  if (event.target.closest('.open') && !event.defaultPrevented && isPlain(event) && fire('open', { id: item.id })) event.preventDefault();
}

function isPlain(event) { return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey; }

// A still picture begins to move, or stops again; a picture of another site is fetched now.
function toggle(li, play) {
  const image = li.querySelector('.open img');
  const source = li.querySelector('picture source');
  const isPlaying = li.classList.toggle('playing');
  if (isPlaying) {
    li.classList.remove('asked');
    image.dataset.still ??= source?.getAttribute('srcset') ?? image.getAttribute('src');
    source?.removeAttribute('srcset');
    image.src = li.querySelector('.open').href;
  } else {
    image.src = image.dataset.still;
  }
  play.querySelector('[data-word]').textContent = isPlaying ? 'Stop' : play.dataset.label;
}

// Addresses of pictures end after a quarter of an hour or two. A page that was left open asks for fresh ones when a picture fails.
const Patience = 60_000;
let renewed = -Patience;

function onError(event) {
  if (!event.target.matches('.open img') || performance.now() - renewed < Patience) return;
  renewed = performance.now();
  grid.refresh();
}

// ---- coming back

function keyOf() {
  let key = history.state?.grid;
  if (!key) {
    key = Math.random().toString(36).slice(2, 10);
    history.replaceState({ ...history.state, grid: key }, '');
  }
  return key;
}

function save() {
  if (!state.list) return;
  const key = Saved + keyOf();
  try {
    const position = { path: location.pathname + location.search, y: scrollY, anchor: anchorNow(), current: state.current?.id ?? null };
    sessionStorage.setItem(key + ':at', JSON.stringify(position));
    if (!state.dirty) return;
    const runs = [];
    for (const item of state.items) {
      const page = state.pages.indexOf(item.page);
      if (runs.at(-1)?.[0] === page) runs.at(-1)[1]++; else runs.push([page, 1]);
    }
    const model = {
      pages: state.pages.map((page) => page.cursor), next: state.next, count: state.count, runs,
      ids: state.items.map((item) => item.id.replaceAll('-', '')).join(''),
      steps: String.fromCharCode(...state.items.map((item) => item.steps + 40)),
    };
    const known = JSON.parse(sessionStorage.getItem(Saved) ?? '[]').filter((other) => other !== key);
    for (const old of known.splice(0, Math.max(0, known.length - 3))) { sessionStorage.removeItem(old); sessionStorage.removeItem(old + ':at'); }
    sessionStorage.setItem(Saved, JSON.stringify([...known, key]));
    sessionStorage.setItem(key, JSON.stringify(model));
    state.dirty = false;
  } catch {
    // Full or forbidden: Back begins at the top then.
  }
}

function recall() {
  if (!history.state?.grid) return null;
  try {
    const key = Saved + history.state.grid;
    const position = JSON.parse(sessionStorage.getItem(key + ':at'));
    return position?.path === location.pathname + location.search ? { position, model: JSON.parse(sessionStorage.getItem(key)) } : null;
  } catch {
    return null;
  }
}

function restore({ position, model }, lis, next) {
  if (model) {
    state.pages = model.pages.map((cursor) => new Page(cursor));
    state.next = model.next;
    let at = 0;
    for (const [page, length] of model.runs) {
      for (let i = 0; i < length; i++, at++) {
        const hex = model.ids.slice(at * 32, at * 32 + 32);
        const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
        const item = { id, element: null, steps: model.steps.charCodeAt(at) - 40, page: state.pages[page] };
        state.items.push(item);
        state.byId.set(id, item);
      }
    }
    if (state.pages.length > 1 && next !== null) reconcile(state.pages[0], lis, next);
    else begin(lis, next);
  } else {
    begin(lis, next);
  }
  layOut(false);
  const item = state.byId.get(position.anchor?.id);
  const at = item ? place(item) : Math.min(position.anchor?.at ?? -1, state.items.length - 1);
  const y = at >= 0 ? listTop() + state.rowTop[rowOf(at)] + position.anchor.within : position.y;
  render(y);
  scrollTo(0, y);
  render();
  setCurrent(state.byId.get(position.current));
}

// ---- the beginning

function begin(lis, next) {
  state.items = [];
  state.byId = new Map();
  state.pages = [new Page(null)];
  state.next = next;
  state.items = lis.map((li) => itemOf(li, state.pages[0]));
}

function attach(list) {
  state.list = list;
  status = null;
  isLost = false;
  state.base = location.pathname + location.search.replace(/([?&])(done|of|in)=[^&]*/g, '$1').replace(/[?&]+$/, '').replace('?&', '?');
  state.count = countOf(list);
  list.addEventListener('keydown', onKey);
  list.addEventListener('click', onClick);
  list.addEventListener('error', onError, true);
  list.addEventListener('focusin', (event) => setCurrent(state.byId.get(event.target.closest('li[data-gif]')?.dataset.gif)));
  widths.observe(list);
  nextLink()?.addEventListener('click', (event) => {
    event.preventDefault();
    isLost = false;
    more();
    render();
  });
}

const widths = new ResizeObserver(() => {
  if (state.list?.isConnected && Math.abs(state.list.getBoundingClientRect().width - state.width) > 0.01) layOut(true);
});

function start() {
  const list = document.querySelector('ul[data-grid]');
  if (!list) return;
  attach(list);
  history.scrollRestoration = 'manual';
  const lis = [...list.querySelectorAll(':scope > li[data-gif]')];
  const before = recall();
  if (before) restore(before, lis, list.dataset.next ?? null);
  else {
    begin(lis, list.dataset.next ?? null);
    layOut(false);
    if (location.hash.length > 1) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  }
  showMore(state.next !== null);
  if (!state.current) setCurrent(state.items[0]);
}

// A dialog brought the page's content anew: the order and what is far away are still known.
function refreshed() {
  const list = document.querySelector('ul[data-grid]');
  if (!list || list === state.list) return;
  const was = state.list ? anchorNow() : null;
  const lis = [...list.querySelectorAll(':scope > li[data-gif]')];
  attach(list);
  if (state.pages.length > 1) {
    for (const item of state.items) if (item.page === state.pages[0]) item.element = null;
    reconcile(state.pages[0], lis, list.dataset.next ?? null);
  } else {
    begin(lis, list.dataset.next ?? null);
    layOut(false);
  }
  if (was) {
    const at = grid.indexOf(was.id);
    if (at >= 0) scrollTo(0, listTop() + state.rowTop[rowOf(at)] + was.within);
  }
  showMore(state.next !== null);
  setCurrent(state.items[0]);
  fire('change', {});
}

start();
addEventListener('scroll', soon, { passive: true });
addEventListener('pagehide', save);
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') save(); });
document.addEventListener('keydown', onAnyKey);
document.addEventListener('gifshare:refreshed', refreshed);
