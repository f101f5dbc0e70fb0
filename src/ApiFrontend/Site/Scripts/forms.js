// Prevents double submission, and delays submission until the server is reachable, so that the values stay in the form until then.
// data-own: a script of the page sends this form itself. data-stay: the response is a file, the page stays.

import { each, setIcon } from './dom.js';
import { reach } from './connection.js';
import { keepDraft } from './drafts.js';

const sending = new Map();
const passing = new WeakSet();

// On window, after the handlers that send a form by script and call preventDefault.
addEventListener('submit', event => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute('data-own') || form.getAttribute('method') === 'dialog') return;
  if (passing.delete(form)) return;
  if (sending.has(form)) {
    event.preventDefault();
    return;
  }
  const submitter = event.submitter;
  sending.set(form, submitter);
  submitter?.setAttribute('aria-busy', 'true');
  if (form.getAttribute('method')?.toLowerCase() === 'post') {
    event.preventDefault();
    send(form, submitter);
  }
  if (form.hasAttribute('data-stay') || submitter?.hasAttribute('data-stay') || form.target) setTimeout(() => release(form), 2000);
});

async function send(form, submitter) {
  await reach();
  if (!sending.has(form)) return;
  passing.add(form);
  keepDraft(form);
  try {
    HTMLFormElement.prototype.requestSubmit.call(form, submitter?.isConnected && submitter.form === form ? submitter : null);
  } finally {
    // No submit event fired: the form was edited in the meantime and is invalid now.
    if (passing.delete(form)) release(form);
  }
}

function release(form) {
  sending.get(form)?.removeAttribute('aria-busy');
  sending.delete(form);
}

// Restored from the back/forward cache: forms may be sent again.
addEventListener('pageshow', event => {
  if (event.persisted) for (const form of [...sending.keys()]) release(form);
});

each('[data-reveal]', button => {
  button.hidden = false;
  button.addEventListener('click', () => {
    const field = document.getElementById(button.dataset.reveal);
    const isShown = field.type === 'password';
    field.type = isShown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(isShown));
    setIcon(button.querySelector('svg'), isShown ? 'eye-off' : 'eye');
    field.focus();
  });
});

each('main [aria-invalid=true]', field => {
  if (document.querySelector('[aria-invalid=true]') === field && !field.closest('dialog') && !field.closest('[data-specimen]')) field.focus();
});
