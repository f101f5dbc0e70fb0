// The queue of files on their way into collections: two at a time, in the order in which they came. It survives the page, and belongs to one person.

import { call, words } from './api.js';
import { claim } from './claims.js';
import { element, randomKey } from './dom.js';
import * as kept from './kept-uploads.js';
import { Pace } from './pace.js';
import { anew } from './sender.js';
import { local } from './storage.js';
import { announce, toast } from './toast.js';
import * as tray from './tray.js';
import { ask, drop, finish, keep, listen, newJob, pause, say, show, work } from './upload-job.js';

const atOnce = 2;
const most = 200;
/** Copies that the browser keeps for the next page: of each file, and of all. Larger ones are asked for again there. */
const copied = 64 * 1024 * 1024, copiedOfAll = 8 * copied;
const drawEvery = 250;

const { viewer } = document.documentElement.dataset;
const pace = new Pace();
let jobs = [];
let isSignedOut = false;
let drawn = 0;

/** Queues files; what cannot be added gets an error in the tray at once. `handles`: of dropped files, promises, in their order. */
export async function upload(collection, files, handles = []) {
  const chosen = [...files].map((file, place) => ({ file, handle: handles[place] }));
  const known = ({ file }) => jobs.find(job => tray.isOpen(job) && job.record.collection === collection && isSame(job.record, file));
  for (const one of chosen) if (known(one)?.state === 'asks') give(known(one), one.file, await one.handle);
  const fresh = chosen.filter(one => !known(one));
  if (fresh.length === 0) return;
  const room = Math.max(0, most - jobs.filter(tray.isOpen).length);
  if (fresh.length > room) toast(`${most} files at a time are enough: the last ${fresh.length - room} were left out.`, { kind: 'bad' });
  tray.show();
  const added = fresh.slice(0, room).map(({ file, handle }, place) => {
    const job = newJob({ id: randomKey(), viewer, collection, name: file.name, size: file.size, lastModified: file.lastModified, type: '', at: Date.now(), place, isPaused: false, isEnded: false, failure: null, ...anew() }, act);
    jobs.push(job);
    show(job, file);
    say(job, 'waiting', 'Waiting');
    return { job, handle };
  });
  for (const { job, handle } of added) {
    job.handle = await handle ?? null;
    if (tray.isOpen(job)) await begin(job);
  }
}

async function begin(job) {
  const { problem, type } = await check(job.file);
  if (problem) {
    say(job, 'failed', problem, false);
    return;
  }
  job.record.type = type;
  await keepIt(job);
  await take(job);
  pump();
}

async function keepIt(job) {
  const { record, file, handle } = job;
  const taken = jobs.reduce((sum, one) => sum + (one.isCopied ? one.record.size : 0), 0);
  job.isCopied = file.size <= copied && taken + file.size <= copiedOfAll;
  job.isKept = await kept.add(record);
  if (job.isKept) kept.keepSource(record.id, { handle, copy: job.isCopied ? file : null });
}

const isSame = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

/** Before a byte is sent: what it is, by its first bytes, or why it cannot be taken. */
async function check(file) {
  if (file.size === 0) return { problem: 'This file is empty.' };
  if (file.size > tray.largest()) return { problem: tray.tooLarge() };
  try {
    const text = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()));
    const type = text.startsWith('GIF8') ? 'image/gif' : text.startsWith('\x89PNG') ? 'image/png' : text.startsWith('\xff\xd8\xff') ? 'image/jpeg'
      : text.startsWith('RIFF') && text.endsWith('WEBP') ? 'image/webp' : null;
    return type ? { type } : { problem: 'Not a GIF, PNG, JPEG or WebP picture.' };
  } catch {
    return { problem: 'This file cannot be read.' };
  }
}

// ---- the queue

function pump() {
  while (!isSignedOut && jobs.filter(job => job.state === 'sending').length < atOnce) {
    const job = jobs.find(one => one.state === 'waiting' && one.file && one.isClaimed);
    if (!job) break;
    run(job);
  }
  if (!jobs.some(tray.isOpen) && jobs.some(job => job.state === 'done')) tray.announceEnd();
}

async function run(job) {
  if (!await work(job)) signedOut();
  if (job.state === 'done') {
    job.release?.();
    if (job.isNew) showTile(job);
  }
  pump();
}

/** Nothing is lost: the queue waits, and goes on once somebody has logged in, here or in another tab. */
function signedOut() {
  if (isSignedOut) return;
  isSignedOut = true;
  addEventListener('focus', () => { isSignedOut = false; tell(); pump(); }, { once: true });
  tell();
}

/** One tab sends a file; another one waits until that has done it, or is closed. */
async function take(job) {
  job.release = await claim(job.record.id, false);
  job.isClaimed = job.release !== null;
  if (job.isClaimed) return;
  say(job, 'elsewhere', 'Another tab sends it');
  claim(job.record.id, true).then(async release => {
    job.release = release;
    const record = await kept.get(job.record.id);
    if (!record || record.isEnded) {
      release();
      say(job, 'done', 'Another tab has finished it');
      return;
    }
    Object.assign(job.record, record);
    job.isClaimed = true;
    await open(job);
  });
}

const act = {
  pause(job) {
    if (job.state === 'paused') goOn(job); else pause(job).then(pump);
  },
  async retry(job) {
    await keep(job, { failure: null });
    goOn(job);
    if (!job.file) await open(job);
    else if (!job.isClaimed) await begin(job);
  },
  async choose(job) {
    if (job.handle && await job.handle.requestPermission({ mode: 'read' }).catch(() => null) === 'granted') {
      const file = await job.handle.getFile().catch(() => null);
      if (file) return give(job, file, job.handle);
    }
    const input = element('input', { type: 'file', accept: job.record.type });
    input.addEventListener('change', () => give(job, input.files[0]));
    input.click();
  },
};

function goOn(job) {
  if (!job.file) return;
  say(job, 'waiting', 'Waiting');
  keep(job, { isPaused: false });
  pump();
}

// ---- the next page

async function restore() {
  if (!viewer || !kept.mayHave(viewer)) return;
  for (const record of await kept.all(viewer)) {
    if (jobs.some(job => job.record.id === record.id)) continue;
    if (record.isEnded) {
      finish(record);
      continue;
    }
    tray.show();
    const job = newJob(record, act);
    job.isKept = true;
    jobs.push(job);
    say(job, 'waiting', 'Waiting');
    await take(job);
    if (job.isClaimed) await open(job);
  }
}

/** Finds the file's bytes: the copy, or the file itself where it may be read without asking. */
async function open(job) {
  const { record } = job;
  const source = await kept.sourceOf(record.id);
  job.handle = source?.handle ?? null;
  const isAllowed = job.handle && await job.handle.queryPermission({ mode: 'read' }).catch(() => null) === 'granted';
  const file = source?.copy ?? (isAllowed ? await job.handle.getFile().catch(() => null) : null);
  if (!file || !isSame(record, file)) {
    ask(job, job.handle && !isAllowed ? `Your browser asks before it reads ${record.name} again` : `Choose ${record.name} again to go on`);
    return;
  }
  job.isCopied = Boolean(source.copy);
  ready(job, file);
}

function ready(job, file) {
  show(job, file);
  if (job.record.failure) say(job, 'failed', job.record.failure);
  else if (job.record.isPaused) say(job, 'paused', 'Paused');
  else say(job, 'waiting', 'Waiting');
  pump();
}

function give(job, file, handle = null) {
  if (!isSame(job.record, file)) {
    announce('That is another file.');
    say(job, 'asks', `That is another file, or it has changed since. Choose ${job.record.name} again to go on, or cancel it and add the new one.`);
    return;
  }
  kept.keepSource(job.record.id, { handle, copy: file.size <= copied ? file : null });
  ready(job, file);
}

// ---- the head of the tray

function tell() {
  tray.drawHead(jobs, { isSignedOut });
  if (!jobs.some(job => job.state === 'sending')) pace.rest();
  tray.drawPace(jobs, pace.speed);
}

listen({
  state: tell,
  moved() {
    const now = performance.now();
    pace.at(jobs.reduce((sum, job) => sum + job.bytes, 0), now);
    if (now - drawn < drawEvery) return;
    drawn = now;
    tray.drawPace(jobs, pace.speed);
  },
});

tray.wireHead({
  pause() {
    const going = jobs.filter(job => ['waiting', 'sending'].includes(job.state));
    if (going.length > 0) going.forEach(pause); else jobs.filter(job => job.state === 'paused').forEach(goOn);
  },
  retry() {
    for (const job of jobs) if (job.state === 'failed' && job.canRetry) act.retry(job);
  },
  close() {
    if (jobs.some(tray.isOpen)) {
      tray.fold();
      tell();
      return;
    }
    for (const job of jobs) {
      if (job.state === 'failed') drop(job);
      job.release?.();
    }
    jobs = [];
    tray.hide();
  },
  undo: takeOut,
});

/** Undoes the tray's uploads: removes the added GIFs from their collections; GIFs that were there before stay. */
async function takeOut(button) {
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  try {
    for (const [collection, some] of Map.groupBy(jobs.filter(tray.isUndoable), job => job.record.collection)) {
      const ids = some.map(job => job.gif.id);
      const answer = await call('POST', `/v1/collections/${collection}/items/batch`, { body: { remove: ids }, key: true });
      if (!answer.ok) {
        toast(`It could not be undone: ${words(answer.problem)}`, { kind: 'bad' });
        continue;
      }
      for (const job of some) say(job, 'cancelled', 'Removed again', false);
      if (isShown(collection)) (await import('./show-new.js')).showWithout(collection, ids);
      announce('Removed again.');
    }
  } finally {
    button.removeAttribute('aria-busy');
  }
}

// ---- the page below

const isShown = collection => document.querySelector('main [data-collection-page]')?.dataset.collectionPage === collection;

// Loaded only where it is needed: the tray is on pages without a grid, too.
async function showTile(job) {
  if (isShown(job.record.collection)) (await import('./show-new.js')).showNew(job.record.collection, job.gif.id);
}

addEventListener('beforeunload', event => {
  const isLoggingOut = local.get('gifshare-left') === viewer;
  if (jobs.some(job => tray.isOpen(job) && (!job.isKept || isLoggingOut))) event.preventDefault();
});

restore();
