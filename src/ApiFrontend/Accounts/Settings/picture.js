// Previews the chosen avatar in place of the current one.
document.addEventListener("change", event => {
  const input = event.target.closest?.("input[type=file][data-preview]");
  if (!input) return;
  const image = document.getElementById(input.dataset.preview);
  const blank = document.getElementById(input.dataset.preview + "-blank");
  if (!image) return;
  if (image.dataset.shown) URL.revokeObjectURL(image.dataset.shown);
  image.dataset.before ??= image.getAttribute("src") ?? "";
  const [file] = input.files;
  image.dataset.shown = file ? URL.createObjectURL(file) : "";
  // The <source> with the still of the current avatar would override the preview.
  if (file) for (const still of image.parentElement.querySelectorAll('source')) still.remove();
  const source = image.dataset.shown || image.dataset.before;
  if (source) image.src = source;
  else image.removeAttribute("src");
  image.hidden = !source;
  if (blank) blank.hidden = !!source;
});
