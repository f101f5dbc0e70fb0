// Web storage that never throws: where it is forbidden or full, values are just not kept.

const over = name => ({
  get(key) { try { return JSON.parse(window[name].getItem(key)); } catch { return null; } },
  set(key, value) { try { window[name].setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  remove(key) { try { window[name].removeItem(key); } catch { /* nothing is stored */ } },
});

export const session = over('sessionStorage');
export const local = over('localStorage');

// Clears this tab's data when another user signs in. An expired session is not a sign-out: the log-in page leads back to it.
// Pages without data-viewer (error pages) change nothing.
const { viewer } = document.documentElement.dataset;
if (viewer !== undefined && location.pathname !== '/login') {
  const last = session.get('gifshare-viewer');
  if (last && last !== viewer) for (const key of keys()) session.remove(key);
  session.set('gifshare-viewer', viewer);
}

function keys() {
  try { return Object.keys(window.sessionStorage).filter(key => key.startsWith('gifshare')); } catch { return []; }
}
