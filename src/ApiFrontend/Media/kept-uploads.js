// Uploads that survive the page, in IndexedDB: what is known of each, and apart from that where its bytes are (a handle, a copy, or neither).
// Each belongs to a person. Nothing here throws: where the browser keeps nothing, as in some private windows, `add` answers false.

import { local } from './storage.js';

// uploads-later.js looks for it on every page.
const markOf = viewer => `gifshare-uploads-${viewer}`;
const longest = 7 * 24 * 3600 * 1000;

let opened = null;

function open() {
  return opened ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open('gifshare-uploads', 1);
    opening.onupgradeneeded = () => {
      for (const name of ['uploads', 'sources']) opening.result.createObjectStore(name, { keyPath: 'id' });
    };
    opening.onsuccess = () => {
      opening.result.onversionchange = () => opening.result.close();
      resolve(opening.result);
    };
    opening.onerror = () => reject(opening.error);
  });
}

/** Runs `act(uploads, sources)` in one transaction; the result of the request that it returns, or null. */
async function transact(mode, act) {
  const transaction = (await open()).transaction(['uploads', 'sources'], mode);
  return await new Promise((resolve, reject) => {
    const asked = act(transaction.objectStore('uploads'), transaction.objectStore('sources'));
    transaction.oncomplete = () => resolve(asked?.result ?? null);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

async function orElse(value, act) {
  try { return await act(); } catch { return value; }
}

/** → whether it is kept. `upload.viewer`: whose. */
export async function add(upload) {
  const isKept = await orElse(false, async () => {
    await transact('readwrite', uploads => { uploads.put(upload); });
    return true;
  });
  if (isKept) local.set(markOf(upload.viewer), true);
  return isKept;
}

/** Keeps what the browser can: a copy may be refused (some private windows) or not fit, a handle is small. Nothing of an upload that is over. */
export async function keepSource(id, { handle = null, copy = null }) {
  for (const one of [{ id, handle, copy }, { id, handle, copy: null }]) {
    const isDone = await orElse(false, async () => {
      await transact('readwrite', (uploads, sources) => {
        const asked = uploads.getKey(id);
        asked.onsuccess = () => {
          try { if (asked.result !== undefined) sources.put(one); } catch { sources.transaction.abort(); }
        };
      });
      return true;
    });
    if (isDone) return;
  }
}

/** Does not bring back what was removed meanwhile, in another tab or by logging out. */
export const change = (id, changes) => orElse(null, () => transact('readwrite', uploads => {
  const asked = uploads.get(id);
  asked.onsuccess = () => { if (asked.result) uploads.put({ ...asked.result, ...changes }); };
}));

export const get = id => orElse(null, () => transact('readonly', uploads => uploads.get(id)));

export const sourceOf = id => orElse(null, () => transact('readonly', (_, sources) => sources.get(id)));

export const remove = id => orElse(null, () => transact('readwrite', (uploads, sources) => {
  uploads.delete(id);
  sources.delete(id);
}));

/** Whether there may be some. */
export const mayHave = viewer => local.get(markOf(viewer)) !== null;

/** A person's uploads in their order. Whoever's they are, those of long ago are removed. */
export async function all(viewer) {
  const kept = await orElse([], () => transact('readonly', uploads => uploads.getAll())) ?? [];
  const isOld = one => Date.now() - one.at > longest;
  for (const one of kept.filter(isOld)) await remove(one.id);
  const mine = kept.filter(one => one.viewer === viewer && !isOld(one)).sort((a, b) => a.at - b.at || a.place - b.place);
  if (mine.length === 0) local.remove(markOf(viewer));
  return mine;
}

/** In one step → whether nothing is left. */
export async function clear(viewer) {
  const isClear = await orElse(false, async () => {
    await transact('readwrite', (uploads, sources) => {
      const asked = uploads.getAll();
      asked.onsuccess = () => {
        for (const one of asked.result) {
          if (one.viewer !== viewer) continue;
          uploads.delete(one.id);
          sources.delete(one.id);
        }
      };
    });
    return true;
  });
  if (isClear) local.remove(markOf(viewer));
  return isClear;
}
