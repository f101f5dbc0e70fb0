// Requests of an upload: they outlast lost connections and a server that is away or asks for a pause, and fail only for a reason that stays.

import { token, words } from './api.js';
import { found, reach } from './connection.js';

const longest = 15_000;

/** The server says no. `problem`: its problem details, if it sent any. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.code ? words(problem) : `The server refused it (${status}).`);
    this.status = status;
    this.problem = problem;
  }
}

/** Nobody is signed in any more, or somebody else. */
export class SignedOut extends Error {}

/** The file was deleted, or has changed since it was chosen. */
export class Unreadable extends Error {}

const isPassing = (status, after) => status === 408 || status === 429 || status >= 500 || (status === 409 && after > 0);

/** → `{ status, data, headers }` of a successful answer. `waits(text)` is told why it takes longer. Every request may be repeated: a POST by its `key`. */
export async function request(method, path, { body, key, signal, waits = () => {} } = {}) {
  const headers = { Accept: 'application/json', 'X-Antiforgery': token() };
  if (body) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  for (let tries = 0; ; tries++) {
    let response = null;
    try {
      response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal, credentials: 'same-origin' });
    } catch {
      signal?.throwIfAborted();
    }
    const data = await response?.json().catch(() => null);
    const after = Number(response?.headers.get('Retry-After')) || 0;
    if (response && response.status < 500) found();
    if (response?.ok) return { status: response.status, data, headers: response.headers };
    if (response?.status === 401) throw new SignedOut();
    if (response && !isPassing(response.status, after)) throw new Refusal(response.status, data);
    await rest(tries, { signal, waits, status: response?.status ?? 0, after, problem: data });
  }
}

/** PUTs a part → `{ status, etag, after, problem }`; status 0: there was no answer. Not by fetch, which tells no progress. */
export function put(url, part, { signal, moved }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    // A connection that vanished without a word, as when a laptop changes its network.
    const patience = 60_000;
    let timer = setTimeout(() => xhr.abort(), patience);
    const end = () => xhr.abort();
    signal.addEventListener('abort', end);
    xhr.upload.addEventListener('progress', event => {
      clearTimeout(timer);
      timer = setTimeout(end, patience);
      moved(event.loaded);
    });
    xhr.addEventListener('loadend', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason);
      else resolve({ status: xhr.status, etag: headerOf(xhr, 'etag'), after: Number(headerOf(xhr, 'retry-after')) || 0, problem: problemIn(xhr.responseText) });
    });
    xhr.open('PUT', url);
    xhr.setRequestHeader('Content-Type', part.type);
    xhr.send(part);
  });
}

/** Null also for what a bucket on another origin does not expose; asking for that by name would be an error in the console. */
const headerOf = (xhr, name) => xhr.getAllResponseHeaders().split('\r\n').find(line => line.toLowerCase().startsWith(name + ':'))?.slice(name.length + 1).trim() ?? null;

function problemIn(text) {
  try { return text ? JSON.parse(text) : null; } catch { return null; }
}

/** Waits before the next try: as long as the server asks for, else longer each time, until it can be reached. */
export async function rest(tries, { signal, waits, status = 0, after = 0, problem = null }) {
  waits(status === 0 ? 'Waiting for the connection' : problem?.code && status !== 500 ? words(problem) : 'The server does not answer; trying again');
  const growing = Math.min(500 * 2 ** tries, longest) * (0.5 + Math.random() / 2);
  await delay(Math.max(growing, 1000 * after), signal, after === 0);
  await reach(signal);
}

/** Throws the signal's reason. */
export function delay(milliseconds, signal, untilOnline = false) {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer);
      removeEventListener('online', over);
      signal?.removeEventListener('abort', over);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(over, milliseconds);
    if (untilOnline) addEventListener('online', over);
    signal?.addEventListener('abort', over);
  });
}
