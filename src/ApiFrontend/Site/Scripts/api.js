// Fetches the JSON API and pages, with retries and exponential backoff.

import { pause, randomKey } from './dom.js';
import { found, lost, reach } from './connection.js';
import { session } from './storage.js';

const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);
const mostRefusals = 6;

export const token = () => document.querySelector('meta[name=antiforgery]')?.content ?? '';

/**
 * `call('POST', '/v1/collections', { body: { name }, key: true })` → `{ status, ok, data, etag, problem, headers }`. Throws only on abort.
 * `body`: an object is sent as JSON; FormData, Blob and text as they are. `key`: an Idempotency-Key, `true` generates one.
 * Network errors: GET, PUT, DELETE and calls with a key are retried until there is a response; others return `status: 0`.
 */
export async function call(method, path, { body, headers = {}, signal, key } = {}) {
  const all = { Accept: 'application/json', 'X-Antiforgery': token(), ...headers };
  let content = body;
  if (body !== undefined && body !== null && !(body instanceof FormData || body instanceof Blob || body instanceof ArrayBuffer || typeof body === 'string')) {
    content = JSON.stringify(body);
    all['Content-Type'] ??= 'application/json';
  }
  if (key) all['Idempotency-Key'] = key === true ? randomKey() : key;

  const { response, isRepeated } = await patiently(path, { method, headers: all, body: content, signal }, repeatable.has(method) || Boolean(key));
  if (!response) {
    return { status: 0, ok: false, data: null, etag: null, headers: new Headers(), problem: { code: 'no_connection', title: 'No connection', detail: 'This could not be sent. Try again.' } };
  }
  const data = await read(response);
  const result = { status: response.status, ok: response.ok, data: response.ok ? data : null, etag: response.headers.get('ETag'), headers: response.headers, problem: response.ok ? null : data ?? { code: 'unknown', detail: 'That did not work.' } };
  // The first attempt succeeded and only its response was lost.
  if (method === 'DELETE' && isRepeated && response.status === 404) return { ...result, status: 204, ok: true, problem: null };
  if (result.problem?.code === 'unauthenticated') signIn();
  return result;
}

// /login redirects a signed-in visitor back with a fresh token; the interval prevents a redirect loop if that token is refused too.
function signIn() {
  const last = session.get('gifshare-sign-in');
  session.set('gifshare-sign-in', Date.now());
  if (!(Date.now() - last < 10_000)) location.assign('/login?return=' + encodeURIComponent(location.pathname + location.search));
}

/**
 * Fetches one of our pages. → its Document, with `finalUrl` (after redirects), `status` and `ok`; null when a form got no response.
 * `isOnce`: the form contains an idempotency key (the field `once`), so it may be retried. Throws only on abort.
 */
export async function page(url, { method = 'GET', body, headers = {}, signal, isOnce = false } = {}) {
  const { response } = await patiently(url, { method, body, headers: { Accept: 'text/html', ...headers }, signal }, isOnce || repeatable.has(method));
  if (!response) return null;
  const html = await response.text();
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  parsed.finalUrl = response.url;
  parsed.status = response.status;
  parsed.ok = response.ok;
  return parsed;
}

/** The message for the user about a failed call. */
export function words(problem) {
  const fields = Object.values(problem?.errors ?? {}).flat();
  return fields.length ? fields.join(' ') : problem?.detail ?? 'That did not work.';
}

async function patiently(path, request, canRepeat) {
  let refusals = 0;
  for (let tries = 0; ; tries++) {
    let response = null;
    try {
      response = await fetch(path, { credentials: 'same-origin', ...request });
    } catch (error) {
      if (request.signal?.aborted) throw error;
    }

    if (!response) {
      if (!canRepeat) {
        lost();
        return { response: null };
      }
      // A minimum delay, or a server that answers the probe but not this request would be hammered.
      await pause(Math.min(1000 * 2 ** tries, 8000), request.signal);
      await reach(request.signal);
      continue;
    }
    const isAway = [502, 503, 504].includes(response.status);
    const isRunning = response.status === 409 && response.headers.has('Retry-After');
    if (canRepeat && (isAway || isRunning) && ++refusals < mostRefusals) {
      if (isAway) lost();
      await pause(Math.max(1000 * 2 ** (refusals - 1), 1000 * (Number(response.headers.get('Retry-After')) || 0)), request.signal);
      continue;
    }
    if (!isAway) found();
    return { response, isRepeated: tries > 0 };
  }
}

async function read(response) {
  if (response.status === 204 || response.status === 304) return null;
  const type = response.headers.get('Content-Type') ?? '';
  try {
    if (type.includes('json')) return await response.json();
    return type.startsWith('text/') ? await response.text() : await response.arrayBuffer();
  } catch {
    return null;
  }
}
