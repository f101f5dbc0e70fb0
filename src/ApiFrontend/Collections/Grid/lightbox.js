// The lightbox: one GIF, large. Lightbox.razor renders the dialog. Opening pushes a history entry, so that Back closes it.

import { grid } from './grid.js';
import { isFavorite, toggle } from './hearts.js';
import { setIcon } from './dom.js';
import { announce } from './toast.js';

let dialog = null;
let current = null;
let turn = 0;
const near = new Map();

const part = name => dialog.querySelector(`[data-${name}]`);
const isQuiet = () => document.documentElement.dataset.motion === 'still' || matchMedia('(prefers-reduced-motion: reduce)').matches;
const isForeign = url => new URL(url, location.href).origin !== location.origin;

function open(id) {
  dialog = document.querySelector('dialog[data-lightbox]');
  if (!dialog) return false;
  prepare(dialog);
  if (!history.state?.lightbox) history.pushState({ ...history.state, lightbox: true }, '');
  dialog.showModal();
  show(id);
  return true;
}

const prepared = new WeakSet();

function prepare(box) {
  if (prepared.has(box)) return;
  prepared.add(box);
  box.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (button?.dataset.go) go(Number(button.dataset.go));
    else if (button?.hasAttribute('data-close') || (!button && event.target.matches('[data-stage], dialog'))) close();
    else if (button?.hasAttribute('data-heart')) toggle(current);
    else if (button?.hasAttribute('data-show')) play();
  });
  box.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 }[event.key];
    if (step) go(step);
    else if (event.key === 'Home') show(grid.items()[0]);
    else if (event.key === 'End') show(grid.items().at(-1));
    else if (event.key.toLowerCase() === 'f') toggle(current);
    else return;
    event.preventDefault();
  });
  box.addEventListener('cancel', event => { event.preventDefault(); close(); });
  box.addEventListener('close', closed);
  // The signed URL of the image expired while the page was open.
  let failed = null;
  const image = box.querySelector('[data-stage] img');
  image.addEventListener('load', () => { failed = null; });
  image.addEventListener('error', async () => {
    if (!current || failed === current) return;
    failed = current;
    await grid.refresh();
    show(current);
  });
  swipes(box.querySelector('[data-stage]'));
}

async function show(id) {
  if (!id) return;
  const mine = ++turn;
  current = id;
  const at = grid.indexOf(id);
  part('place').textContent = `${at + 1} of ${grid.count}`;
  const tile = grid.element(id) ?? await grid.load(id);
  if (mine !== turn || !dialog.open) return;
  if (!tile) {
    announce('This GIF is not there any more.');
    return;
  }
  fill(tile, id);
  part('go="-1"').hidden = at === 0;
  part('go="1"').hidden = at === grid.count - 1;
  if (at >= grid.items().length - 3) grid.more().then(() => preload(at));
  preload(at);
}

function fill(tile, id) {
  const link = tile.querySelector('.open'), small = tile.querySelector('.open img');
  const picture = dialog.querySelector('[data-stage] img');
  const { w, h, by, user } = tile.dataset;
  // Sized before the bytes arrive; the tile's image is usually cached and serves as a placeholder.
  picture.removeAttribute('src');
  picture.width = Number(w);
  picture.height = Number(h);
  picture.style.setProperty('--w', w);
  picture.style.setProperty('--h', h);
  picture.alt = small.alt;
  const waits = tile.classList.contains('asked') && !tile.classList.contains('playing');
  const isStill = tile.querySelector('.play') && !tile.classList.contains('playing') && (waits || isQuiet());
  const still = tile.querySelector('picture source')?.getAttribute('srcset') ?? small.getAttribute('src');
  picture.src = isStill ? still : link.href;
  const button = part('show');
  button.hidden = !isStill;
  part('show-word').textContent = tile.querySelector('.play')?.dataset.label ?? 'Play';

  const title = tile.querySelector('.title')?.textContent ?? '';
  text('title', title);
  text('note', tile.querySelector('figcaption em')?.textContent ?? '');
  text('alt', tile.hasAttribute('data-described') ? small.alt : '');
  dialog.setAttribute('aria-label', title || small.alt);
  const author = part('by');
  author.textContent = by;
  author.parentElement.hidden = by === '';
  author.href = `/u/${encodeURIComponent(user)}`;
  const heart = part('heart');
  if (heart) {
    heart.dataset.heart = id;
    heart.setAttribute('aria-pressed', String(isFavorite(id)));
  }
  part('original').href = link.href;
  const download = part('download');
  download.hidden = isForeign(link.href) || by === '';
  download.href = link.href;
  part('copy').dataset.copy = isForeign(link.href) ? link.href : new URL(`#gif-${id}`, location.href).href;
  setIcon(part('copy').querySelector('svg'), 'link');
  announce(`${title || small.alt}, ${part('place').textContent}`);
}

function text(name, words) {
  const line = part(name);
  line.textContent = words;
  line.hidden = words === '';
}

function play() {
  const picture = dialog.querySelector('[data-stage] img');
  picture.src = part('original').href;
  part('show').hidden = true;
}

function go(step) {
  const ids = grid.items();
  const to = ids[grid.indexOf(current) + step];
  if (to) show(to);
  else if (step > 0 && !grid.isWhole) grid.more().then(came => { if (came) go(step); });
}

function preload(at) {
  const ids = grid.items().slice(Math.max(0, at - 1), at + 3);
  for (const old of near.keys()) if (!ids.includes(old)) near.delete(old);
  if (isQuiet()) return;
  for (const id of ids) {
    const tile = grid.element(id);
    if (!tile || near.has(id) || tile.classList.contains('asked')) continue;
    const picture = new Image();
    picture.referrerPolicy = 'no-referrer';
    picture.src = tile.querySelector('.open').href;
    near.set(id, picture);
  }
}

// Closes by history.back() if opening pushed an entry, so that no entry remains.
function close() {
  if (history.state?.lightbox) history.back();
  else dialog.close();
}

function closed() {
  near.clear();
  dialog.querySelector('[data-stage] img').removeAttribute('src');
  if (current) grid.reveal(current, { focus: true });
  current = null;
  turn++;
}

function swipes(stage) {
  let from = null;
  stage.addEventListener('touchstart', event => { from = event.touches.length === 1 ? { x: event.touches[0].clientX, y: event.touches[0].clientY } : null; }, { passive: true });
  stage.addEventListener('touchend', event => {
    if (!from || (visualViewport?.scale ?? 1) > 1.05) return;
    const x = event.changedTouches[0].clientX - from.x, y = event.changedTouches[0].clientY - from.y;
    from = null;
    if (Math.abs(x) > 45 && Math.abs(x) > 1.5 * Math.abs(y)) go(x < 0 ? 1 : -1);
    else if (y > 90 && y > 2 * Math.abs(x)) close();
  });
}

addEventListener('popstate', () => {
  if (dialog?.open && !history.state?.lightbox) dialog.close();
});

grid.on('open', ({ id }) => open(id));

// A copied link leads to one GIF of the page. The history entry of a lightbox that was open when the page was left becomes an ordinary one.
if (history.state?.lightbox) history.replaceState({ ...history.state, lightbox: undefined }, '');
const wanted = /^#gif-([0-9a-f-]{36})$/.exec(location.hash)?.[1];
if (wanted && grid.list) find(wanted);

async function find(id) {
  while (grid.indexOf(id) < 0 && !grid.isWhole) if (!await grid.more()) return;
  if (grid.indexOf(id) < 0) return;
  history.replaceState(history.state, '', location.pathname + location.search);
  grid.reveal(id);
  open(id);
}
