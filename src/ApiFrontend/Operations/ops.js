// Live figures: fetches the page periodically and applies only the differences, so that focus, selection and scroll positions stay.

import { page } from './api.js';
import { adopted, setIcon } from './dom.js';

const every = 5000;
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const button = document.querySelector('[data-pause]');
let isPaused = false, timer = 0, running = null;

function plan(after = every) {
  clearTimeout(timer);
  if (!isPaused && document.visibilityState === 'visible') timer = setTimeout(refresh, after);
}

async function refresh() {
  if (running) return;
  running = new AbortController();
  try {
    const next = await page(location.href, { signal: running.signal });
    // Signed out, or no longer an administrator.
    if (next && (!next.ok || new URL(next.finalUrl).pathname !== location.pathname)) return location.reload();
    if (next) localise(next);
    if (next) for (const part of document.querySelectorAll('[data-live]')) {
      const fresh = next.querySelector(`[data-live="${part.dataset.live}"]`);
      if (fresh) take(part, fresh);
    }
  } catch {
    // Aborted by a pause.
  } finally {
    running = null;
    plan();
  }
}

/** Formats times of day in the viewer's time zone. */
function localise(root) {
  for (const one of root.querySelectorAll('[data-clock]')) one.textContent = clock.format(new Date(one.dataset.clock));
}

/** Morphs `shown` into `fresh`. */
function take(shown, fresh) {
  if (shown.nodeName !== fresh.nodeName) {
    const copy = document.importNode(fresh, true);
    shown.replaceWith(copy);
    if (copy.nodeType === Node.ELEMENT_NODE) adopted(copy);
    return;
  }
  if (shown.nodeType !== Node.ELEMENT_NODE) {
    if (shown.data !== fresh.data) shown.data = fresh.data;
    return;
  }
  for (const { name } of [...shown.attributes]) if (!fresh.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  const [have, want] = [[...shown.childNodes], [...fresh.childNodes]];
  want.forEach((child, i) => {
    if (i < have.length) return take(have[i], child);
    const copy = document.importNode(child, true);
    shown.append(copy);
    if (copy.nodeType === Node.ELEMENT_NODE) adopted(copy);
  });
  have.slice(want.length).forEach(child => child.remove());
}

button?.addEventListener('click', () => {
  isPaused = !isPaused;
  button.querySelector('span').textContent = isPaused ? 'Resume' : 'Pause';
  setIcon(button.querySelector('svg'), isPaused ? 'play' : 'pause');
  running?.abort(new DOMException('Paused', 'AbortError'));
  plan(0);
});
document.addEventListener('visibilitychange', () => plan(0));
localise(document);
plan();
