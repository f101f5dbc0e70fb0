// The sharing page: Web Share API, and dates and times in the viewer's time zone.
import { each } from './dom.js';

if (navigator.share) document.documentElement.classList.add('can-share');

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-share]');
  if (!button) return;
  try {
    await navigator.share({ url: button.dataset.share, title: button.dataset.title });
  } catch {
    // The user cancelled.
  }
});

// Focusing a link's URL selects it for copying.
document.addEventListener('focusin', event => {
  if (event.target.matches?.('.address input')) event.target.select();
});

const two = number => String(number).padStart(2, '0');

const toField = time => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}`;

// Without a script the field means UTC, and its hint says so. Here the server's value is converted to local time, and UTC with a Z is sent.
each('[data-utc-field]', box => {
  const input = box.querySelector('input');
  const given = input.getAttribute('value');
  // A value restored by the browser after a reload is local already.
  if (given && input.value === given) input.value = toField(new Date(given + 'Z'));
  const hint = box.querySelector('[data-zone]');
  if (hint) hint.textContent = `Your time (${Intl.DateTimeFormat().resolvedOptions().timeZone}).`;
  input.form?.addEventListener('formdata', event => {
    const time = new Date(input.value);
    if (input.value && !Number.isNaN(time.getTime())) event.formData.set(input.name, time.toISOString());
  });
});
