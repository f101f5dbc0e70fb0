// The GIF grid: infinite scrolling over the server's pages, and virtual scrolling: only tiles near the viewport are in the document, so 10,000 GIFs
// cost about as many nodes as 200. Progressive enhancement: without this script the "More" links page through the same list.
//
// For other modules (`import { grid } from "./grid.js"`; one grid per page, ready when your module runs):
//   grid.list                    the <ul data-grid>, or null on a page without one. Replaced after a dialog refreshed the page.
//   grid.items()                 ids of all GIFs known so far, in order (a copy). GIFs of unloaded pages are missing until grid.isWhole.
//   grid.count                   the total number (from the server; follows remove and insertAfter)
//   grid.isWhole                 all pages are loaded
//   grid.more()                  promise: loads the next page (false: there is none, or loading failed)
//   grid.element(id)             the <li>, or null while its page is not in memory. Do not keep it: distant tiles are dropped and recreated.
//   grid.load(id)                promise of the <li>; loads its page if needed (null: the GIF is gone)
//   grid.indexOf(id)             position in items(), or -1
//   grid.remove(ids)             removes tiles; returns a function that restores them at their positions (undo)
//   grid.insertAfter(lis, after) adopts <li>s rendered by the server (of a fetched page); after: an id, null: at the beginning, undefined: at the end
//   grid.move(ids, {before|after: id})   reorders; returns a function that undoes it
//   grid.refresh()               promise: reloads the pages in memory
//   grid.reveal(id, {focus})     scrolls to a tile; focus: true also makes it the current tile
//   grid.current                 id of the tab stop (arrow keys move it), or null
//   grid.on(type, run)           "adopt" ({id, element}): a tile came into memory: apply your state to it. Runs at once for tiles already in memory.
//                                "change" ({}): order or count changed · "current" ({id}) · "open" ({id}, return true: handled)
// Ids are strings as in data-gif. The grid never changes anything on the server: do that first, then update the grid.
import { changed, fire, focusIn, itemOf, on, place, setCurrent, state, total } from './grid-model.js';
import { recall, restore, save } from './grid-history.js';
import { focusAt, onAnyKey, onKey } from './grid-keys.js';
import { begin, countOf, load, loadPage, more, nextLink, reconcile, showMore } from './grid-pages.js';
import { layOut, render, scrollToItem, soon } from './grid-render.js';
import { anchorNow, listTop, rowOf, visibleItems } from './grid-rows.js';

// ---- the public interface

export const grid = {
  get list() { return state.list; },
  get count() { return total(); },
  get isWhole() { return state.next === null; },
  get current() { return state.current?.id ?? null; },
  items: () => state.items.map((item) => item.id),
  indexOf: (id) => place(state.byId.get(id)),
  element: (id) => state.byId.get(id)?.element ?? null,
  more,
  load,
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
    if (after === undefined && state.next !== null) { state.count += fresh.length; fire('change', {}); return; } // loaded with the last page
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
      // Items added or removed in the meantime stay so.
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
    on(type, run);
    if (type === 'adopt') for (const item of state.items) if (item.element) run({ id: item.id, element: item.element });
  },
};

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

// Toggles between still and animation; a linked GIF is loaded at the first toggle.
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

// Signed URLs of images expire after 15 to 30 minutes. An open page fetches fresh ones when an image fails to load.
const Patience = 60_000;
let renewed = -Patience;

function onError(event) {
  if (!event.target.matches('.open img') || performance.now() - renewed < Patience) return;
  renewed = performance.now();
  grid.refresh();
}

// ---- initialisation

function attach(list) {
  state.list = list;
  state.status = null;
  state.isLost = false;
  state.base = location.pathname + location.search.replace(/([?&])(done|of|undo)=[^&]*/g, '$1').replace(/[?&]+$/, '').replace('?&', '?');
  state.count = countOf(list);
  list.addEventListener('keydown', onKey);
  list.addEventListener('click', onClick);
  list.addEventListener('error', onError, true);
  list.addEventListener('focusin', (event) => setCurrent(state.byId.get(event.target.closest('li[data-gif]')?.dataset.gif)));
  widths.observe(list);
  nextLink()?.addEventListener('click', (event) => {
    event.preventDefault();
    state.isLost = false;
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

// A dialog replaced the page's content: the model keeps the order and the distant pages.
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
