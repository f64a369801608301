// A comparison that runs: its page is asked for anew until it has ended, while somebody looks.

import { localise } from "./times.js";

const PAUSE = 5000; // milliseconds
const ALWAYS = ["progress", "figures"];
const AT_THE_END = ["state", "actions", "differences"]; // or the focus would be lost, and the place
let timer = null;

function lookAgain() {
  clearTimeout(timer);
  if (document.hidden || !document.querySelector("[data-runs]")) return;
  timer = setTimeout(refresh, PAUSE);
}

async function refresh() {
  try {
    const response = await fetch(location.href);
    if (!response.ok || response.redirected) return; // signed out meanwhile, say
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    localise(page);
    const runs = page.querySelector("[data-runs]");
    for (const id of runs ? ALWAYS : [...ALWAYS, ...AT_THE_END]) {
      const [old, fresh] = [document, page].map((from) => from.querySelector(`#${id}`));
      if (old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
    }
    if (!runs) document.querySelector("[data-runs]").removeAttribute("data-runs");
  } catch {
    // No network: it is asked for again.
  }
  lookAgain();
}

document.addEventListener("visibilitychange", lookAgain);
lookAgain();
