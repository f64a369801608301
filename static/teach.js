// Pictures for the classes of a classifier: chosen, dropped on a class, or pasted into it.

import { Card, isSending } from "./card.js";
import { look } from "./live.js";

const columns = [...document.querySelectorAll("[data-class]")];
let last = columns[0]; // the one that somebody has used

class Example extends Card {
  constructor(file, column) {
    super(file, column.querySelector("[data-cards]"), column.querySelector(".uploads"));
  }

  // What is to be learned from it is seen in far fewer pixels than ten megabytes have.
  wantsScaling() {
    return this.isTooLarge(this.file);
  }

  readFields() {
    return {};
  }

  tellMetadata() {} // it is always removed

  get column() {
    return this.form.closest("[data-class]");
  }

  // The row becomes a thumbnail.
  taken({ number, is_new: isNew }) {
    const { column } = this;
    const badge = column.querySelector("[data-number]") ?? document.querySelector("h1 [data-number]");
    // Four are sent at a time, and the answers come in any order.
    badge.dataset.number = badge.textContent = Math.max(number, badge.dataset.number);
    if (isNew) {
      const item = document.createElement("li");
      const preview = this.find(".preview");
      preview.alt = this.file.name;
      item.append(preview);
      column.querySelector(".thumbs")?.prepend(item);
      this.preview = ""; // is shown on
    }
    this.remove();
    look();
  }
}

function take(column, files) {
  last = column;
  for (const file of files) new Example(file, column);
}

for (const column of columns) {
  const input = column.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    take(column, input.files);
    input.value = ""; // the same file can be chosen again
  });
  column.querySelector("[data-cards]").addEventListener("submit", (event) => event.preventDefault());
  column.addEventListener("focusin", () => { last = column; });
  column.addEventListener("pointerenter", () => { last = column; });
}

document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length && last) take(last, event.clipboardData.files);
});
// A picture dropped beside the classes would otherwise replace the page.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const over = event.target.closest?.("[data-class]");
    for (const column of columns) column.classList.toggle("over", kind === "dragover" && column === over);
    if (kind === "drop" && over) take(over, event.dataTransfer.files);
  });
}
addEventListener("beforeunload", (event) => {
  if (isSending()) event.preventDefault();
});
