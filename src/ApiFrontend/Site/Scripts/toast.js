// Toasts, and announcements for screen readers (live region).

import { element, icon, isTyping } from './dom.js';

const most = 3;
const list = element('div', { class: 'toasts', role: 'region', 'aria-label': 'Messages' });
const spoken = element('div', { class: 'sr', role: 'status', 'aria-live': 'polite' });
document.body.append(list, spoken);

let shown = [];

/** Announces text to screen readers. */
export function announce(text) {
  const line = element('p', {}, text);
  spoken.append(line);
  setTimeout(() => line.remove(), 5000);
}

/**
 * Shows a toast. `action: { label, run }` is its button, and Ctrl+Z runs the newest one; `other` is a second button; `kind: 'bad'` marks a failure.
 * Returns `{ close, say }`; `say(text)` changes the text.
 */
export function toast(text, { action = null, other = null, kind = null, keep = false } = {}) {
  const words = element('p', { dir: 'auto' }, text);
  const item = element('div', { class: kind ? `toast ${kind}` : 'toast' }, words);
  const own = { item, action, close, say };
  let timer = null;

  for (const one of [action, other]) {
    if (!one) continue;
    const button = element('button', { type: 'button', class: 'toast-action' }, one.label);
    button.addEventListener('click', () => run(own, one));
    item.append(button);
  }
  const closer = element('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close message' }, icon('close'));
  closer.addEventListener('click', close);
  item.append(closer);

  const start = () => { if (!keep) timer = setTimeout(close, action ? 20_000 : 10_000); };
  const stop = () => clearTimeout(timer);
  item.addEventListener('pointerenter', stop);
  item.addEventListener('pointerleave', start);
  item.addEventListener('focusin', stop);
  item.addEventListener('focusout', start);

  function close() {
    stop();
    item.remove();
    shown = shown.filter(one => one !== own);
  }
  function say(next) {
    words.textContent = next;
    announce(next);
  }

  while (shown.length >= most) shown[0].close();
  shown.push(own);
  place();
  list.append(item);
  announce(action ? `${text} ${action.label}: Control Z.` : text);
  start();
  return own;
}

/** Moves toasts into the open dialog, since nothing outside of a modal dialog can be clicked. */
function place() {
  const top = [...document.querySelectorAll('dialog[open]')].filter(one => one.matches(':modal')).at(-1) ?? document.body;
  if (list.parentElement !== top) top.append(list, spoken);
}

function run(own, action = own.action) {
  own.close();
  action.run();
}

document.addEventListener('close', () => queueMicrotask(place), true);
document.addEventListener('keydown', event => {
  if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || isTyping(event.target)) return;
  const newest = shown.findLast(one => one.action);
  if (!newest) return;
  event.preventDefault();
  run(newest);
});
