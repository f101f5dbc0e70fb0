// Form drafts: submitted values survive a lost response and an expired session, and are restored when the form is shown again.
// Kept per tab and never for passwords; discarded at the first response.

import { session } from './storage.js';

const key = 'gifshare-draft';
const longest = 30 * 60_000;
const kept = ':is(input:not([type=hidden], [type=password], [type=file], [type=radio], [type=checkbox]), textarea, select)[name]';

/** Saves the draft when a form is submitted with a page navigation. */
export function keepDraft(form) {
  const action = new URL(form.getAttribute('action') ?? '', location.href).pathname;
  if (action === '/login' && session.get(key)?.isAfterLogin) return;
  const fields = [...form.querySelectorAll(kept)].map(one => [one.name, one.value]);
  if (action === '/logout' || !fields.some(([, value]) => value)) session.remove(key);
  else session.set(key, { page: location.pathname + location.search, action, fields, at: Date.now() });
}

function restore(draft) {
  const form = [...document.querySelectorAll('main form[method=post]')].find(one => new URL(one.getAttribute('action') ?? '', location.href).pathname === draft.action);
  for (const [name, value] of draft.fields) {
    const field = [...form?.querySelectorAll(kept) ?? []].find(one => one.name === name);
    if (field && (field.value === field.defaultValue || field.tagName === 'SELECT')) field.value = value;
  }
}

const draft = session.get(key);
if (draft) {
  const { redirectCount = 0, responseStatus = 200 } = performance.getEntriesByType('navigation')[0] ?? {};
  // A processed form responds with a redirect or an error.
  const isAnswer = redirectCount > 0 || responseStatus >= 400;
  const isThere = draft.page === location.pathname + location.search;
  const isFresh = Date.now() - draft.at < longest;
  if (isFresh && location.pathname === '/login' && draft.action !== '/login') {
    // The session had expired: return to the form after the log-in.
    session.set(key, { ...draft, isAfterLogin: true });
    const back = document.querySelector('main form[action="/login"] input[name=return]');
    if (back && !back.value) back.value = draft.page;
  } else {
    if (isFresh && isThere && (!isAnswer || draft.isAfterLogin)) restore(draft);
    if (!isFresh || isThere || !draft.isAfterLogin) session.remove(key);
  }
}
