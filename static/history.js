// History and trash: further pages while scrolling, selecting, the reader's days, waiting tiles.

import { localise } from "./times.js";

const bar = document.querySelector("#selection");
const boxes = () => [...document.querySelectorAll('input[form="selection"]')];

if (bar) {
  const count = bar.querySelector("[data-selected]");
  const all = bar.querySelector("[data-all]");
  const actions = bar.querySelectorAll("button:not([type])");
  const selectAll = all.textContent;
  const show = () => {
    const number = boxes().filter((box) => box.checked).length;
    count.textContent = number ? count.dataset.selected.replace("#", number) : "";
    actions.forEach((button) => { button.disabled = !number; });
    all.textContent = number && number === boxes().length ? all.dataset.none : selectAll;
  };
  all.hidden = false;
  all.addEventListener("click", () => {
    const checked = boxes().some((box) => !box.checked);
    boxes().forEach((box) => { box.checked = checked; });
    show();
  });

  // With Shift all between the last one and this.
  let last = null;
  document.addEventListener("click", (event) => {
    if (!event.target.matches('input[form="selection"]')) return;
    const row = boxes();
    const here = row.indexOf(event.target);
    const there = row.indexOf(last);
    if (event.shiftKey && there >= 0) {
      row.slice(Math.min(here, there), Math.max(here, there) + 1)
        .forEach((box) => { box.checked = event.target.checked; });
    }
    last = event.target;
    show();
  });
  document.addEventListener("change", show);
  addEventListener("pageshow", show); // a browser that goes back ticks the boxes again
  show();
}

const zone = document.querySelector("input[name=zone]");
if (zone) zone.value = new Intl.DateTimeFormat().resolvedOptions().timeZone;

// The server begins days where UTC, or the zone of the filters, does; here they begin where the
// reader is.
const found = document.querySelector("#found");
const language = document.documentElement.lang;
const written = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const dayOf = (time) => new Date(time.getFullYear(), time.getMonth(), time.getDate());

function titleOf(day) {
  const ago = Math.round((dayOf(new Date()) - day) / 86_400_000); // a day may have 23 hours
  if (ago !== 0 && ago !== 1) return written.format(day);
  const word = relative.format(-ago, "day");
  return word[0].toLocaleUpperCase(language) + word.slice(1);
}

function keyOf(tile) {
  const day = dayOf(new Date(tile.querySelector("time").dateTime));
  return [day, [day.getFullYear(), day.getMonth() + 1, day.getDate()]
    .map((number) => String(number).padStart(2, "0")).join("-")];
}

// Adds the tiles of a list to the end, each to the section of its day.
function append(tiles, isDated) {
  for (const tile of tiles) {
    const [day, key] = keyOf(tile);
    let section = found.lastElementChild;
    if (!section || (isDated && section.dataset.day !== key)) {
      section = document.createElement("section");
      const heading = document.createElement("h2");
      const list = document.createElement("ul");
      list.className = "grid";
      heading.textContent = titleOf(day);
      section.dataset.day = key;
      section.append(heading, list);
      found.append(section);
    }
    section.querySelector(".grid").append(tile);
  }
}

if (found?.querySelector("[data-day]")) {
  const tiles = [...found.querySelectorAll(".grid > li")];
  if (tiles.some((tile) => tile.closest("section").dataset.day !== keyOf(tile)[1])) {
    found.replaceChildren();
    append(tiles, true);
  }
  for (const section of found.children) {
    section.querySelector("h2").textContent = titleOf(keyOf(section.querySelector("li"))[0]);
  }
}

// The link is followed when it comes near, and what it leads to is added here.
const near = new IntersectionObserver(async (entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  const link = document.querySelector(".pages a[rel=next]");
  if (!link) return;
  near.disconnect();
  try {
    const response = await fetch(link.href);
    if (!response.ok || response.redirected) return; // the link itself is still there
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    localise(page);
    append([...page.querySelectorAll("#found .grid > li")], found.firstElementChild.dataset.day);
    lookAgain();
    const next = page.querySelector(".pages a[rel=next]");
    if (next) {
      link.replaceWith(next);
      near.observe(next);
    } else {
      link.remove();
    }
  } catch {
    // No network: the link itself is still there.
  }
}, { rootMargin: "600px" });

const first = document.querySelector(".pages a[rel=next]");
if (first) near.observe(first);

// Tiles that wait for an answer are asked for again, less and less often, while somebody looks.
const SOONEST = 2000, LATEST = 60_000; // milliseconds
const AT_ONCE = 50; // as many as the server gives
let tries = 60; // the last an hour after the first
let pause = SOONEST;
let timer = null;

function lookAgain() {
  clearTimeout(timer);
  if (document.hidden || !tries || !found?.querySelector("[data-waits]")) return;
  tries -= 1;
  timer = setTimeout(refresh, pause);
  pause = Math.min(1.5 * pause, LATEST);
}

async function refresh() {
  const waiting = [...found.querySelectorAll("[data-waits]")].slice(0, AT_ONCE);
  const ids = new URLSearchParams(waiting.map((tile) => ["id", tile.dataset.id]));
  try {
    const response = await fetch(`${found.dataset.tiles}?${ids}`);
    if (response.redirected || !response.ok) return; // signed out meanwhile, say
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    localise(page);
    for (const tile of page.querySelectorAll("li[data-id]:not([data-waits])")) {
      const shown = found.querySelector(`li[data-id="${tile.dataset.id}"]`);
      shown.querySelector(".tile").replaceChildren(...tile.querySelector(".tile").childNodes);
      shown.removeAttribute("data-waits");
      pause = SOONEST;
    }
  } catch {
    // No network: later.
  }
  lookAgain();
}

document.addEventListener("visibilitychange", () => {
  pause = SOONEST;
  lookAgain();
});
lookAgain();
