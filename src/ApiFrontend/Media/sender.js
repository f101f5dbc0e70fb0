// One resumable upload (docs/api.md, Media): announces a file, sends its parts, has them joined, and waits until it is read.
// Every step may be repeated, also by a later page: what counts is what the server says.

import { randomKey } from './dom.js';
import { delay, put, Refusal, request, rest, Unreadable } from './patience.js';

const atOnce = 2;
const mostRounds = 4;
const hashedBytes = 64 * 1024 * 1024;

/** The members of an upload that has not begun. */
export const anew = () => ({ key: randomKey(), sha256: null, media: null, isOurs: false });

/**
 * Sends `file` → its media, ready. Throws a Refusal, SignedOut, Unreadable, or the signal's reason.
 * `upload`: `{ name, size, type, ...anew() }`. `keep(changes)`: assigns to it, and stores it where it survives the page.
 * `moved(bytes)`: how much has arrived or is on its way. `says(text)`: what happens, where that is not sending.
 */
export async function send(file, upload, tools) {
  for (let round = 1; ; round++) {
    try {
      return await sendOnce(file, upload, { ...tools, waits: tools.says });
    } catch (error) {
      // Expired, or deleted elsewhere: from the beginning.
      if (!isGone(error) || round === mostRounds) throw error;
      await tools.keep(anew());
    }
  }
}

/** Ends the upload on the server; a file that the server had already stays. */
export async function end(upload) {
  try {
    const ended = { ...upload };
    // Announced, but the answer was lost or cut off: only the same request again tells its id.
    if (!ended.media && ended.sha256 !== null) await announce(null, ended, { keep: changes => Object.assign(ended, changes) });
    if (ended.media && ended.isOurs) await request('DELETE', `/v1/media/${ended.media}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

export const isGone = error => error instanceof Refusal && (error.status === 404 || error.problem?.code === 'expired');

async function sendOnce(file, upload, tools) {
  const trouble = { tries: 0 };
  let plan = upload.media ? null : await announce(file, upload, tools);
  for (let tries = 0; ; tries++) {
    plan ??= planOf((await request('GET', `/v1/media/${upload.media}/parts`, tools)).data);
    if (!plan.partSize) break;
    if (!await sendParts(file, upload, plan, { ...tools, trouble })) {
      plan = null;
      tries = -1;
      continue;
    }
    const refusal = await join(upload, plan, tools);
    if (!refusal) break;
    // The store has lost parts, or has others than we know of.
    if (tries === mostRounds) throw refusal;
    plan = null;
    await rest(tries, { ...tools, status: refusal.status, problem: refusal.problem });
  }
  return await whenRead(upload, tools);
}

async function announce(file, upload, tools) {
  if (upload.sha256 === null) await tools.keep({ sha256: await hashOf(file) });
  const body = { fileName: upload.name, contentType: upload.type, size: upload.size, ...upload.sha256 && { sha256: upload.sha256 } };
  const { status, data, headers } = await request('POST', '/v1/media', { ...tools, body, key: upload.key });
  await tools.keep({ media: data.media.id, isOurs: status === 201 });
  // The first answer may be from before this page.
  return headers.get('Idempotency-Replayed') ? null : planOf({ ...data, received: [], missing: data.parts });
}

/** Joined with it, parts of two versions of a file are noticed; and a file that the server has is not sent again. Empty where it cannot be made. */
async function hashOf(file) {
  if (!crypto.subtle || file.size > hashedBytes) return '';
  const bytes = await file.arrayBuffer().catch(() => { throw new Unreadable(); });
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

const planOf = ({ partSize, received, missing }) => ({ partSize, missing, tags: new Map(received.map(part => [part.number, part.etag])), bytes: received.reduce((sum, part) => sum + part.size, 0) });

/** False: something was lost, and the server has to be asked what arrived. */
async function sendParts(file, upload, plan, tools) {
  const waiting = [...plan.missing];
  const onTheirWay = new Map();
  const tell = () => tools.moved(plan.bytes + [...onTheirWay.values()].reduce((sum, bytes) => sum + bytes, 0));
  let [isWhole, isTagged] = [true, true];
  tell();

  async function sendSome() {
    for (let part = waiting.shift(); part && isWhole; part = waiting.shift()) {
      const { number, url } = part;
      const start = (number - 1) * plan.partSize;
      const content = file.slice(start, start + plan.partSize, upload.type);
      const answer = await put(url, content, { ...tools, moved: bytes => { onTheirWay.set(number, Math.min(bytes, content.size)); tell(); } });
      onTheirWay.delete(number);
      if (answer.status >= 200 && answer.status < 300) {
        plan.bytes += content.size;
        tools.trouble.tries = 0;
        if (answer.etag) plan.tags.set(number, answer.etag.replaceAll('"', '')); else isTagged = false;
        tell();
      } else {
        isWhole = false;
        await checkReadable(content);
        if ([400, 411, 413, 415].includes(answer.status)) throw new Refusal(answer.status, { code: 'refused', detail: 'The server did not take this file; it may have changed meanwhile. Add it again.' });
        // 403, 404: the address has expired, or the upload is over.
        await rest(tools.trouble.tries++, { ...tools, ...answer, ...[403, 404].includes(answer.status) && { status: 503, problem: null } });
      }
    }
  }

  const ends = await Promise.allSettled(Array.from({ length: atOnce }, sendSome));
  const broken = ends.find(one => one.status === 'rejected');
  if (broken) throw broken.reason;
  return isWhole && isTagged;
}

/** Reading a file that has changed fails like a lost connection, and would be repeated for ever. */
async function checkReadable(part) {
  await part.slice(0, 1).arrayBuffer().catch(() => { throw new Unreadable(); });
}

/** Null: joined, now or before. */
async function join(upload, plan, tools) {
  const parts = [...plan.tags].sort(([a], [b]) => a - b).map(([number, etag]) => ({ number, etag }));
  tools.says('Almost there');
  try {
    await request('POST', `/v1/media/${upload.media}/complete`, { ...tools, body: { parts } });
    return null;
  } catch (error) {
    if (error instanceof Refusal && [400, 409].includes(error.status)) return error;
    throw error;
  }
}

async function whenRead(upload, tools) {
  tools.says('Almost there');
  for (let wait = 200; ; wait = Math.min(wait * 1.5, 4000)) {
    const { data: media } = await request('GET', `/v1/media/${upload.media}`, tools);
    if (media.status === 'ready') return media;
    if (media.status === 'failed') throw new Refusal(422, media.error);
    await delay(wait, tools.signal);
  }
}
