// Connection state: one banner while the server is unreachable, one probe with exponential backoff, and promises that resolve on reconnection.

import { element } from './dom.js';
import { announce } from './toast.js';

const longest = 10_000;
const banner = element('div', { class: 'connection' });
document.body.append(banner);

let waiting = [];
let timer = null;
let delay = 1000;

export const isLost = () => timer !== null;

/** Reports a network error. */
export function lost() {
  if (timer !== null) return;
  banner.append(element('p', {}, element('span', { class: 'spinner', 'aria-hidden': 'true' }), 'Connection lost. Trying again…'));
  announce('Connection lost. Trying again.');
  delay = 1000;
  later();
}

/** Reports a response. */
export function found() {
  if (timer !== null) {
    clearTimeout(timer);
    timer = null;
    banner.replaceChildren();
    announce('Connected again.');
  }
  const told = waiting;
  waiting = [];
  for (const tell of told) tell();
}

/** Resolves when the server responds; at once if it does now. */
export async function reach(signal) {
  if (timer === null && await probe()) return;
  lost();
  await new Promise((resolve, reject) => {
    waiting.push(resolve);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function probe() {
  const limit = new AbortController();
  const end = setTimeout(() => limit.abort(), 8000);
  try {
    return (await fetch('/health/live', { cache: 'no-store', credentials: 'omit', signal: limit.signal })).ok;
  } catch {
    return false;
  } finally {
    clearTimeout(end);
  }
}

function later() {
  timer = setTimeout(tryAgain, delay);
  delay = Math.min(delay * 2, longest);
}

async function tryAgain() {
  const own = timer;
  const isThere = await probe();
  if (timer !== own) return;
  if (isThere) found(); else later();
}

addEventListener('offline', lost);
addEventListener('online', () => {
  if (timer === null) return;
  clearTimeout(timer);
  delay = 1000;
  timer = setTimeout(tryAgain, 0);
});
