// Favourite hearts. The server renders them; this script updates them optimistically, and follows changes from other tabs and devices: the
// favourites filter rules out most GIFs without a request, and only possible favourites are looked up exactly.

import { grid } from './grid.js';
import { call, words } from './api.js';
import { announce, toast } from './toast.js';
import { readFavoritesFilter } from './favorites-filter.js';

const busy = new Set();
let filter = null;

export const isFavorite = id => heartOf(id)?.getAttribute('aria-pressed') === 'true';

const heartOf = id => grid.element(id)?.querySelector('.heart');

function show(id, isOn) {
  for (const heart of [heartOf(id), document.querySelector('.lightbox[open] [data-heart]')]) {
    if (!heart || (heart.hasAttribute('data-heart') && heart.dataset.heart !== id)) continue;
    heart.setAttribute('aria-pressed', String(isOn));
    if (heart.hasAttribute('value')) heart.value = isOn ? '0' : '1';
  }
}

/** Toggles a favourite optimistically; reverts it when the server refuses. */
export async function toggle(id) {
  const heart = heartOf(id);
  if (!heart || busy.has(id)) return;
  busy.add(id);
  const isOn = !isFavorite(id);
  show(id, isOn);
  announce(isOn ? 'Added to favourites' : 'Removed from favourites');
  const fields = new FormData(heart.form);
  fields.set('on', isOn ? '1' : '0');
  const answer = await call('POST', heart.getAttribute('formaction'), { body: String(new URLSearchParams(fields)), headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' } });
  busy.delete(id);
  if (answer.status === 204) return;
  show(id, !isOn);
  // After a redirect to the log-in page the response is HTML.
  if (answer.ok) {
    location.assign('/login?return=' + encodeURIComponent(location.pathname + location.search));
    return;
  }
  toast(answer.status === 404 ? 'This GIF is not there any more.' : words(answer.problem), { kind: 'bad' });
}

async function follow() {
  const form = document.getElementById('grid-form');
  if (!form || !grid.list) return;
  const answer = await fetch('/v1/favorites/filter', { headers: { 'X-Antiforgery': document.querySelector('meta[name=antiforgery]')?.content ?? '', ...(filter ? { 'If-None-Match': filter.etag } : {}) } }).catch(() => null);
  if (answer?.status === 200) filter = await readFavoritesFilter(answer);
  if (!filter || (answer && !answer.ok && answer.status !== 304)) return;
  const unsure = [];
  for (const id of grid.items()) {
    if (!heartOf(id) || busy.has(id)) continue;
    if (!filter.mayContain(id)) show(id, false);
    else if (!isFavorite(id)) unsure.push(id);
  }
  for (let i = 0; i < unsure.length; i += 100) {
    const some = unsure.slice(i, i + 100);
    const { data } = await call('GET', `/v1/favorites/among?ids=${some.join(',')}`);
    for (const id of data?.items ?? []) show(id, true);
  }
}

document.addEventListener('click', event => {
  const heart = event.target.closest?.('.tile .heart');
  if (!heart || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  toggle(heart.closest('[data-gif]').dataset.gif);
});
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') follow(); });
addEventListener('pageshow', event => { if (event.persisted) follow(); });
