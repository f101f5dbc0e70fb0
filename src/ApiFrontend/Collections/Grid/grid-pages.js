// Loading the grid's pages from the server: the first, further ones, and reloads.

import { page as fetchPage } from './api.js';
import { changed, itemOf, Page, state } from './grid-model.js';

export function begin(lis, next) {
  state.items = [];
  state.byId = new Map();
  state.pages = [new Page(null)];
  state.next = next;
  state.items = lis.map((li) => itemOf(li, state.pages[0]));
}

// Merges a reloaded page into the model; items missing from it were removed, or have moved beyond its end.
export function reconcile(page, lis, next) {
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

export function countOf(list) { return Number(list.dataset.count ?? 0); }

// Reloads a known page.
export function loadPage(page, again = false) {
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

export function more() {
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

// The tile of an item; loads the page if the tile is not in memory.
export async function load(id) {
  const item = state.byId.get(id);
  if (item && !item.element) await loadPage(item.page);
  return state.byId.get(id)?.element ?? null;
}

function lost(error) {
  if (!state.list) return;
  state.isLost = true;
  if (error.message !== 'no grid') console.error(error);
  say(error.isGone ? state.list.dataset.gone || 'This is not there any more. Load the page again.' : 'The page has changed. Load it again to go on.');
  showMore(state.next !== null);
}

// ---- the "More" link and status messages

export const nextLink = () => document.querySelector('main .next');

function say(text) {
  if (!state.status) {
    state.status = document.createElement('p');
    state.status.className = 'grid-status';
    state.status.setAttribute('role', 'status');
    state.list.after(state.status);
  }
  if (state.status.textContent !== text) state.status.textContent = text;
}

export function showMore(isThere) {
  const link = nextLink();
  if (link) link.hidden = !isThere || !state.isLost;
}
