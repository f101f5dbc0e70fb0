// Reordering the grid: optimistic update, then the request to the server, with Undo.

import { call, words } from './api.js';
import { grid } from './grid.js';
import { selection } from './select.js';
import { announce, toast } from './toast.js';

const most = 500;

/** The items picked up by keyboard, or null; blocks pointer drags. */
export const hand = { carried: null };

const place = () => document.querySelector('main [data-reorder]');
const path = () => place()?.dataset.reorder;
export const isOurs = tile => Boolean(tile && path() && grid.list?.contains(tile));
export const together = id => selection.has(id) ? selection.ids() : [id];
export const name = ids => ids.length > 1 ? `${ids.length} GIFs` : grid.element(ids[0])?.querySelector('img')?.alt ?? 'GIF';

let last = Promise.resolve();

/** The position of these items relative to a neighbour, as request parameters. */
function anchorOf(ids, order) {
  const moved = new Set(ids);
  const first = order.findIndex(id => moved.has(id));
  return first > 0 ? { after: order[first - 1] } : { before: order.find(id => !moved.has(id)) };
}

/** The moves that restore `ids` to their positions in `was`, in the fewest calls. */
function wayBack(ids, was) {
  const moved = new Set(ids);
  const steps = [];
  for (let i = 0; i < was.length; i++) {
    if (!moved.has(was[i])) continue;
    const first = i;
    while (i + 1 < was.length && moved.has(was[i + 1])) i++;
    steps.push({ ids: was.slice(first, i + 1), ...(first > 0 ? { after: was[first - 1] } : { before: was[i + 1] }) });
  }
  if (steps.length <= 5) return steps;
  const from = was.findIndex(id => moved.has(id));
  const to = was.findLastIndex(id => moved.has(id)) + 1;
  return [{ ids: was.slice(from, to), ...(from > 0 ? { after: was[from - 1] } : { before: was[to] }) }];
}

async function send(to, { ids, before, after }) {
  for (let at = 0; at < ids.length; at += most) {
    const part = ids.slice(at, at + most);
    const anchor = at > 0 ? { after: ids[at - 1] } : before ? { before } : { after };
    const answer = await call('POST', `${to}/items/batch`, { body: { move: { gifIds: part, ...anchor } }, key: true });
    if (!answer.ok) return answer;
  }
  return null;
}

/** Sends a reorder that the grid already shows; `was` is the old order and `putBack` restores it. */
export function commit(ids, was, putBack) {
  const order = grid.items();
  if (order.every((id, i) => id === was[i])) return;
  const to = path();
  const step = { ids: order.filter(id => ids.includes(id)), ...anchorOf(ids, order) };
  last = last.then(async () => {
    const refused = await send(to, step);
    if (refused) {
      putBack();
      if (refused.status === 400 || refused.status === 404) {
        // Changed concurrently, e.g. in another tab: show the current state.
        toast('Something has changed here meanwhile. This is how it is now.');
        await grid.refresh();
      } else {
        toast(`It could not be moved: ${words(refused.problem)}`, { kind: 'bad' });
      }
      return;
    }
    announce(`${name(ids)}: now ${grid.indexOf(step.ids[0]) + 1} of ${grid.count}.`);
    toast(ids.length > 1 ? `${ids.length} GIFs moved.` : 'Moved.', { action: { label: 'Undo', run: () => undo(to, ids, was, putBack) } });
  });
}

function undo(to, ids, was, putBack) {
  last = last.then(async () => {
    for (const step of wayBack(ids, was)) {
      const refused = await send(to, step);
      if (refused) {
        toast(`It could not be undone: ${words(refused.problem)}`, { kind: 'bad' });
        await grid.refresh();
        return;
      }
    }
    if (path() === to) putBack();
    announce('Undone.');
  });
}

/** Moves `ids` before or after a tile; if the anchor is among them, the next tile that stays is used. */
export function shift(ids, anchor) {
  const moved = new Set(ids);
  const order = grid.items();
  let at = order.indexOf(anchor.before ?? anchor.after);
  if (anchor.before) {
    while (at < order.length && moved.has(order[at])) at++;
    if (at < order.length) return grid.move(ids, { before: order[at] });
    at = order.length - 1;
  }
  while (at >= 0 && moved.has(order[at])) at--;
  if (at >= 0) return grid.move(ids, { after: order[at] });
  const next = order.find(id => !moved.has(id));
  return next ? grid.move(ids, { before: next }) : () => {};
}
