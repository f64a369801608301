// Several pictures at once: chosen, dropped or pasted, each becomes a row.

import "./batch.js";
import { Card, isSending } from "./card.js";

const form = document.querySelector("#classify");

function take(files) {
  for (const file of files) new Card(file);
}

for (const input of form.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    take(input.files);
    input.value = ""; // the same file can be chosen again
  });
}
form.addEventListener("submit", (event) => event.preventDefault());

document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) take(event.clipboardData.files);
});
// A picture dropped beside the form would otherwise replace the page.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take(event.dataTransfer.files);
  });
}
// An installed app is in the share menu of its phone; predictions/pages/phone.py says how that works.
if (matchMedia("(display-mode: standalone)").matches) {
  navigator.serviceWorker?.register(form.dataset.shareWorker);
}
addEventListener("beforeunload", (event) => {
  if (isSending()) event.preventDefault();
});
if (await window.caches?.has("shared")) {
  const { shared } = await import("./shared.js");
  take(await shared());
}
