// Which tab sends an upload. A Web Lock says so; on plain http, where there are none, a note in localStorage. Two tabs that write a note in the same
// moment both send, and the server keeps one.

import { pause, randomKey } from './dom.js';
import { local } from './storage.js';

const renewed = 2000;
/** Tabs in the background are slowed down to one look a minute. */
const life = 90_000;
const tab = randomKey();

/** → a function that gives it back. Another tab has it: null, or with `isPatient` later. */
export const claim = (id, isPatient) => navigator.locks ? lock(id, isPatient) : note(id, isPatient);

function lock(id, isPatient) {
  return new Promise(resolve => {
    navigator.locks.request(`gifshare-upload-${id}`, { ifAvailable: !isPatient }, got => new Promise(release => {
      resolve(got ? release : null);
      if (!got) release();
    })).catch(() => resolve(() => {}));
  });
}

async function note(id, isPatient) {
  const name = `gifshare-upload-${id}`;
  const isTaken = () => {
    const known = local.get(name);
    return known && known.tab !== tab && known.until > Date.now();
  };
  while (isTaken()) {
    if (!isPatient) return null;
    await pause(renewed);
  }
  const write = () => local.set(name, { tab, until: Date.now() + life });
  const release = () => {
    clearInterval(timer);
    removeEventListener('pagehide', release);
    local.remove(name);
  };
  const timer = setInterval(write, renewed);
  addEventListener('pagehide', release);
  write();
  return release;
}
