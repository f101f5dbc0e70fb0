// Storage that never throws: private windows and full disks only forget.

const over = name => ({
  get(key) { try { return JSON.parse(window[name].getItem(key)); } catch { return null; } },
  set(key, value) { try { window[name].setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  remove(key) { try { window[name].removeItem(key); } catch { /* nothing is there then */ } },
});

export const session = over('sessionStorage');
export const local = over('localStorage');

// What somebody left in this tab is not for whoever is here next. An ended session is no leaving: the log-in page leads back to it.
// A page that does not say who is here (an error's) changes nothing.
const { viewer } = document.documentElement.dataset;
if (viewer !== undefined && location.pathname !== '/login') {
  const last = session.get('gifshare-viewer');
  if (last && last !== viewer) for (const key of keys()) session.remove(key);
  session.set('gifshare-viewer', viewer);
}

function keys() {
  try { return Object.keys(window.sessionStorage).filter(key => key.startsWith('gifshare')); } catch { return []; }
}
