// On every page: files that wait since an earlier page bring their tray; and whoever logs out leaves none behind.

import { local } from './storage.js';

const left = 'gifshare-left';
const { viewer } = document.documentElement.dataset;

// An expired session is not a log-out: signing in again goes on with the files.
document.addEventListener('submit', event => {
  if (['/logout', '/settings/account/delete'].includes(event.target.getAttribute('action'))) local.set(left, viewer);
}, true);

if (viewer !== undefined) {
  const who = local.get(left);
  // The mark stays until nothing is left: this page may be closed before.
  if (who && who !== viewer) import('./kept-uploads.js').then(kept => kept.clear(who)).then(isClear => { if (isClear) local.remove(left); });
  else {
    local.remove(left);
    if (viewer && local.get(`gifshare-uploads-${viewer}`) !== null && document.querySelector('[data-tray]')) import('./upload.js');
  }
}
