// The order of a collection: drag with mouse or finger, Alt and arrow keys, or M to pick up. Several that are chosen move together.

import { call, words } from './api.js';
import { element, isTyping } from './dom.js';
import { grid } from './grid.js';
import { selection } from './select.js';
import { announce, toast } from './toast.js';

const most = 500;
const start = 6;            // pixels before a press becomes a drag
const press = 350;          // milliseconds for a finger
const edge = 90;            // pixels from the window's edge where it scrolls by itself

const place = () => document.querySelector('main [data-reorder]');
const path = () => place()?.dataset.reorder;
const isOurs = tile => Boolean(tile && path() && grid.list?.contains(tile));
const together = id => selection.has(id) ? selection.ids() : [id];
const name = ids => ids.length > 1 ? `${ids.length} GIFs` : grid.element(ids[0])?.querySelector('img')?.alt ?? 'GIF';

// ---- moving, here and on the server

let last = Promise.resolve();

/** Where these stand now, in words of the server. */
function anchorOf(ids, order) {
  const moved = new Set(ids);
  const first = order.findIndex(id => moved.has(id));
  return first > 0 ? { after: order[first - 1] } : { before: order.find(id => !moved.has(id)) };
}

/** What brings `ids` back to their places in `was`, in as few calls as it takes. */
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

/** The grid has the new order already; `was` is the old one and `putBack` shows it again. */
function commit(ids, was, putBack) {
  const order = grid.items();
  if (order.every((id, i) => id === was[i])) return;
  const to = path();
  const step = { ids: order.filter(id => ids.includes(id)), ...anchorOf(ids, order) };
  last = last.then(async () => {
    const refused = await send(to, step);
    if (refused) {
      putBack();
      if (refused.status === 400 || refused.status === 404) {
        // Another tab was faster: what is there now says it best.
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

/** Puts `ids` before or after a tile; an anchor that moves along gives way to its neighbour. */
function shift(ids, anchor) {
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

// ---- by pointer

let drag = null;

document.addEventListener('dragstart', event => {
  if (isOurs(event.target.closest?.('li[data-gif]'))) event.preventDefault();
});

document.addEventListener('pointerdown', event => {
  const tile = event.target.closest?.('li[data-gif]');
  if (!event.isPrimary || event.button !== 0 || !isOurs(tile) || event.target.closest('.tile-tools') || carried) return;
  drag = { id: tile.dataset.gif, pointer: event.pointerId, x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY], isOn: false, isTouch: event.pointerType !== 'mouse', timer: 0, frame: 0 };
  if (drag.isTouch) drag.timer = setTimeout(() => drag && begin(), press);
});

document.addEventListener('pointermove', event => {
  if (!drag || event.pointerId !== drag.pointer) return;
  [drag.x, drag.y] = [event.clientX, event.clientY];
  const far = Math.hypot(drag.x - drag.from[0], drag.y - drag.from[1]) > start;
  if (drag.isOn) show();
  else if (far && drag.isTouch) stop();
  else if (far) begin();
});

// A finger scrolls unless it has picked something up.
document.addEventListener('touchmove', event => { if (drag?.isOn) event.preventDefault(); }, { passive: false });
document.addEventListener('contextmenu', event => { if (drag?.isTouch && isOurs(event.target.closest?.('li[data-gif]'))) event.preventDefault(); });
document.addEventListener('pointercancel', event => { if (drag?.pointer === event.pointerId) stop(); });
document.addEventListener('pointerup', event => {
  if (!drag || event.pointerId !== drag.pointer) return;
  if (drag.isOn) drop();
  else stop();
});

function begin() {
  const ids = together(drag.id);
  const tile = grid.element(drag.id);
  const { width, height } = tile.getBoundingClientRect();
  const image = tile.querySelector('img').cloneNode();
  const ghost = element('div', { class: 'drag-ghost', 'aria-hidden': 'true' }, image);
  if (ids.length > 1) ghost.append(element('span', {}, String(ids.length)));
  const scale = Math.min(1, 140 / Math.max(width, height));
  ghost.style.width = `${width * scale}px`;
  ghost.style.height = `${height * scale}px`;
  Object.assign(drag, { isOn: true, ids, ghost, mark: element('div', { class: 'insert-mark', 'aria-hidden': 'true' }), target: null });
  document.body.append(ghost, drag.mark);
  document.documentElement.classList.add('dragging');
  for (const id of ids) grid.element(id)?.classList.add('dragged');
  navigator.vibrate?.(10);
  show();
  scrollAlong();
}

function show() {
  drag.ghost.style.translate = `${drag.x + 12}px ${drag.y + 12}px`;
  const target = targetAt(drag.x, drag.y);
  drag.target = target;
  drag.mark.hidden = !target;
  if (!target) return;
  drag.mark.style.translate = `${target.x - 2}px ${target.top}px`;
  drag.mark.style.height = `${target.height}px`;
}

/** The gap that is nearest to a point: the row by height, then the tile, then its nearer side. */
function targetAt(x, y) {
  const tiles = [...grid.list.querySelectorAll(':scope > li[data-gif]')].map(tile => ({ id: tile.dataset.gif, box: tile.getBoundingClientRect() })).filter(({ box }) => box.bottom > -50 && box.top < innerHeight + 50);
  if (tiles.length === 0) return null;
  const away = ({ box }) => y < box.top ? box.top - y : y > box.bottom ? y - box.bottom : 0;
  const nearest = Math.min(...tiles.map(away));
  const row = tiles.filter(tile => away(tile) === nearest);
  const aside = ({ box }) => x < box.left ? box.left - x : x > box.right ? x - box.right : 0;
  const { id, box } = row.reduce((best, tile) => aside(tile) < aside(best) ? tile : best);
  const isRightToLeft = getComputedStyle(grid.list).direction === 'rtl';
  const isLeft = x < box.left + box.width / 2;
  const gap = 4;
  return { ...(isLeft !== isRightToLeft ? { before: id } : { after: id }), x: isLeft ? box.left - gap : box.right + gap, top: box.top, height: box.height };
}

function scrollAlong() {
  if (!drag?.isOn) return;
  const up = edge - drag.y, down = drag.y - (innerHeight - edge);
  const by = up > 0 ? -up : down > 0 ? down : 0;
  if (by !== 0) {
    scrollBy(0, by / 5);
    show();
  }
  drag.frame = requestAnimationFrame(scrollAlong);
}

function drop() {
  const { ids, target } = drag;
  finish();
  if (!target) return;
  const was = grid.items();
  commit(ids, was, shift(ids, target));
}

function stop() {
  if (drag?.isOn) finish();
  else {
    clearTimeout(drag?.timer);
    drag = null;
  }
}

function finish() {
  clearTimeout(drag.timer);
  cancelAnimationFrame(drag.frame);
  drag.ghost.remove();
  drag.mark.remove();
  document.documentElement.classList.remove('dragging');
  for (const id of drag.ids) grid.element(id)?.classList.remove('dragged');
  drag = null;
  // The click that ends a drag opens nothing.
  const swallow = event => { event.preventDefault(); event.stopPropagation(); };
  addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', swallow, true), 0);
}

// ---- by keyboard

let carried = null;
let pending = null;

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || isTyping(event.target)) return;
  if (event.key === 'Escape' && drag?.isOn) {
    event.preventDefault();
    stop();
    return;
  }
  const tile = event.target.closest?.('li[data-gif]');
  if (!isOurs(tile) || document.querySelector('dialog[open]')) return;
  const id = tile.dataset.gif;
  const isArrow = event.key.startsWith('Arrow');
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (carried) {
    if (isArrow || event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      step(carried.ids, event.key, id);
    } else if (event.key === 'Enter' || event.key === ' ' || event.key.toLowerCase() === 'm') {
      event.preventDefault();
      putDown(true);
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      if (event.key === 'Escape') event.preventDefault();
      putDown(false);
    }
  } else if (isPlain && event.altKey && isArrow) {
    event.preventDefault();
    const ids = together(id);
    pending ??= { ids, was: grid.items(), timer: 0 };
    step(pending.ids, event.key, id);
    clearTimeout(pending.timer);
    pending.timer = setTimeout(settle, 600);
  } else if (isPlain && !event.altKey && event.key.toLowerCase() === 'm') {
    event.preventDefault();
    settle();
    carried = { ids: together(id), was: grid.items() };
    for (const one of carried.ids) grid.element(one)?.classList.add('carried');
    announce(`${name(carried.ids)} picked up at ${grid.indexOf(id) + 1} of ${grid.count}. Arrow keys move it, Enter puts it down, Escape puts it back.`);
  }
}, true);

function settle() {
  if (!pending) return;
  const { ids, was, timer } = pending;
  clearTimeout(timer);
  pending = null;
  commit(ids, was, () => restore(was));
}

function putDown(isDone) {
  const { ids, was } = carried;
  carried = null;
  for (const id of ids) grid.element(id)?.classList.remove('carried');
  if (isDone) {
    commit(ids, was, () => restore(was));
    return;
  }
  restore(was);
  announce('Put back.');
}

/** The order as it was; what came or went meanwhile stays so. */
function restore(was) {
  const focus = document.activeElement?.closest('li[data-gif]')?.dataset.gif;
  const now = grid.items();
  const order = [...was.filter(id => now.includes(id)), ...now.filter(id => !was.includes(id))];
  if (order.length > 1) grid.move(order.slice(1), { after: order[0] });
  if (focus) grid.reveal(focus, { focus: true });
}

function step(ids, key, focused) {
  const moved = new Set(ids);
  const order = grid.items();
  const isRightToLeft = getComputedStyle(grid.list).direction === 'rtl';
  const isBack = key === 'ArrowUp' || key === (isRightToLeft ? 'ArrowRight' : 'ArrowLeft');
  const [first, end] = [order.findIndex(id => moved.has(id)), order.findLastIndex(id => moved.has(id))];
  let anchor = null;
  if (key === 'Home') anchor = { before: order.find(id => !moved.has(id)) };
  else if (key === 'End') anchor = { after: order.findLast(id => !moved.has(id)) };
  else if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const next = isBack ? order[first - 1] : order[end + 1];
    anchor = next ? (isBack ? { before: next } : { after: next }) : null;
  } else {
    const next = inOtherRow(focused, isBack ? -1 : 1, moved);
    anchor = next ? (isBack ? { before: next } : { after: next }) : null;
  }
  if (!anchor?.before && !anchor?.after) {
    announce(isBack ? 'First already.' : 'Last already.');
    return;
  }
  shift(ids, anchor);
  grid.reveal(focused, { focus: true });
  announce(`${grid.indexOf(ids[0]) + 1} of ${grid.count}`);
}

/** The tile above or below whose middle is nearest. */
function inOtherRow(id, direction, moved) {
  const own = grid.element(id)?.getBoundingClientRect();
  if (!own) return null;
  const rows = [...grid.list.querySelectorAll(':scope > li[data-gif]')].filter(tile => !moved.has(tile.dataset.gif)).map(tile => ({ id: tile.dataset.gif, box: tile.getBoundingClientRect() }))
    .filter(({ box }) => direction < 0 ? box.bottom <= own.top + 1 : box.top >= own.bottom - 1);
  if (rows.length === 0) return null;
  const top = direction < 0 ? Math.max(...rows.map(({ box }) => box.top)) : Math.min(...rows.map(({ box }) => box.top));
  const middle = own.left + own.width / 2;
  return rows.filter(({ box }) => Math.abs(box.top - top) < 2).reduce((best, one) => Math.abs(one.box.left + one.box.width / 2 - middle) < Math.abs(best.box.left + best.box.width / 2 - middle) ? one : best).id;
}

addEventListener('pagehide', settle);
