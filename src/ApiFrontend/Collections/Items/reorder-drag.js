// Reordering by drag and drop, with mouse or touch.

import { element } from './dom.js';
import { grid } from './grid.js';
import { commit, hand, isOurs, shift, together } from './reorder-moves.js';

const start = 6;            // drag threshold in pixels
const press = 350;          // long press in milliseconds, for touch
const edge = 90;            // auto-scroll zone at the window's edges, in pixels

let drag = null;

document.addEventListener('dragstart', event => {
  if (isOurs(event.target.closest?.('li[data-gif]'))) event.preventDefault();
});

document.addEventListener('pointerdown', event => {
  const tile = event.target.closest?.('li[data-gif]');
  if (!event.isPrimary || event.button !== 0 || !isOurs(tile) || event.target.closest('.tile-tools') || hand.carried) return;
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

// Touch scrolls unless a tile is being dragged.
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

/** The drop position nearest to a point: the row by height, then the tile, then the nearer side. */
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

/** Cancels a running drag. False: there was none. */
export function cancelDrag() {
  if (!drag?.isOn) return false;
  stop();
  return true;
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
  // Suppresses the click that ends a drag.
  const swallow = event => { event.preventDefault(); event.stopPropagation(); };
  addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', swallow, true), 0);
}
