// Uploads into a collection: two at a time, with progress per file; failed uploads can be retried.
// The tray lies outside of <main>, so it survives when the page below is refreshed.

import { call, page, token, words } from './api.js';
import { found, lost, reach } from './connection.js';
import { adopted } from './dom.js';
import { grid } from './grid.js';
import { refresh } from './page.js';
import { announce, toast } from './toast.js';

const atOnce = 2;
const most = 200;
const patience = 4;

let tray = null;
let jobs = [];
let added = [];
let showing = 0;

/** Queues files for upload; files that cannot be added get an error in the tray at once. */
export async function upload(collection, files) {
  const open = jobs.filter(job => ['waiting', 'sending'].includes(job.state));
  const fresh = [...files].filter(file => !open.some(job => job.collection === collection && isSame(job.file, file)));
  if (fresh.length === 0) return;
  const room = most - open.length;
  if (fresh.length > room) toast(`${most} files at a time are enough: the last ${fresh.length - Math.max(0, room)} were left out.`, { kind: 'bad' });
  openTray();
  for (const file of fresh.slice(0, Math.max(0, room))) {
    const job = { collection, file, state: 'waiting', tries: 0, xhr: null, row: rowOf(file) };
    jobs.push(job);
    const problem = await problemOf(file);
    wire(job);
    if (problem) say(job, 'failed', problem, false); else say(job, 'waiting', 'Waiting');
  }
  pump();
}

const isSame = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

/** Client-side validation, before a byte is sent. */
async function problemOf(file) {
  if (file.size === 0) return 'This file is empty.';
  const largest = Number(tray.dataset.largest);
  if (file.size > largest * 1024 * 1024) return `Larger than ${largest} MB.`;
  try {
    const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
    const text = String.fromCharCode(...head);
    const isImage = text.startsWith('GIF8') || text.startsWith('\x89PNG') || text.startsWith('\xff\xd8\xff') || (text.startsWith('RIFF') && text.endsWith('WEBP'));
    return isImage ? null : 'Not a GIF, PNG, JPEG or WebP picture.';
  } catch {
    return 'This file cannot be read.';
  }
}

// ---- the tray

function openTray() {
  if (!tray?.isConnected) {
    tray = document.querySelector('[data-tray]');
    document.body.append(tray);
    tray.querySelector('[data-tray-close]').addEventListener('click', () => {
      if (jobs.some(job => ['waiting', 'sending'].includes(job.state))) tray.classList.toggle('small');
      else clear();
    });
    tray.querySelector('[data-tray-undo]').addEventListener('click', takeOut);
    tray.querySelector('[data-tray-retry]').addEventListener('click', () => {
      for (const job of jobs) if (job.state === 'failed' && job.canRetry) retry(job);
    });
  }
  tray.hidden = false;
  tray.classList.remove('small');
  document.documentElement.classList.add('has-tray');
}

function clear() {
  for (const job of jobs) URL.revokeObjectURL(job.row.querySelector('img').src);
  jobs = [];
  tray.querySelector('ul').replaceChildren();
  tray.hidden = true;
  document.documentElement.classList.remove('has-tray');
}

function rowOf(file) {
  const row = tray.querySelector('template').content.firstElementChild.cloneNode(true);
  row.querySelector('[data-name]').textContent = file.name;
  row.querySelector('progress').setAttribute('aria-label', file.name);
  const image = row.querySelector('img');
  image.addEventListener('error', () => { image.hidden = true; });
  image.src = URL.createObjectURL(file);
  tray.querySelector('ul').append(row);
  adopted(row);
  return row;
}

function wire(job) {
  job.row.querySelector('[data-cancel]').addEventListener('click', () => cancel(job));
  job.row.querySelector('[data-retry]').addEventListener('click', () => retry(job));
  const alt = job.row.querySelector('textarea');
  const label = job.row.querySelector('label');
  alt.id = `describe-${Math.random().toString(36).slice(2)}`;
  label.htmlFor = alt.id;
  alt.addEventListener('change', () => describe(job, alt));
}

function say(job, state, text, canRetry = true) {
  job.state = state;
  job.canRetry = canRetry;
  const { row } = job;
  row.dataset.state = state;
  row.querySelector('[data-text]').textContent = text;
  row.querySelector('progress').hidden = state !== 'sending';
  row.querySelector('[data-cancel]').hidden = !['waiting', 'sending'].includes(state);
  row.querySelector('[data-retry]').hidden = !(['failed', 'cancelled'].includes(state) && canRetry);
  row.querySelector('[data-describe]').hidden = state !== 'done' || !job.gif;
  tell();
}

function tell() {
  const count = state => jobs.filter(job => job.state === state).length;
  const left = count('waiting') + count('sending'), done = count('done'), failed = count('failed');
  const text = left > 0 ? `Adding ${done + 1} of ${done + left}` : failed > 0 ? `${done} added, ${failed} not added` : done > 0 ? `${done} added` : 'Nothing added';
  const head = tray.querySelector('[data-tray-text]');
  if (head.textContent !== text) head.textContent = text;
  tray.querySelector('[data-tray-retry]').hidden = !jobs.some(job => job.state === 'failed' && job.canRetry);
  tray.querySelector('[data-tray-undo]').hidden = left > 0 || !jobs.some(isUndoable);
  tray.querySelector('[data-tray-close]').setAttribute('aria-label', left > 0 ? 'Make this list small or large' : 'Close this list');
}

const isUndoable = job => job.state === 'done' && job.isNew;

/** Undoes the tray's uploads: removes the added GIFs from their collections; GIFs that were there before stay. */
async function takeOut() {
  const button = tray.querySelector('[data-tray-undo]');
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  try {
    for (const [collection, some] of Map.groupBy(jobs.filter(isUndoable), job => job.collection)) {
      const ids = some.map(job => job.gif.id);
      const answer = await call('POST', `/v1/collections/${collection}/items/batch`, { body: { remove: ids }, key: true });
      if (!answer.ok) {
        toast(`It could not be undone: ${words(answer.problem)}`, { kind: 'bad' });
        continue;
      }
      for (const job of some) say(job, 'cancelled', 'Removed again', false);
      if (document.querySelector('main [data-collection-page]')?.dataset.collectionPage === collection && grid.list?.isConnected) grid.remove(ids);
      announce('Removed again.');
    }
  } finally {
    button.removeAttribute('aria-busy');
  }
}

// ---- the transfer

function pump() {
  while (jobs.filter(job => job.state === 'sending').length < atOnce) {
    const job = jobs.find(one => one.state === 'waiting' && !one.isResting);
    if (!job) break;
    send(job);
  }
  if (!jobs.some(job => ['waiting', 'sending'].includes(job.state))) {
    const done = jobs.filter(job => job.state === 'done').length;
    if (done > 0) announce(tray.querySelector('[data-tray-text]').textContent);
  }
}

function send(job) {
  const bar = job.row.querySelector('progress');
  bar.value = 0;
  say(job, 'sending', '0 %');
  const xhr = job.xhr = new XMLHttpRequest();
  const body = new FormData();
  body.set('files', job.file);
  xhr.upload.addEventListener('progress', event => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    job.row.querySelector('[data-text]').textContent = event.loaded < event.total ? `${Math.floor(100 * event.loaded / event.total)} %` : 'Almost there';
  });
  xhr.addEventListener('load', () => answered(job, xhr));
  xhr.addEventListener('error', () => again(job, 'The connection was lost.'));
  xhr.addEventListener('abort', () => { say(job, 'cancelled', 'Cancelled'); pump(); });
  xhr.open('POST', `/c/${job.collection}/add`);
  xhr.responseType = 'json';
  xhr.setRequestHeader('Accept', 'application/json');
  xhr.setRequestHeader('X-Antiforgery', token());
  xhr.send(body);
}

function answered(job, xhr) {
  found();
  if (xhr.status === 200 && xhr.response?.gif) {
    job.gif = xhr.response.gif;
    job.isNew = xhr.response.isNew;
    say(job, 'done', xhr.response.isNew ? 'Added' : 'Was here already');
    if (xhr.response.isNew) show(job);
    if (job.gif.altText) job.row.querySelector('[data-describe]').hidden = true;
    pump();
  } else if (xhr.status === 401) {
    location.assign('/login?return=' + encodeURIComponent(location.pathname));
  } else if ([0, 502, 503, 504].includes(xhr.status)) {
    again(job, xhr.response?.detail ?? 'The server does not answer.');
  } else {
    say(job, 'failed', words(xhr.response), ![413, 415].includes(xhr.status));
    pump();
  }
}

/** Retries after a network error, which says nothing about the file; gives up after a while. */
async function again(job, reason) {
  if (++job.tries >= patience) {
    say(job, 'failed', `${reason} Try again.`);
    pump();
    return;
  }
  job.isResting = true;
  say(job, 'waiting', 'Waiting for the connection');
  lost();
  await new Promise(resolve => setTimeout(resolve, 500 * 2 ** job.tries));
  await reach();
  job.isResting = false;
  pump();
}

function retry(job) {
  job.tries = 0;
  say(job, 'waiting', 'Waiting');
  pump();
}

function cancel(job) {
  if (job.state === 'sending' && job.xhr) job.xhr.abort();
  else say(job, 'cancelled', 'Cancelled');
}

async function describe(job, field) {
  const answer = await call('PATCH', `/v1/gifs/${job.gif.id}`, { body: { altText: field.value.trim() || null } });
  const state = job.row.querySelector('[data-text]');
  if (answer.ok) state.textContent = field.value.trim() ? 'Description saved, thank you' : 'Added';
  else toast(`The description could not be saved: ${words(answer.problem)}`, { kind: 'bad' });
}

// ---- the grid below

function show(job) {
  showNew(job.collection, job.gif.id);
}

/** Inserts the tile of an added GIF, if the grid shows that collection. */
export function showNew(collection, gif) {
  added.push({ collection, gif });
  clearTimeout(showing);
  showing = setTimeout(showAdded, 250);
}

async function showAdded() {
  const here = document.querySelector('main [data-collection-page]')?.dataset.collectionPage;
  const fresh = added.filter(one => one.collection === here).slice(0, 50);
  added = added.filter(one => one.collection === here && !fresh.includes(one));
  if (fresh.length === 0) return;
  if (!grid.list?.isConnected) {
    await refresh();
    return;
  }
  const sort = new URLSearchParams(location.search).get('sort') ?? 'manual';
  const only = await page(`/c/${here}?only=${fresh.map(one => one.gif).join(',')}`);
  const tiles = [...only?.querySelectorAll('ul[data-grid] > li[data-gif]') ?? []];
  if (sort === 'name') await grid.refresh();
  else grid.insertAfter(sort === 'added' ? tiles.reverse() : tiles, sort === 'added' ? null : undefined);
  if (added.length > 0) await showAdded();
}

addEventListener('beforeunload', event => {
  if (jobs.some(job => ['waiting', 'sending'].includes(job.state))) event.preventDefault();
});
