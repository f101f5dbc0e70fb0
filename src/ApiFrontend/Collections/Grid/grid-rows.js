// The grid's layout model: predicts the row breaks of the flex box. Does not change the document.

import { state } from './grid-model.js';

const Unit = 1 / 64;         // layout unit of browsers, in pixels

function measure() {
  const style = getComputedStyle(state.list);
  state.width = state.list.getBoundingClientRect().width;
  state.gap = parseFloat(style.columnGap) || 0;
  const row = style.getPropertyValue('--row').trim();
  state.most = parseFloat(style.getPropertyValue('--most')) || 2.1;
  state.row = row.endsWith('rem') ? parseFloat(row) * parseFloat(getComputedStyle(document.documentElement).fontSize) : parseFloat(row) || 180;
}

export function breakIntoRows() {
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
    // The last row ends with ::after, which takes the free space unless it wraps to its own line.
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
}

export function rows() { return state.rowHeight.length; }

export function rowOf(at) { return lastAtMost(state.rowStart, at, rows()); }

export function rowAtY(y) { return lastAtMost(state.rowTop, y, rows()); }

function lastAtMost(sorted, value, length) {
  let low = 0, high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle] <= value) low = middle; else high = middle - 1;
  }
  return low;
}

export function listTop() { return state.list.getBoundingClientRect().top + scrollY; }

// The tile at the viewport's upper edge, while the edge is inside the grid (scroll anchoring).
export function anchorNow() {
  if (!state.list || rows() === 0) return null;
  const y = -state.list.getBoundingClientRect().top;
  if (y <= 0) return null;
  const row = rowAtY(y);
  const at = state.rowStart[row];
  return at < state.items.length ? { id: state.items[at].id, at, within: y - state.rowTop[row] } : null;
}

export function visibleItems() {
  if (rows() === 0) return [0, 0];
  const y = -state.list.getBoundingClientRect().top;
  return [state.rowStart[rowAtY(y)], state.rowStart[rowAtY(y + innerHeight) + 1]];
}

// The tile of a row whose centre is horizontally nearest.
export function inRow(row, at) {
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
