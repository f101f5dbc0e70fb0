// Keyboard navigation: a roving tabindex, one tab stop with arrow keys inside.

import { isTyping } from './dom.js';
import { place, setCurrent, state } from './grid-model.js';
import { load, more } from './grid-pages.js';
import { scrollToItem } from './grid-render.js';
import { inRow, rowAtY, rowOf } from './grid-rows.js';

let intended = 0;
export async function focusAt(at) {
  const item = state.items[at];
  if (!item) return;
  const mine = ++intended;
  scrollToItem(at);
  setCurrent(item);
  if (!item.element) await load(item.id);
  if (mine === intended) item.element?.querySelector('.open')?.focus({ preventScroll: true });
}

// The end is known only when all pages are loaded; the focus moves there unless it has moved elsewhere in the meantime.
async function focusEnd() {
  const { list } = state;
  focusAt(state.items.length - 1);
  const mine = intended;
  const stop = () => { intended++; };
  for (const type of ['wheel', 'pointerdown']) addEventListener(type, stop, { once: true, passive: true });
  let goesOn = true;
  while (goesOn && mine === intended && state.list === list && state.next !== null) goesOn = await more();
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

export function onKey(event) {
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
  if (event.key === 'End' && state.next !== null) {
    focusEnd();
    return;
  }
  focusAt(to);
  if (to === state.items.length - 1) more();
}

export function onAnyKey(event) {
  if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector('dialog[open]:not(.lightbox)')) return;
  event.preventDefault();
  document.querySelector('dialog[data-shortcuts]')?.showModal();
}
