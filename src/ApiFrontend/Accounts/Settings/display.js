// The choice shows at once; it is kept when it is saved.

document.addEventListener('change', event => {
  const { name, value } = event.target;
  if (name === 'theme' || name === 'motion' || name === 'linked') document.documentElement.dataset[name] = value;
});
