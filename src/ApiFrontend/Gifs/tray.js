// What the tray shows. What it means and does is in upload.js.

import { adopted, setIcon } from './dom.js';
import { amount, progress } from './pace.js';
import { announce } from './toast.js';

const tray = document.querySelector('[data-tray]');
const at = name => tray.querySelector(`[data-tray-${name}]`);

/** The states of a file that is neither finished nor given up. */
const open = ['waiting', 'sending', 'paused', 'asks', 'elsewhere'];
export const isOpen = job => open.includes(job.state);

export const isUndoable = job => job.state === 'done' && job.isNew;

/** Bytes of the largest file that the server takes. */
export const largest = () => Number(tray.dataset.largest);

/** Calls `act.pause`, `act.retry`, `act.undo`, `act.close` for the buttons in the head. */
export function wireHead(act) {
  for (const name of ['pause', 'retry', 'undo', 'close']) at(name).addEventListener('click', () => act[name](at(name)));
  at('login').href = '/login?return=' + encodeURIComponent(location.pathname + location.search);
}

export function show() {
  tray.hidden = false;
  tray.classList.remove('small');
}

export function fold() {
  tray.classList.toggle('small');
}

export function hide() {
  for (const image of tray.querySelectorAll('li img')) URL.revokeObjectURL(image.src);
  tray.querySelector('ul').replaceChildren();
  tray.hidden = true;
}

/** A row for a file; `act` has what its buttons do: `pause`, `cancel`, `retry`, `choose`, `describe(text)`. */
export function addRow(name, act) {
  const row = tray.querySelector('template').content.firstElementChild.cloneNode(true);
  row.querySelector('[data-name]').textContent = name;
  row.querySelector('[data-name]').title = name;
  row.querySelector('progress').setAttribute('aria-label', name);
  row.querySelector('[data-cancel]').setAttribute('aria-label', `Cancel ${name}`);
  for (const button of ['retry', 'choose']) row.querySelector(`[data-${button}]`).setAttribute('aria-label', `${row.querySelector(`[data-${button}]`).textContent}: ${name}`);
  for (const button of ['pause', 'cancel', 'retry', 'choose']) row.querySelector(`[data-${button}]`).addEventListener('click', () => act[button]());
  const description = row.querySelector('textarea');
  description.id = `describe-${Math.random().toString(36).slice(2)}`;
  row.querySelector('label').htmlFor = description.id;
  description.addEventListener('change', () => act.describe(description.value.trim()));
  tray.querySelector('ul').append(row);
  adopted(row);
  return row;
}

export function picture(row, file) {
  const image = row.querySelector('img');
  URL.revokeObjectURL(image.src);
  // An empty place instead of the browser's sign for a broken picture.
  image.onerror = () => image.removeAttribute('src');
  image.src = URL.createObjectURL(file);
}

export function removeRow(row) {
  URL.revokeObjectURL(row.querySelector('img').src);
  row.remove();
}

const shareOf = job => Math.min(1, job.bytes / Math.max(1, job.record.size));

/** Shows a job's state; `text` says it. */
export function draw(job) {
  const { row, state, record } = job;
  row.dataset.state = state;
  row.querySelector('[data-text]').textContent = job.text;
  const bar = row.querySelector('progress');
  bar.hidden = !['sending', 'paused'].includes(state) || (state === 'paused' && !job.bytes);
  bar.value = shareOf(job);
  // Once its bytes are there, it takes a moment and cannot be stopped half-way.
  const canStop = !job.isAdding;
  toggle(row.querySelector('[data-pause]'), ['waiting', 'sending', 'paused'].includes(state) && canStop, state === 'paused', record.name);
  row.querySelector('[data-cancel]').hidden = !(isOpen(job) && state !== 'elsewhere' && canStop);
  row.querySelector('[data-retry]').hidden = !(['failed', 'cancelled'].includes(state) && job.canRetry);
  row.querySelector('[data-choose]').hidden = state !== 'asks';
  row.querySelector('.actions').hidden = !row.querySelector('.actions button:not([hidden])');
  row.querySelector('[data-describe]').hidden = state !== 'done' || !job.gif || Boolean(job.gif.altText);
}

function toggle(button, isShown, isPaused, name) {
  button.hidden = !isShown;
  button.setAttribute('aria-label', `${isPaused ? 'Go on' : 'Pause'}${name ? ` ${name}` : ' all'}`);
  setIcon(button.querySelector('svg'), isPaused ? 'play' : 'pause');
}

/** Only what moves: not read aloud. */
export function drawProgress(job) {
  job.row.querySelector('progress').value = shareOf(job);
  job.row.querySelector('[data-text]').textContent = job.text;
}

/** The head, and what it says of all files. */
export function drawHead(jobs, { isSignedOut }) {
  const count = state => jobs.filter(job => job.state === state).length;
  const going = count('waiting') + count('sending') + count('elsewhere'), stopped = count('paused'), asking = count('asks'), done = count('done'), failed = count('failed');
  const left = going + stopped + asking;
  const text = isSignedOut && left > 0 ? 'Log in to go on'
    : going > 0 ? `Adding ${done + 1} of ${done + left}`
    : stopped > 0 ? `Paused, ${done} of ${done + left} added`
    : asking > 0 ? `${asking === 1 ? '1 file is' : `${asking} files are`} asked for again`
    : failed > 0 ? `${done} added, ${failed} not added`
    : done > 0 ? `${done} added` : 'Nothing added';
  if (at('text').textContent !== text) at('text').textContent = text;
  at('login').hidden = !(isSignedOut && left > 0);
  at('retry').hidden = !jobs.some(job => job.state === 'failed' && job.canRetry);
  at('undo').hidden = left > 0 || !jobs.some(isUndoable);
  toggle(at('pause'), going + stopped > 1 && !isSignedOut, count('waiting') + count('sending') === 0, '');
  const isSmall = tray.classList.contains('small');
  at('close').setAttribute('aria-label', left === 0 ? 'Close this list' : isSmall ? 'Show this list' : 'Make this list small');
  setIcon(at('close').querySelector('svg'), left === 0 ? 'close' : isSmall ? 'chevron-up' : 'chevron-down');
}

/** Of all files that are being sent, once there are several. */
export function drawPace(jobs, speed) {
  const moving = jobs.filter(job => ['waiting', 'sending'].includes(job.state));
  at('pace').hidden = moving.length === 0 || jobs.length === 1;
  const all = jobs.filter(job => moving.includes(job) || job.state === 'done');
  const sum = of => all.reduce((total, job) => total + of(job), 0);
  at('pace').textContent = progress(sum(job => job.state === 'done' ? job.record.size : job.bytes), sum(job => job.record.size), speed);
}

/** Said once at the end, not with every file. */
export const announceEnd = () => announce(at('text').textContent);

export const tooLarge = () => `Larger than ${amount(largest())}.`;
