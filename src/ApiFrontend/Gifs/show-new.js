// The collection's page below the tray: tiles of what was added, without those that were taken out again.

import { page } from './api.js';
import { grid } from './grid.js';
import { refresh } from './page.js';

let added = [];
let showing = 0;

export const shown = () => document.querySelector('main [data-collection-page]')?.dataset.collectionPage;

/** Inserts the tile of an added GIF, if the grid shows that collection. */
export function showNew(collection, gif) {
  added.push({ collection, gif });
  clearTimeout(showing);
  showing = setTimeout(showAdded, 250);
}

export function showWithout(collection, gifs) {
  if (shown() === collection && grid.list?.isConnected) grid.remove(gifs);
}

async function showAdded() {
  const here = shown();
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
