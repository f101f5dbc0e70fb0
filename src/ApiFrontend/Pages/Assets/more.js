// A long list goes on when its end comes into view: the next page's entries are taken over from that page, which works by its link alone.
import { page } from './api.js';
import { announce } from './toast.js';

const LIST = "[data-more-list]", LINK = "[data-more]";
let watcher;

async function goOn(link) {
  const list = document.querySelector(LIST);
  if (!list || link.dataset.busy) return;
  link.dataset.busy = "true";
  link.setAttribute("aria-busy", "true");
  try {
    const next = await page(link.href);
    const entries = [...(next.querySelector(LIST)?.children ?? [])];
    const focused = document.activeElement === link;
    const known = new Set([...list.children].map(entry => entry.dataset.id));
    const fresh = entries.filter(entry => !known.has(entry.dataset.id)).map(entry => document.adoptNode(entry));
    list.append(...fresh);
    if (focused) fresh[0]?.querySelector("a")?.focus();
    const further = next.querySelector(LINK);
    if (further) {
      link.href = further.getAttribute("href");
      delete link.dataset.busy;
      link.removeAttribute("aria-busy");
      // Still in view: an observer reports changes only.
      watcher.unobserve(link);
      watcher.observe(link);
    } else {
      link.closest(".next").remove();
    }
    announce(`${fresh.length} more`);
    document.dispatchEvent(new CustomEvent("gifshare:more", { detail: { list, fresh } }));
  } catch {
    // The link stays: pressed, it opens the next page.
    watcher?.unobserve(link);
    link.removeAttribute("aria-busy");
  }
}

function watch() {
  watcher?.disconnect();
  watcher = new IntersectionObserver(entries => {
    for (const entry of entries) if (entry.isIntersecting) goOn(entry.target);
  }, { rootMargin: "600px" });
  for (const link of document.querySelectorAll(LINK)) watcher.observe(link);
}

document.addEventListener("click", event => {
  const link = event.target.closest?.(LINK);
  if (!link || link.dataset.busy || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  goOn(link);
});
document.addEventListener("gifshare:refreshed", watch);
watch();
