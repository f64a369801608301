// A page about work that runs: it is asked for anew until the work has ended, while somebody looks.
//
// An element with `data-runs` says that it runs. Elements with an id and `data-live` are renewed each
// time; those with `data-live="end"` only at the end, or the focus would be lost, and the place. If
// none of them is there any more at the end, the page is another one, and is loaded.

import { localise } from "./times.js";

const SOONEST = 1000, LATEST = 30_000; // milliseconds
let pause = SOONEST;
let timer = null;

function lookAgain() {
  clearTimeout(timer);
  if (document.hidden || !document.querySelector("[data-runs]")) return;
  timer = setTimeout(refresh, pause);
}

async function refresh() {
  if (!document.querySelector("[data-live]")) return;
  let news = false;
  try {
    const response = await fetch(location.href);
    if (response.redirected || response.status === 404) return; // signed out meanwhile, say
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    localise(page);
    const runs = page.querySelector("[data-runs]");
    if (!page.querySelector("[data-live]")) {
      location.reload();
      return;
    }
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      keep(old, fresh);
      if (runs && (old.dataset.live === "end" || old.contains(document.activeElement))) continue;
      if (old.innerHTML !== fresh.innerHTML) {
        old.innerHTML = fresh.innerHTML;
        news = true;
      }
      old.toggleAttribute("data-runs", fresh.hasAttribute("data-runs"));
    }
  } catch {
    // No network, or a server that cannot answer now: it is asked for again.
  }
  pause = news ? SOONEST : Math.min(1.2 * pause, LATEST);
  lookAgain();
}

// What somebody has opened or ticked stays so.
function keep(old, fresh) {
  for (const details of old.querySelectorAll("details[id]")) {
    fresh.querySelector(`#${details.id}`)?.toggleAttribute("open", details.open);
  }
  for (const box of old.querySelectorAll("input[type=checkbox]")) {
    const { name, value } = box;
    const same = `input[name="${name}"][value="${value}"][form="${box.getAttribute("form")}"]`;
    // As an attribute on both, or they would be taken for different.
    for (const each of [box, fresh.querySelector(same)]) each?.toggleAttribute("checked", box.checked);
  }
}

function lookSoon() {
  pause = SOONEST;
  lookAgain();
}

document.addEventListener("visibilitychange", lookSoon);
lookAgain();

// For scripts that have changed something: what there is to see of it comes at once.
let changed = null;
export function look() {
  clearTimeout(changed);
  changed = setTimeout(refresh, 500);
}
