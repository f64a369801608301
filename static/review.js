// A queue for reviewers: a key presses the button that has it (data-key), the next picture is shown
// at once, and the decision is posted behind, one after the other. What cannot be saved is said in a
// sentence, and its picture comes again.

const root = document.querySelector("#reviewing");
const stage = root.querySelector("#stage");
const ahead = root.querySelector("#ahead");
const waiting = root.querySelector("#waiting");
const failed = root.querySelector("#failed");
const said = root.querySelector("#said");
const unconfirmed = new Map(); // id → article that was decided about, until the server has said so
let sending = Promise.resolve();
let undoing = false;
let empty = ""; // what to show when nothing comes any more

const shown = () => stage.querySelector("[data-entry]");
const idOf = (article) => article.dataset.entry;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id === "undo") {
    event.preventDefault();
    undo(form, event.submitter);
  } else if (form.matches("[data-decide]")) {
    event.preventDefault();
    decide(form, event.submitter);
  }
});

function decide(form, submitter) {
  if (undoing) return;
  const article = form.closest("[data-entry]");
  const body = new FormData(form, submitter);
  unconfirmed.set(idOf(article), article);
  const hadFocus = article.contains(document.activeElement);
  article.remove();
  showNext(hadFocus);
  send(form.action, body, article);
}

function undo(form, submitter) {
  if (undoing) return;
  undoing = true;
  send(location.pathname, new FormData(form, submitter), null).finally(() => { undoing = false; });
}

// `knows`: whether who decided could read what had failed before.
function send(address, body, article) {
  const knows = !failed.hidden;
  sending = sending.then(() => post(address, body, article, knows));
  return sending;
}

async function post(address, body, article, knows) {
  let response;
  let answer;
  try {
    response = await fetch(address, {
      method: "POST", body, headers: { "X-Requested-With": "fetch" }, keepalive: true,
    });
    if (response.redirected || response.status === 403) throw new Failure(root.dataset.signedOut);
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    if (!isJson) throw new Failure(root.dataset.failed);
    answer = await response.json();
  } catch (error) {
    forget(article);
    fail(article, error instanceof Failure ? error.message : root.dataset.offline);
    bringBack(article);
    return;
  }
  forget(article);
  root.querySelector("#progress").innerHTML = answer.progress;
  said.textContent = response.ok ? answer.said : "";
  if (response.ok && knows) failed.hidden = true;
  if (response.status === 409) fail(article, answer.said); // its picture is another's
  else if (!response.ok) {
    fail(article, answer.said);
    bringBack(article);
  }
  if (answer.go) location.assign(answer.go);
  else take(answer);
}

class Failure extends Error {}

function forget(article) {
  if (article) unconfirmed.delete(idOf(article));
}

function fail(article, why) {
  failed.textContent = article ? `${article.getAttribute("aria-label")}: ${why}` : why;
  failed.hidden = false;
}

// Never in place of the picture on which a finger is about to decide.
function bringBack(article) {
  if (article) ahead.prepend(article);
  showNext();
}

// Adds what the reviewer holds now to what is there.
function take({ entries, undone, empty: nothing = "" }) {
  empty = nothing;
  for (const { id, html } of entries) {
    if (unconfirmed.has(String(id)) || root.querySelector(`[data-entry="${id}"]`)) continue;
    const template = document.createElement("template");
    template.innerHTML = html;
    ahead.append(template.content.querySelector("[data-entry]"));
  }
  if (undone !== null) putFirst(root.querySelector(`[data-entry="${undone}"]`));
  showNext();
}

function putFirst(article) {
  if (!article || article === shown()) return;
  if (shown()) ahead.prepend(shown());
  ahead.prepend(article);
}

function showNext(takesFocus = false) {
  if (shown()) return;
  const next = ahead.querySelector("[data-entry]");
  const waits = !next && unconfirmed.size > 0;
  waiting.hidden = !waits;
  if (next) stage.replaceChildren(next);
  else if (!waits && empty) stage.innerHTML = empty;
  else if (waits) stage.replaceChildren();
  if (!next) return;
  stage.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
  if (takesFocus || document.activeElement === document.body) next.focus({ preventScroll: true });
}

// Keys, unless somebody types or has switched them off (WCAG 2.1.4). A key that is held decides once.
const box = root.querySelector("#keys");
const help = root.querySelector("#help");
box.checked = localStorage.getItem("review-keys") !== "off";
box.addEventListener("change", () => localStorage.setItem("review-keys", box.checked ? "on" : "off"));

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!box.checked || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const key = event.key.toLowerCase();
  if (key === "?") help.open = !help.open;
  const found = key === "?" ? help.querySelector("summary") : pressed(key);
  if (!found) return;
  event.preventDefault();
  if (found.matches("summary, input")) found.focus();
  else found.click();
});

function pressed(key) {
  if (!/^[a-z1-9]$/.test(key)) return null;
  const selector = `[data-key~="${key}"]`;
  return stage.querySelector(selector) ?? root.querySelector(`.head ${selector}`);
}

addEventListener("beforeunload", (event) => {
  if (unconfirmed.size) event.preventDefault();
});
