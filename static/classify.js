// Several pictures at once: a card for each, from the choice of a file to its answer.
//
// A picture is sent by its own request (four at a time) and is safe on the server when that ends.
// What then waits for an answer is asked for together, by one request that the server holds until
// there is something new.

import { tells } from "./exif.js";

const AT_ONCE = 4;
const SCALED_SIDE = 1024; // pixels; models read 224
const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const RETRY_MILLISECONDS = 3000;
const BETWEEN_MILLISECONDS = 250;

const form = document.querySelector("#classify");
const list = document.querySelector("#cards");
const say = document.querySelector("#say");
const texts = Object.fromEntries(
  [...document.querySelector("#texts").content.querySelectorAll("dt")].map((term) => [
    term.textContent, term.nextElementSibling.textContent,
  ]),
);

const turn = []; // cards that wait to be sent
const later = new Set(); // cards that were refused for now and go by themselves
const waiting = new Map(); // id of a prediction → its card
let sending = 0;
let asking = false;

function cookie(name) {
  return new RegExp(`(?:^|; )${name}=(\\w+)`).exec(document.cookie)?.[1];
}

class Card {
  constructor(file) {
    this.file = file;
    this.bare = form.elements.without_metadata.checked;
    this.scale = document.querySelector("#scale").checked;
    this.element = document.querySelector("#card").content.firstElementChild.cloneNode(true);
    this.content = this.find(".content");
    this.progress = this.find("progress");
    this.find(".name").textContent = file.name;
    this.find("[data-cancel]").addEventListener("click", () => this.cancel());
    this.find("[data-retry]").addEventListener("click", () => this.queue());
    this.find("[data-remove]").addEventListener("click", () => this.remove());
    const preview = this.find("img");
    preview.addEventListener("error", () => preview.replaceWith(this.noPreview()));
    preview.src = this.preview = URL.createObjectURL(file);
    list.prepend(this.element);
    this.tellMetadata();
    const why = this.refusal();
    this.element.classList.toggle("refused", Boolean(why));
    if (why) this.refuse(why);
    else this.queue();
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  noPreview() {
    const box = document.createElement("span");
    box.className = "preview";
    box.textContent = "✗";
    box.setAttribute("aria-hidden", "true");
    return box;
  }

  async tellMetadata() {
    const told = await tells(this.file);
    if (!told.place && !told.camera) return;
    const words = [told.place && texts.place, told.camera].filter(Boolean).join(", ");
    const line = this.find(".metadata");
    line.hidden = false;
    line.textContent = [texts.tells, words, this.bare && texts["left-out"]].filter(Boolean).join(" ");
  }

  // What need not be sent to know that it is refused.
  refusal() {
    if (!TYPES.includes(this.file.type)) return texts["wrong-type"];
    if (this.file.size > Number(form.dataset.mostBytes) && !this.scale) return texts["too-large"];
    return null;
  }

  buttons({ cancel = false, retry = false, remove = false }) {
    const focused = this.find(".head").contains(document.activeElement);
    this.find("[data-cancel]").hidden = !cancel;
    this.find("[data-retry]").hidden = !retry;
    this.find("[data-remove]").hidden = !remove;
    if (focused) this.find(".head button:not([hidden])").focus();
  }

  show(text, problem = false) {
    const line = document.createElement("p");
    line.className = problem ? "problem" : "waiting";
    line.textContent = text;
    this.content.replaceChildren(line);
    this.html = null; // what the server says next is drawn again, be it what it said before
  }

  queue() {
    later.delete(this);
    this.progress.hidden = false;
    this.progress.value = 0;
    this.cancelled = false;
    this.buttons({ cancel: true });
    this.show(texts.turn);
    turn.push(this);
    sendNext();
  }

  async send() {
    this.timer = this.request = null;
    this.show(texts.sending);
    const body = new FormData();
    if (this.bare) body.append("without_metadata", "on");
    const file = this.scale ? await scaled(this.file) : this.file;
    if (this.cancelled) return null;
    body.append("file", file, file.name);
    return new Promise((done) => {
      const request = this.request = new XMLHttpRequest(); // fetch tells nothing of its progress
      request.open("POST", form.dataset.cards);
      request.setRequestHeader("Accept", "application/json, text/plain");
      // The form's own token ends when somebody signs in again on another page.
      request.setRequestHeader("X-CSRFToken", cookie("__Host-csrftoken") ?? cookie("csrftoken"));
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) this.progress.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => this.sent(request));
      request.addEventListener("error", () => this.refuse(texts.offline, true));
      request.addEventListener("abort", () => this.refuse(texts.cancelled, true));
      request.addEventListener("loadend", done);
      request.send(body);
    });
  }

  sent(request) {
    const kind = request.getResponseHeader("Content-Type") || "";
    // A page is not from here but from a proxy in between.
    const why = kind.startsWith("text/plain") ? request.responseText : texts.failed;
    const seconds = Number(request.getResponseHeader("Retry-After"));
    if (request.status === 201) {
      const [[id, state]] = Object.entries(JSON.parse(request.responseText));
      waiting.set(id, this);
      this.progress.hidden = true;
      this.buttons({ remove: true });
      this.update(id, state);
      ask();
    } else if (seconds) {
      this.sendLater(why, seconds);
    } else if (request.status === 403) {
      this.refuse(texts["signed-out"], true);
    } else {
      this.refuse(why, why === texts.failed || request.status >= 500 || request.status === 408);
    }
  }

  // Too many in a short time: it goes by itself when there is room again.
  sendLater(why, seconds) {
    this.progress.hidden = true;
    this.show(why);
    later.add(this);
    this.timer = setTimeout(() => this.queue(), 1000 * seconds);
  }

  update(id, state) {
    if (this.html !== state.html) this.content.innerHTML = this.html = state.html;
    if (!state.finished) return;
    waiting.delete(id);
    announce(this.find("[data-say]").dataset.say);
  }

  refuse(why, again = false) {
    this.progress.hidden = true;
    this.buttons({ retry: again, remove: true });
    this.show(why, true);
    announce(`${this.file.name}: ${why}`);
  }

  cancel() {
    const place = turn.indexOf(this);
    if (place >= 0) {
      turn.splice(place, 1);
      this.refuse(texts.cancelled, true);
    } else if (this.timer) {
      clearTimeout(this.timer);
      later.delete(this);
      this.refuse(texts.cancelled, true);
    } else {
      this.cancelled = true;
      if (this.request) this.request.abort();
      else this.refuse(texts.cancelled, true);
    }
    this.timer = this.request = null;
  }

  remove() {
    const focused = this.element.contains(document.activeElement);
    const next = this.element.nextElementSibling?.querySelector("[data-remove]");
    URL.revokeObjectURL(this.preview);
    this.element.remove();
    for (const [id, card] of waiting) if (card === this) waiting.delete(id);
    if (focused) (next || form.querySelector("input[type=file]")).focus();
  }
}

async function sendNext() {
  if (sending >= AT_ONCE || !turn.length) return;
  sending += 1;
  await turn.shift().send();
  sending -= 1;
  sendNext();
}

async function ask() {
  if (asking) return;
  asking = true;
  while (waiting.size) {
    const ids = [...waiting.keys()].slice(0, 50);
    const query = ids.map((id) => `id=${id}`).join("&");
    const asked = performance.now();
    try {
      const response = await fetch(`${form.dataset.cards}?${query}`);
      if (response.status === 403) {
        for (const card of waiting.values()) card.refuse(texts["signed-out-kept"]);
        waiting.clear();
        break;
      }
      if (!response.ok) throw new Error(response.status);
      const states = await response.json();
      let news = false;
      for (const id of ids) {
        news ||= !states[id] || states[id].finished;
        if (states[id]) waiting.get(id)?.update(id, states[id]);
        else waiting.get(id)?.remove(); // deleted meanwhile, on another page
      }
      // The server holds the request, unless too many wait: then it is not to be asked so often.
      const held = performance.now() - asked > RETRY_MILLISECONDS / 2;
      await pause(news || held ? BETWEEN_MILLISECONDS : RETRY_MILLISECONDS);
    } catch {
      for (const card of waiting.values()) card.show(texts["offline-kept"], true);
      await pause(RETRY_MILLISECONDS);
    }
  }
  asking = false;
}

function pause(milliseconds) {
  return new Promise((done) => { setTimeout(done, milliseconds); });
}

// Added, not replaced: of several answers at once each is to be read.
function announce(text) {
  const line = document.createElement("span");
  line.textContent = `${text}. `;
  say.append(line);
  while (say.children.length > AT_ONCE) say.firstElementChild.remove();
}

// A JPEG of at most SCALED_SIDE pixels a side; small pictures and animations stay as they are.
async function scaled(file) {
  if (file.type === "image/gif") return file;
  try {
    const picture = await createImageBitmap(file);
    const factor = SCALED_SIDE / Math.max(picture.width, picture.height);
    if (factor >= 1) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * factor);
    canvas.height = Math.round(picture.height * factor);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.92); });
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file; // the server says what is wrong with it
  }
}

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
addEventListener("beforeunload", (event) => {
  // What waits for its answer is safe; what is being sent, or is yet to be, is not.
  if (sending || later.size) event.preventDefault();
});

form.classList.add("lively");
form.querySelector("[data-hint]").hidden = false;
form.querySelector("[data-scale]").hidden = false;
