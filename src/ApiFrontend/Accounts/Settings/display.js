// Previews the chosen display settings; they are saved when the form is sent.

document.addEventListener('change', event => {
  const { name, value } = event.target;
  if (name === 'theme' || name === 'motion' || name === 'linked') document.documentElement.dataset[name] = value;
});
