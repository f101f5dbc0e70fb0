// Shows <time datetime> in the viewer's time zone, relative while recent. Refreshed each minute.

import { each } from './dom.js';

const language = navigator.languages.find(one => one.toLowerCase().startsWith('en')) ?? 'en-GB';
const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
const steps = [[60, 'second', 1], [3600, 'minute', 60], [86_400, 'hour', 3600], [6 * 86_400, 'day', 86_400]];
const shown = new Set();

function write(one) {
  const at = new Date(one.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const seconds = (at - Date.now()) / 1000;
  const step = one.dataset.format === 'auto' && steps.find(([below]) => Math.abs(seconds) < below);
  const text = step ? (Math.abs(seconds) < 45 ? 'just now' : ago.format(Math.round(seconds / step[2]), step[1]))
    : (one.dataset.format === 'datetime' ? moment : day).format(at);
  if (one.textContent !== text) one.textContent = text;
  one.title = full.format(at);
}

each('time[datetime]', one => {
  shown.add(new WeakRef(one));
  write(one);
});

setInterval(() => {
  for (const reference of shown) {
    const one = reference.deref();
    if (one?.isConnected) write(one);
    else if (!one) shown.delete(reference);
  }
}, 60_000);
