// <a data-dialog href> opens that page in a modal dialog. Forms in it are sent by fetch, and the response is shown in the dialog.

import { adopted, element, icon } from './dom.js';
import { page } from './api.js';
import { lost, reach } from './connection.js';
import { loadScripts, refresh, swapMain } from './page.js';

let count = 0;

document.addEventListener('click', event => {
  const link = event.target.closest?.('a[data-dialog][href]');
  if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openDialog(link.href, link);
});

/** Opens a page of ours in a dialog. Resolves when it is shown. */
export async function openDialog(url, opener = null) {
  if (opener?.getAttribute('aria-busy') === 'true') return null;
  opener?.setAttribute('aria-busy', 'true');
  try {
    const content = await page(url);
    if (new URL(content.finalUrl).pathname !== new URL(url, location.href).pathname) {
      location.assign(content.finalUrl);
      return null;
    }
    return show(content, opener);
  } finally {
    opener?.removeAttribute('aria-busy');
  }
}

function show(content, opener) {
  const id = `dialog-${++count}`;
  const title = element('h2', { id, dir: 'auto', tabindex: '-1' });
  const closer = element('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close' }, icon('close'));
  const body = element('div', { class: 'dialog-body' });
  const dialog = element('dialog', { class: 'dialog', 'aria-labelledby': id }, element('div', { class: 'dialog-head' }, title, closer), body);
  const state = { dialog, title, body, opener, openerHref: opener?.getAttribute('href'), url: content.finalUrl, hasChanged: false, isTouched: false, isSending: false };

  closer.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', event => {
    const isClose = event.target.closest?.('[data-close]');
    if (isClose) event.preventDefault();
    if (isClose || (event.target === dialog && !state.isTouched)) dialog.close();
  });
  dialog.addEventListener('input', () => { state.isTouched = true; });
  dialog.addEventListener('submit', event => submit(event, state));
  dialog.addEventListener('close', event => { if (event.target === dialog) closed(state); });

  document.body.append(dialog);
  fill(state, content);
  dialog.showModal();
  focusFirst(state);
  return dialog;
}

function fill(state, content) {
  const { viewer } = content.documentElement.dataset;
  // Somebody else has signed in meanwhile: what this page still has of the first one ends with it.
  if (viewer && document.documentElement.dataset.viewer && viewer !== document.documentElement.dataset.viewer) {
    location.assign(content.finalUrl);
    return;
  }
  const main = document.adoptNode(content.querySelector('main'));
  const heading = main.querySelector('h1');
  state.title.textContent = main.dataset.dialogTitle || heading?.textContent || content.title;
  heading?.remove();
  keepIdsApart(main, state.dialog);
  state.body.replaceChildren(...main.childNodes);
  for (const notice of state.body.querySelectorAll('[data-notice]')) notice.removeAttribute('data-notice');
  state.url = content.finalUrl;
  state.isTouched = false;
  const meta = content.querySelector('meta[name=antiforgery]');
  if (meta) document.querySelector('meta[name=antiforgery]')?.setAttribute('content', meta.content);
  adopted(state.body);
  loadScripts(content);
}

/** Makes ids unique, since the page below may have the same ones; labels and descriptions must refer to those in the dialog. */
function keepIdsApart(root, dialog) {
  for (const one of root.querySelectorAll('[id]')) {
    const taken = document.getElementById(one.id);
    if (!taken || dialog.contains(taken)) continue;
    const [old, fresh] = [one.id, `${one.id}-${dialog.getAttribute('aria-labelledby')}`];
    one.id = fresh;
    for (const name of ['for', 'aria-describedby', 'aria-labelledby', 'aria-controls', 'list', 'form', 'data-reveal', 'data-copy-from']) {
      for (const user of root.querySelectorAll(`[${name}~="${CSS.escape(old)}"]`)) {
        user.setAttribute(name, user.getAttribute(name).split(' ').map(part => part === old ? fresh : part).join(' '));
      }
    }
    for (const link of root.querySelectorAll(`a[href="#${CSS.escape(old)}"]`)) link.setAttribute('href', '#' + fresh);
  }
}

function focusFirst({ body, title }) {
  const first = body.querySelector('[aria-invalid=true]') ?? body.querySelector('[autofocus]')
    ?? body.querySelector('input:not([type=hidden], [type=checkbox], [type=radio], [disabled]), textarea, select');
  (first ?? title).focus();
}

async function submit(event, state) {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute('data-own') || form.getAttribute('method') === 'dialog' || form.target) return;
  event.preventDefault();
  if (state.isSending) return;
  state.isSending = true;
  const submitter = event.submitter;
  submitter?.setAttribute('aria-busy', 'true');
  try {
    await reach();
    const fields = new FormData(form, submitter);
    const hasFiles = [...fields.values()].some(value => value instanceof File && value.size > 0);
    const target = new URL(submitter?.getAttribute('formaction') ?? form.getAttribute('action') ?? state.url, state.url);
    const isPost = form.getAttribute('method')?.toLowerCase() === 'post';
    if (!isPost) target.search = new URLSearchParams(fields);
    const answer = await page(target, isPost ? { method: 'POST', body: hasFiles ? fields : new URLSearchParams(fields), isOnce: fields.has('once') } : {});
    if (!answer) {
      complain(state, 'This could not be sent: the connection was lost. What you typed is still here.');
      lost();
    } else {
      settle(state, answer, isPost);
    }
  } finally {
    state.isSending = false;
    submitter?.removeAttribute('aria-busy');
  }
}

function settle(state, answer, isPost) {
  const final = new URL(answer.finalUrl);
  if (!answer.ok) {
    if (answer.querySelector('main form')) {
      fill(state, answer);
      focusFirst(state);
    } else {
      complain(state, [...answer.querySelectorAll('main h1, main h1 + p')].map(one => one.textContent.trim()).join('. '));
    }
  } else if (final.pathname === new URL(state.url).pathname) {
    state.hasChanged ||= isPost;
    fill(state, answer);
    focusFirst(state);
  } else if (final.pathname === location.pathname) {
    state.hasChanged = false;
    state.dialog.close();
    // A page's own script may update only the changed part (preventDefault); otherwise all content is replaced.
    const news = new CustomEvent('gifshare:answer', { cancelable: true, detail: { answer, from: new URL(state.url).pathname } });
    if (!document.dispatchEvent(news)) return;
    swapMain(answer);
    focusOpener(state);
  } else {
    location.assign(answer.finalUrl);
  }
}

function complain(state, text) {
  state.body.querySelector(':scope > .problem')?.remove();
  state.body.prepend(element('div', { class: 'problem', role: 'alert' }, icon('warning'), element('div', {}, element('p', {}, text))));
  state.body.scrollTop = 0;
}

async function closed(state) {
  state.dialog.remove();
  if (!state.hasChanged) return;
  await refresh();
  focusOpener(state);
}

/** Returns the focus to the opener's replacement; the browser itself returns it to an opener that still exists. */
function focusOpener({ opener, openerHref }) {
  if (!openerHref || opener.isConnected) return;
  (document.querySelector(`a[data-dialog][href="${CSS.escape(openerHref)}"]`) ?? document.querySelector('main')).focus({ preventScroll: true });
}
