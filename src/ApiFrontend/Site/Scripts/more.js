// Infinite scrolling of lists: when the end comes into view, the next page is fetched and its entries are appended. Works by the link alone too.
// On Back, and after a change in a dialog, the loaded entries and the scroll position are restored.

import { page } from './api.js';
import { adopted } from './dom.js';
import { session } from './storage.js';
import { announce } from './toast.js';

const LIST = '[data-more-list]', LINK = '[data-more]';
const key = () => `gifshare-listed ${location.pathname}${location.search}`;
let watcher, listed = 0, at = 0;

const listOf = () => document.querySelector(LIST);

async function goOn(link) {
  const list = listOf();
  if (!list || link.dataset.busy) return false;
  link.dataset.busy = 'true';
  link.setAttribute('aria-busy', 'true');
  try {
    const next = await page(link.href);
    if (!next?.ok) throw new Error('There is no next page.');
    const known = new Set([...list.children].map(entry => entry.dataset.id));
    const fresh = [...next.querySelectorAll(`${LIST} > *`)].filter(entry => !known.has(entry.dataset.id)).map(entry => document.adoptNode(entry));
    const isFocused = document.activeElement === link;
    list.append(...fresh);
    for (const entry of fresh) adopted(entry);
    listed = list.children.length;
    if (isFocused) fresh[0]?.querySelector('a')?.focus();
    const further = next.querySelector(LINK);
    if (further) {
      link.href = further.getAttribute('href');
      delete link.dataset.busy;
      link.removeAttribute('aria-busy');
      // Observe again: the link may still be in view, and an observer reports changes only.
      watcher?.unobserve(link);
      watcher?.observe(link);
    } else {
      link.closest('.next').remove();
    }
    announce(`${fresh.length} more`);
    return true;
  } catch {
    // The link stays and, when clicked, opens the next page.
    watcher?.unobserve(link);
    link.removeAttribute('aria-busy');
    return false;
  }
}

async function fill(count, place) {
  if (listOf()?.children.length < count) {
    for (let link = document.querySelector(LINK); link && listOf().children.length < count; link = document.querySelector(LINK)) if (!await goOn(link)) break;
    scrollTo({ top: place, behavior: 'instant' });
  }
  watch();
}

function watch() {
  listed = listOf()?.children.length ?? 0;
  watcher?.disconnect();
  watcher = new IntersectionObserver(entries => {
    for (const entry of entries) if (entry.isIntersecting) goOn(entry.target);
  }, { rootMargin: '600px' });
  for (const link of document.querySelectorAll(LINK)) watcher.observe(link);
}

document.addEventListener('click', event => {
  const link = event.target.closest?.(LINK);
  if (!link || link.dataset.busy || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  goOn(link);
});
addEventListener('scroll', () => { at = scrollY; }, { passive: true });
addEventListener('pagehide', () => { if (listOf()) session.set(key(), { listed: listOf().children.length, at: scrollY }); });
document.addEventListener('gifshare:refreshed', () => fill(listed - 1, at));

const left = performance.getEntriesByType('navigation')[0]?.type === 'back_forward' ? session.get(key()) : null;
fill(left?.listed ?? 0, left?.at ?? 0);
