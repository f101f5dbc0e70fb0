// The grid's model: the ordered GIFs known so far, and the tile elements in memory. No layout, no requests.

export const state = {
  list: null, next: null, count: 0, base: '',
  items: [], byId: new Map(), pages: [],
  rowStart: [], rowTop: [], rowHeight: [], width: 0, gap: 8, row: 180,
  current: null, loadingMore: null, frame: 0, dirty: false, kept: '', isLost: false, status: null,
};
const listeners = new Map();

export class Page {
  constructor(cursor) { this.cursor = cursor; this.loading = null; }
  get url() { return this.cursor === null ? state.base : state.base.split('?')[0] + this.cursor; }
}

// ---- event listeners, of other modules and of the grid itself

export function on(type, run) { listeners.set(type, [...(listeners.get(type) ?? []), run]); }

export function fire(type, detail) {
  return (listeners.get(type) ?? []).some((run) => run(detail) === true);
}

// Order or count changed: "model" triggers a layout, then listeners of "change" run.
export function changed() {
  fire('model', {});
  fire('change', {});
}

export function total() { return Math.max(state.count, state.items.length); }

// ---- items

export function place(item) { return item ? state.items.indexOf(item) : -1; }

function stepsOf(li) {
  const match = /\br(\d{3})\b/.exec(li.className);
  return match ? Number(match[1]) / 5 : 20;
}

export function itemOf(li, page) {
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
  // A tile with the focus is not replaced, so that the user's interaction is not interrupted.
  if (item.element && focusIn(item)) return;
  const element = li.ownerDocument === document ? li : document.adoptNode(li);
  item.element = element;
  for (const picture of element.querySelectorAll('img')) {
    if (li !== element || !element.isConnected) { picture.loading = 'lazy'; picture.removeAttribute('fetchpriority'); }
  }
  rove(item);
  fire('adopt', { id: item.id, element });
}

export function focusIn(item) { return Boolean(item.element?.contains(document.activeElement)); }

// ---- the roving tabindex

const stops = 'a[href], button, input, select, summary';

function rove(item) {
  if (!item?.element) return;
  for (const stop of item.element.querySelectorAll(stops)) {
    if (item === state.current) stop.removeAttribute('tabindex'); else stop.tabIndex = -1;
  }
}

export function setCurrent(item) {
  if (item === state.current || !item) return;
  const was = state.current;
  state.current = item;
  rove(was);
  rove(item);
  fire('current', { id: item.id });
}
