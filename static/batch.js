// What can be said of, and done with, all pictures sent from this page together.
//
// Everything is read from the rows, which card.js keeps; nothing is counted twice.

import { csrfToken } from "./card.js";

const batch = document.querySelector("#batch");
const list = document.querySelector("#cards");
const counts = [...batch.querySelector("#counts").content.children];
const progress = batch.querySelector("progress");
const unsureFirst = batch.querySelector("[data-sort]");
const confirm = batch.querySelector("[data-confirm]");
const retryAll = batch.querySelector("[data-retry-all]");
const removeAll = batch.querySelector("[data-remove-all]");
const exports = batch.querySelector("form");
const said = batch.querySelector(".said");
const plural = new Intl.PluralRules(document.documentElement.lang);
// Unsure first: answers from the least certain on, then what has none yet, or never will.
const NO_ANSWER = { waiting: 2, refused: 3 };

const rows = (...states) => [...list.children].filter((row) => states.includes(row.dataset.state));
const ids = (found) => found.map((row) => row.dataset.id).filter(Boolean);

function phrase(element, number) {
  const forms = element.dataset;
  return (plural.select(number) === "one" ? forms.one : forms.other).replace("#", number);
}

function show() {
  const found = Object.fromEntries(
    counts.map((element) => [element.dataset.count, rows(element.dataset.count).length]),
  );
  batch.hidden = !list.children.length;
  document.body.classList.toggle("has-batch", !batch.hidden);
  batch.querySelector(".counts").textContent = counts
    .filter((element) => found[element.dataset.count])
    .map((element) => phrase(element, found[element.dataset.count]))
    .join(" · ");
  progress.max = list.children.length || 1;
  progress.value = list.children.length - found.waiting;
  confirm.hidden = !found.sure;
  retryAll.hidden = !retries().length;
  removeAll.hidden = !found.refused;
  exports.hidden = !ids([...list.children]).length;
}

function retries() {
  return rows("refused")
    .map((row) => row.querySelector("[data-retry]"))
    .filter((button) => !button.hidden);
}

function order() {
  const key = (row) => NO_ANSWER[row.dataset.state] ?? Number(row.dataset.score);
  const newest = [...list.children].sort((one, other) => other.dataset.number - one.dataset.number);
  if (unsureFirst.ariaPressed === "true") newest.sort((one, other) => key(one) - key(other));
  if (newest.every((row, index) => row === list.children[index])) return;
  list.append(...newest);
}

// Rows move when somebody asks for it, and when the last answer has come, not under a finger.
let wereWaiting = 0;
let number = 0;
new MutationObserver(() => {
  for (const row of [...list.children].reverse()) row.dataset.number ??= ++number;
  show();
  const areWaiting = rows("waiting").length;
  if (wereWaiting && !areWaiting && !list.contains(document.activeElement)) order();
  if (areWaiting < wereWaiting) refreshLatest();
  wereWaiting = areWaiting;
}).observe(list, { childList: true, subtree: true, attributeFilter: ["data-state"] });
unsureFirst.addEventListener("click", () => {
  unsureFirst.ariaPressed = String(unsureFirst.ariaPressed !== "true");
  order();
});
addEventListener("pageshow", show);

retryAll.addEventListener("click", () => {
  for (const button of retries()) button.click();
});
removeAll.addEventListener("click", () => {
  for (const row of rows("refused")) row.querySelector("[data-remove]").click();
  if (document.activeElement === document.body) document.querySelector("#file").focus();
});
exports.addEventListener("formdata", (event) => {
  event.formData.set("ids", ids([...list.children]).join());
});

async function give(verdict, chosen) {
  const body = new FormData();
  body.set("correct", verdict);
  body.set("ids", chosen.join());
  said.replaceChildren();
  try {
    const response = await fetch(confirm.dataset.confirm, {
      method: "POST", body, headers: { "X-CSRFToken": csrfToken() },
    });
    if (!response.ok) throw new Error(response.status);
    const parts = await response.json();
    for (const [id, html] of Object.entries(parts)) {
      const part = list.querySelector(`[data-id="${id}"] [data-feedback]`);
      if (part) part.outerHTML = html;
    }
    return Object.keys(parts);
  } catch {
    said.textContent = said.dataset.failed;
    return null;
  }
}

confirm.addEventListener("click", async () => {
  const changed = await give("yes", ids(rows("sure")));
  if (!changed) return;
  said.textContent = changed.length ? `${phrase(said, changed.length)} ` : said.dataset.none;
  if (!changed.length) return;
  const undo = batch.querySelector("#undo").content.firstElementChild.cloneNode(true);
  undo.addEventListener("click", async () => {
    if (await give("none", changed)) said.textContent = said.dataset.undone;
    confirm.focus();
  });
  said.append(undo);
});

// The last pictures below the rows are those of the same page, asked for anew.
let refreshing = null;
function refreshLatest() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    try {
      const response = await fetch(location.pathname);
      if (!response.ok || response.redirected) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const { localise } = await import("./times.js");
      localise(page);
      document.querySelector("#latest").replaceWith(page.querySelector("#latest"));
    } catch {
      // No network: what was there stays.
    }
  }, 500);
}
