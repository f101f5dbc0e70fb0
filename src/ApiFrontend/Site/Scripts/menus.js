// <details data-menu>: closes on Escape, on a click elsewhere and on loss of focus; arrow keys move through it.

const opened = () => document.querySelectorAll('details[data-menu][open]');

document.addEventListener('click', event => {
  for (const menu of opened()) if (!menu.contains(event.target) || event.target.closest('.menu-list a')) menu.open = false;
});

document.addEventListener('focusout', event => {
  const menu = event.target.closest?.('details[data-menu][open]');
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

document.addEventListener('keydown', event => {
  const menu = event.target.closest?.('details[data-menu]');
  if (!menu) return;
  if (event.key === 'Escape' && menu.open) {
    menu.open = false;
    menu.querySelector('summary').focus();
    event.preventDefault();
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    menu.open = true;
    const stops = [...menu.querySelectorAll('.menu-list :is(a, button)')];
    const next = stops.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
    stops.at(next < 0 ? -1 : next % stops.length)?.focus();
  }
});
