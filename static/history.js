// History: further pages while scrolling, how many pictures are selected, and where days begin.

import { localise } from "./times.js";

const bar = document.querySelector("#selection");

if (bar) {
  const count = bar.querySelector("[data-selected]");
  const button = bar.querySelector("button");
  const show = () => {
    const number = document.querySelectorAll('input[form="selection"]:checked').length;
    count.textContent = number ? count.dataset.selected.replace("#", number) : "";
    button.disabled = !number;
  };
  document.addEventListener("change", show);
  addEventListener("pageshow", show); // a browser that goes back ticks the boxes again
  show();
}

const zone = document.querySelector("input[name=zone]");
if (zone) zone.value = new Intl.DateTimeFormat().resolvedOptions().timeZone;

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
    document.querySelector(".grid").append(...page.querySelectorAll(".grid > li"));
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
