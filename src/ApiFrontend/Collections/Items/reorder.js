// Reordering a collection: drag and drop, Alt and arrow keys, or M to pick up. Selected items move together.

import { isTyping } from './dom.js';
import { grid } from './grid.js';
import { cancelDrag } from './reorder-drag.js';
import { commit, hand, isOurs, name, shift, together } from './reorder-moves.js';
import { announce } from './toast.js';

let pending = null;

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || isTyping(event.target)) return;
  if (event.key === 'Escape' && cancelDrag()) {
    event.preventDefault();
    return;
  }
  const tile = event.target.closest?.('li[data-gif]');
  if (!isOurs(tile) || document.querySelector('dialog[open]')) return;
  const id = tile.dataset.gif;
  const isArrow = event.key.startsWith('Arrow');
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (hand.carried) {
    if (isArrow || event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      step(hand.carried.ids, event.key, id);
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
    hand.carried = { ids: together(id), was: grid.items() };
    for (const one of hand.carried.ids) grid.element(one)?.classList.add('carried');
    announce(`${name(hand.carried.ids)} picked up at ${grid.indexOf(id) + 1} of ${grid.count}. Arrow keys move it, Enter puts it down, Escape puts it back.`);
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
  const { ids, was } = hand.carried;
  hand.carried = null;
  for (const id of ids) grid.element(id)?.classList.remove('carried');
  if (isDone) {
    commit(ids, was, () => restore(was));
    return;
  }
  restore(was);
  announce('Put back.');
}

/** Restores the order; items added or removed in the meantime stay so. */
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

/** The tile in the row above or below whose centre is nearest. */
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
