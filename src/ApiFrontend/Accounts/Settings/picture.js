// Shows the picture that is about to be sent in the place of the one that is there.
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
  // What stands in the place of a moving picture stands in the place of this one too.
  if (file) for (const still of image.parentElement.querySelectorAll('source')) still.remove();
  const source = image.dataset.shown || image.dataset.before;
  if (source) image.src = source;
  else image.removeAttribute("src");
  image.hidden = !source;
  if (blank) blank.hidden = !!source;
});
