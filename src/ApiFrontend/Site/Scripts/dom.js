// DOM helpers. No markup of gifs, cards or forms is built here: the server renders it.

const watches = [];

/** Runs `run(element)` once per matching element, now and whenever content is inserted later (dialogs, refreshed pages). */
export function each(selector, run) {
  const watch = { selector, run, seen: new WeakSet() };
  watches.push(watch);
  visit(watch, document);
}

/** Notifies all `each` watchers of inserted content. */
export function adopted(root) {
  for (const watch of watches) visit(watch, root);
}

function visit({ selector, run, seen }, root) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  for (const one of found) {
    if (seen.has(one)) continue;
    seen.add(one);
    run(one);
  }
}

/** `element('button', { class: 'small', type: 'button' }, 'Close')`; strings become text nodes, never markup. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const sprite = new URL('./icons.svg', import.meta.url).pathname;

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'use'));
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg, name) {
  svg.querySelector('use').setAttribute('href', `${sprite}#${name}`);
}

export const isTyping = target => target.matches?.('input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]') ?? false;

/** Random text for keys; works on plain http too, where crypto.randomUUID is missing. */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

export const pause = (milliseconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
});
