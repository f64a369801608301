// One picture: a row from the choice of its file to its answer.
//
// A picture is sent by its own request (four at a time) and is safe on the server when that ends.
// What then waits for an answer is asked for together, by one request that the server holds until
// there is something new.

const AT_ONCE = 4;
const TYPES = ["png", "jpeg", "gif", "webp", "heic", "heif", "avif"].map((name) => `image/${name}`);
const NEW = /\.(hei[cf]|avif)$/i; // not every system knows their types
const RETRY_MILLISECONDS = 3000;
const BETWEEN_MILLISECONDS = 250;

const classify = document.querySelector("#classify");
const cards = document.querySelector("#cards");
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

// What waits for its answer is safe; what is being sent, or is yet to be, is not.
export function isSending() {
  return Boolean(sending || later.size);
}

export function cookie(name) {
  return new RegExp(`(?:^|; )${name}=(\\w+)`).exec(document.cookie)?.[1];
}

// The form's own token ends when somebody signs in again on another page.
export function csrfToken() {
  return cookie("__Host-csrftoken") ?? cookie("csrftoken");
}

// `element.dataset` tells batch.js the rest: `state` is one of waiting, sure, unsure and refused.
export class Card {
  constructor(file, form = classify, list = cards) {
    Object.assign(this, { file, form, fields: this.readFields(form) });
    this.scale = this.wantsScaling();
    this.element = document.querySelector("#card").content.firstElementChild.cloneNode(true);
    this.content = this.find(".content");
    this.progress = this.find("progress");
    this.find(".name").textContent = this.find(".name").title = file.name;
    this.find("[data-cancel]").addEventListener("click", () => this.cancel());
    this.find("[data-retry]").addEventListener("click", () => this.queue());
    this.find("[data-scale-down]").addEventListener("click", () => this.scaleDown());
    this.find("[data-remove]").addEventListener("click", () => this.remove());
    list.prepend(this.element);
    if (!TYPES.includes(file.type) && !NEW.test(file.name)) this.refuse(texts["wrong-type"]);
    else if (this.isTooLarge(file) && !this.scale) this.refuse(texts["too-large"], { scale: true });
    else this.queue();
  }

  // What goes along, as the form is now.
  readFields({ elements }) {
    const fields = { model: elements.model.value };
    for (const name of ["without_metadata", "may_improve_service"]) {
      if (elements[name]?.checked) fields[name] = "on";
    }
    return fields;
  }

  wantsScaling() {
    return document.querySelector("#scale").checked;
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  isTooLarge(file) {
    return file.size > Number(this.form.dataset.mostBytes);
  }

  // Not of what is refused at once: that may be no picture.
  showPreview() {
    if (this.preview) return;
    const none = this.find(".preview");
    const preview = new Image();
    Object.assign(preview, { className: "preview", alt: "", loading: "lazy", decoding: "async" });
    preview.addEventListener("error", () => preview.replaceWith(none));
    preview.src = this.preview = URL.createObjectURL(this.file);
    none.replaceWith(preview);
  }

  async tellMetadata() {
    const exif = await import("./exif.js").catch(() => null);
    const told = await exif?.tells(this.file) ?? {};
    if (!told.place && !told.camera) return;
    const words = [told.place && texts.place, told.camera].filter(Boolean).join(", ");
    const line = this.find(".metadata");
    line.hidden = false;
    line.textContent = [texts.tells, words, this.fields.without_metadata && texts["left-out"]].filter(Boolean).join(" ");
  }

  buttons({ cancel = false, retry = false, scale = false, remove = false }) {
    const focused = this.find(".tools").contains(document.activeElement);
    this.find("[data-cancel]").hidden = !cancel;
    this.find("[data-retry]").hidden = !retry;
    this.find("[data-scale-down]").hidden = !scale;
    this.find("[data-remove]").hidden = !remove;
    if (focused) this.find(".tools button:not([hidden])").focus();
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
    this.element.dataset.state = "waiting";
    this.progress.hidden = false;
    this.progress.value = 0;
    this.cancelled = false;
    this.buttons({ cancel: true });
    this.show(texts.turn);
    this.showPreview();
    this.tellMetadata();
    turn.push(this);
    sendNext();
  }

  scaleDown() {
    this.scale = true;
    this.queue();
  }

  async send() {
    this.timer = this.request = null;
    this.show(texts.sending);
    let file = this.file;
    if (this.scale) {
      const scale = await import("./scale.js").catch(() => null);
      if (!scale) return this.refuse(texts.offline, { retry: true });
      file = await scale.scaled(file, this.isTooLarge(file));
      if (this.cancelled) return null;
      if (this.isTooLarge(file)) return this.refuse(texts["too-large"]); // it could not be scaled
    }
    const body = new FormData();
    for (const [name, value] of Object.entries(this.fields)) body.append(name, value);
    body.append("file", file, file.name);
    return new Promise((done) => {
      const request = this.request = new XMLHttpRequest(); // fetch tells nothing of its progress
      request.open("POST", this.form.dataset.cards);
      request.setRequestHeader("Accept", "application/json, text/plain");
      request.setRequestHeader("X-Requested-With", "fetch");
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) this.progress.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => this.sent(request));
      request.addEventListener("error", () => this.refuse(texts.offline, { retry: true }));
      request.addEventListener("abort", () => this.refuse(texts.cancelled, { retry: true }));
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
      this.progress.hidden = true;
      this.buttons({ remove: true });
      this.taken(JSON.parse(request.responseText));
    } else if (seconds) {
      this.sendLater(why, seconds);
    } else if (request.status === 403) {
      this.refuse(texts["signed-out"], { retry: true });
    } else {
      const retry = why === texts.failed || request.status >= 500 || request.status === 408;
      this.refuse(why, { retry, scale: request.status === 413 && !this.scale });
    }
  }

  taken(answer) {
    const [[id, state]] = Object.entries(answer);
    this.element.dataset.id = id;
    waiting.set(id, this);
    this.update(id, state);
    ask();
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
    const answer = this.find("[data-state]");
    this.element.dataset.score = answer.dataset.score;
    this.element.dataset.state = answer.dataset.state;
    this.buttons({ retry: "again" in answer.dataset, remove: true });
    announce(answer.dataset.say);
  }

  refuse(why, { retry = false, scale = false } = {}) {
    this.element.dataset.state = "refused";
    this.progress.hidden = true;
    this.buttons({ retry, scale, remove: true });
    this.show(why, true);
    announce(`${this.file.name}: ${why}`);
  }

  cancel() {
    const place = turn.indexOf(this);
    if (place >= 0) {
      turn.splice(place, 1);
      this.refuse(texts.cancelled, { retry: true });
    } else if (this.timer) {
      clearTimeout(this.timer);
      later.delete(this);
      this.refuse(texts.cancelled, { retry: true });
    } else {
      this.cancelled = true;
      if (this.request) this.request.abort();
      else this.refuse(texts.cancelled, { retry: true });
    }
    this.timer = this.request = null;
  }

  remove() {
    const focused = this.element.contains(document.activeElement);
    const next = this.element.nextElementSibling?.querySelector("[data-remove]");
    URL.revokeObjectURL(this.preview);
    this.element.remove();
    for (const [id, card] of waiting) if (card === this) waiting.delete(id);
    if (focused) (next || this.form.querySelector("[type=file][multiple]")).focus();
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
      const response = await fetch(`${classify.dataset.cards}?${query}`);
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
export function announce(text) {
  const line = document.createElement("span");
  line.textContent = /[.…!?]$/.test(text) ? `${text} ` : `${text}. `;
  say.append(line);
  while (say.children.length > AT_ONCE) say.firstElementChild.remove();
}
