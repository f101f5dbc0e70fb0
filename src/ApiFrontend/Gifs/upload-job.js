// One file of the tray, from its first byte to its place in a collection. What is known of it (`record`) survives the page where the browser keeps it.

import { call, words } from './api.js';
import { randomKey } from './dom.js';
import { fileTitle } from './file-title.js';
import * as kept from './kept-uploads.js';
import { Pace, progress } from './pace.js';
import { Refusal, request, SignedOut, Unreadable } from './patience.js';
import { anew, end, send } from './sender.js';
import { announce, toast } from './toast.js';
import * as tray from './tray.js';

const drawEvery = 200;
/** Of the writes that a person has in a minute, so many stay for what they do beside it. */
const roomToLeave = 25;
let quietUntil = 0;

/** Codes that another try does not change. */
const final = ['unsupported_media', 'too_large'];

let told = { state: () => {}, moved: () => {} };

/** `state()`: after each change of a job's state; `moved()`: while bytes go. */
export function listen(listener) {
  told = listener;
}

export function newJob(record, act) {
  const job = { record, file: null, handle: null, state: 'waiting', text: '', canRetry: true, bytes: 0, isKept: false, isClaimed: false, isAdding: false, abort: null, pace: new Pace(), release: null, gif: null, isNew: false };
  job.row = tray.addRow(record.name, {
    pause: () => act.pause(job), cancel: () => cancel(job), retry: () => act.retry(job), choose: () => act.choose(job), describe: text => describe(job, text),
  });
  return job;
}

export function say(job, state, text, canRetry = true) {
  const wasStopped = ['failed', 'asks'].includes(job.state);
  Object.assign(job, { state, text, canRetry });
  tray.draw(job);
  if (['failed', 'asks'].includes(state) && !wasStopped) announce(`${job.record.name}: ${text}`);
  told.state();
}

export function show(job, file) {
  job.file = file;
  tray.picture(job.row, file);
}

/** Changes what is known of it, here and where it survives. */
export async function keep(job, changes) {
  Object.assign(job.record, changes);
  if (job.isKept) await kept.change(job.record.id, changes);
}

/** Nothing is left to do, now or later. */
export async function settle(job) {
  if (job.isKept) await kept.remove(job.record.id);
  job.isKept = false;
}

/** Sends the file and adds it; ends when it is added, or stopped for whatever reason. False: nobody is signed in. */
export async function work(job) {
  const { record } = job;
  job.abort = new AbortController();
  const { signal } = job.abort;
  const says = text => {
    if (signal.aborted) return;
    job.pace.rest();
    job.text = text;
    tray.drawProgress(job);
  };
  const tools = { signal, says, keep: changes => keep(job, changes), moved: bytes => { if (!signal.aborted) moved(job, bytes); } };
  say(job, 'sending', 'Starting');
  try {
    await send(job.file, record, tools);
    while (!await add(job, says)) await send(job.file, record, tools);
    await settle(job);
    say(job, 'done', job.isNew ? 'Added' : 'Was here already');
    return true;
  } catch (error) {
    return signal.aborted || await stop(job, error);
  }
}

function moved(job, bytes) {
  const now = performance.now();
  job.bytes = bytes;
  job.pace.at(bytes, now);
  if (now - (job.drawn ?? 0) >= drawEvery) {
    job.drawn = now;
    job.text = progress(bytes, job.record.size, job.pace.speed);
    tray.drawProgress(job);
  }
  told.moved();
}

/** Makes a gif of the media and puts it into the collection: one request, which may be repeated. False: the media is gone meanwhile. */
async function add(job, says) {
  const { record } = job;
  job.isAdding = true;
  job.bytes = record.size;
  try {
    say(job, 'sending', 'Almost there');
    if (quietUntil > Date.now()) await new Promise(resolve => setTimeout(resolve, quietUntil - Date.now()));
    const title = fileTitle(record.name);
    const { status, data, headers } = await request('POST', `/v1/collections/${record.collection}/items`, {
      body: { mediaId: record.media, ...title && { title } }, key: `${record.id}-${record.media}`, waits: says,
    });
    if (Number(headers.get('RateLimit-Remaining') ?? roomToLeave) < roomToLeave) quietUntil = Date.now() + 1000 * Number(headers.get('RateLimit-Reset'));
    Object.assign(job, { gif: data.gif, isNew: status === 201 });
    return true;
  } catch (error) {
    if (!(error instanceof Refusal && error.problem?.errors?.mediaId && job.rounds !== 3)) throw error;
    job.rounds = (job.rounds ?? 0) + 1;
    await keep(job, anew());
    return false;
  } finally {
    job.isAdding = false;
  }
}

async function stop(job, error) {
  const { record } = job;
  if (error instanceof SignedOut) {
    say(job, 'waiting', 'Waits until you log in');
    return false;
  }
  if (error instanceof Unreadable) {
    ask(job, `${record.name} was changed or removed since it was chosen. Choose it again to go on.`);
    return true;
  }
  if (!(error instanceof Refusal)) reportError(error);
  const text = error instanceof Refusal ? error.message : 'That did not work.';
  const canRetry = !final.includes(error.problem?.code) && ![413, 415].includes(error.status);
  // Another try begins with another upload.
  if (error.status === 422 || ['conflict', 'refused'].includes(error.problem?.code)) {
    end({ ...record }).catch(() => {});
    await keep(job, anew());
  }
  if (canRetry) await keep(job, { failure: text }); else drop(job);
  say(job, 'failed', text, canRetry);
  return true;
}

/** Nobody wants it any more, here or on the server. */
export function drop(job) {
  finish({ ...job.record }, job.isKept);
  job.isKept = false;
}

/** The page has no way to the file's bytes any more. */
export function ask(job, text) {
  job.file = null;
  say(job, 'asks', text);
}

export async function pause(job) {
  if (job.isAdding) return;
  say(job, 'paused', job.bytes > 0 ? `Paused, ${progress(job.bytes, job.record.size)}` : 'Paused');
  job.abort?.abort();
  job.pace.rest();
  await keep(job, { isPaused: true });
}

/** The upload on the server ends too; if this page goes before it has, the next one sees to it. */
async function cancel(job) {
  if (job.isAdding || !tray.isOpen(job)) return;
  const ended = { ...job.record };
  const wasKept = job.isKept;
  job.release?.();
  job.abort?.abort();
  say(job, 'cancelled', 'Cancelled', Boolean(job.file));
  // Should it be sent again after all, that is another upload.
  Object.assign(job, { isKept: false, isClaimed: false, bytes: 0, release: null });
  Object.assign(job.record, anew(), { id: randomKey(), isPaused: false });
  if (wasKept) await kept.change(ended.id, { isEnded: true });
  await finish(ended, wasKept);
}

export async function finish(ended, wasKept = true) {
  await end(ended).catch(() => {});
  if (wasKept) await kept.remove(ended.id);
}

async function describe(job, text) {
  const answer = await call('PATCH', `/v1/gifs/${job.gif.id}`, { body: { altText: text || null } });
  const state = job.row.querySelector('[data-text]');
  if (answer.ok) state.textContent = text ? 'Description saved, thank you' : 'Added';
  else toast(`The description could not be saved: ${words(answer.problem)}`, { kind: 'bad' });
}
