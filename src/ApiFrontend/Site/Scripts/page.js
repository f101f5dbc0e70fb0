// Replaces parts of the current page by newly rendered ones.

import { adopted } from './dom.js';
import { page } from './api.js';
import { toast } from './toast.js';

/** Replaces the page's content by another rendering of it; keeps the focus where possible. */
export function swapMain(next, url = next.finalUrl) {
  const { viewer } = next.documentElement.dataset;
  // Somebody else has signed in meanwhile: what this page still has of the first one ends with it.
  if (viewer !== undefined && viewer !== document.documentElement.dataset.viewer) {
    location.assign(url || location.href);
    return;
  }
  const main = document.querySelector('main');
  const focus = document.activeElement !== document.body && main.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
  main.replaceChildren(...document.adoptNode(next.querySelector('main')).childNodes);
  document.title = next.title;
  for (const name of ['theme', 'motion', 'linked']) document.documentElement.dataset[name] = next.documentElement.dataset[name];
  const meta = next.querySelector('meta[name=antiforgery]');
  if (meta) document.querySelector('meta[name=antiforgery]')?.setAttribute('content', meta.content);
  if (url) history.replaceState(history.state, '', withoutNotice(url));
  if (focus) (main.querySelector(focus) ?? main).focus({ preventScroll: true });
  adopted(main);
  lift(main);
  document.dispatchEvent(new CustomEvent('gifshare:refreshed', { detail: { main } }));
}

/** Fetches this page again and shows what has changed. */
export async function refresh(signal) {
  const next = await page(location.href, { signal });
  if (next?.ok && new URL(next.finalUrl).pathname === location.pathname) swapMain(next, null);
  else if (next) location.reload();
}

/** Loads the modules of a fetched page whose content is shown elsewhere. */
export function loadScripts(from) {
  return Promise.all([...from.querySelectorAll('script[type=module][src]')].map(script => import(script.getAttribute('src'))));
}

/** Turns the notice of a completed form into a toast. */
export function lift(root) {
  for (const notice of root.querySelectorAll('[data-notice]')) {
    const form = notice.querySelector('form');
    notice.removeAttribute('data-notice');
    notice.hidden = true;
    toast(notice.querySelector('p').textContent, form ? { action: { label: form.querySelector('button').textContent, run: () => form.requestSubmit() } } : {});
  }
}

export function withoutNotice(url) {
  const clean = new URL(url, location.href);
  for (const name of ['done', 'of', 'undo']) clean.searchParams.delete(name);
  return clean.pathname + clean.search + clean.hash;
}

function selectorOf(one) {
  if (one.id) return '#' + CSS.escape(one.id);
  const href = one.getAttribute('href');
  return href ? `a[href="${CSS.escape(href)}"]` : null;
}
