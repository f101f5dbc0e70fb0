// Restores loaded pages and the scroll position on Back, from session storage.

import { Page, place, setCurrent, state } from './grid-model.js';
import { begin, reconcile } from './grid-pages.js';
import { layOut, render } from './grid-render.js';
import { anchorNow, listTop, rowOf } from './grid-rows.js';

const Saved = 'gifshare-grid:';

function keyOf() {
  let key = history.state?.grid;
  if (!key) {
    key = Math.random().toString(36).slice(2, 10);
    history.replaceState({ ...history.state, grid: key }, '');
  }
  return key;
}

export function save() {
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
    // Storage is full or forbidden: Back starts at the top.
  }
}

export function recall() {
  if (!history.state?.grid) return null;
  try {
    const key = Saved + history.state.grid;
    const position = JSON.parse(sessionStorage.getItem(key + ':at'));
    return position?.path === location.pathname + location.search ? { position, model: JSON.parse(sessionStorage.getItem(key)) } : null;
  } catch {
    return null;
  }
}

export function restore({ position, model }, lis, next) {
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
