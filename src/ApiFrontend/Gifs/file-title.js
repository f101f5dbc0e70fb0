// The title that a file's name suggests: the same as FileTitle.cs derives for forms without a script; a test compares them.

const nothing = /^((img|dsc|dscn|pxl|vid|mvi|image|images|picture|photo|giphy|tenor|source|download|unnamed|untitled|screenshot|screen shot|bildschirmfoto)([ \d().:-]|at|am|pm|from|downsized|large)*|(?=[0-9a-f -]*\d)[0-9a-f -]{8,})$/i;
const longest = 200;

/** Null for names that cameras and download folders make. */
export function fileTitle(fileName) {
  let name = fileName.replace(/^.*[/\\]/s, '').replace(/\.(gif|png|jpe?g|webp)$/i, '').toWellFormed();
  name = name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/g, '').replace(/[_+\p{Cc}]/gu, ' ').replace(/\s+/g, ' ');
  // Dashes separate words where there are no spaces.
  if (!name.trim().includes(' ')) name = name.replaceAll('-', ' ');
  name = name.replace(/^[ .-]+|[ .-]+$/g, '');
  if (nothing.test(name) || !/[^\ud800-\udfff]/.test(name.replace(/\P{L}/gu, ''))) return null;
  return name.length <= longest ? name : name.slice(0, longest).replace(/[\ud800-\udbff]$/, '').trim();
}
