// A picture that is looked at closely where it is: by click, wheel, Z and, once it is large, by
// dragging and with arrow keys. What is larger than its copy is then fetched as it was sent.

const MOST = 12; // times as large
const CLOSE = 3;
const STEP = 60; // CSS pixels that an arrow key moves it
const views = new WeakMap(); // frame → { scale, x, y }

const frameOf = (element) => element.closest?.("[data-zoom]");
const viewOf = (frame) => views.get(frame) ?? { scale: 1, x: 0, y: 0 };

function show(frame, { scale, x, y }) {
  const picture = frame.querySelector("img");
  const [width, height] = [frame.clientWidth, frame.clientHeight];
  const view = {
    scale,
    x: Math.min(0, Math.max(width * (1 - scale), x)),
    y: Math.min(0, Math.max(height * (1 - scale), y)),
  };
  views.set(frame, view);
  frame.classList.toggle("close", scale > 1);
  picture.style.transform = scale > 1 ? `translate(${view.x}px, ${view.y}px) scale(${scale})` : "";
  if (scale > 1 && picture.naturalWidth < Number(picture.getAttribute("width"))) picture.src = frame.href;
}

// `at`: the point that stays where it is; the middle unless told.
function zoom(frame, scale, at = null) {
  const view = viewOf(frame);
  const box = frame.getBoundingClientRect();
  const [x, y] = at ? [at.clientX - box.left, at.clientY - box.top] : [box.width / 2, box.height / 2];
  const to = Math.min(MOST, Math.max(1, scale));
  const factor = to / view.scale;
  show(frame, { scale: to, x: x - (x - view.x) * factor, y: y - (y - view.y) * factor });
}

const toggle = (frame, at) => zoom(frame, viewOf(frame).scale > 1 ? 1 : CLOSE, at);

let drag = null; // { frame, from, view, moved }

document.addEventListener("click", (event) => {
  const frame = frameOf(event.target);
  if (frame && !event.ctrlKey && !event.metaKey && !event.shiftKey) { // else a tab of its own
    event.preventDefault();
    if (!drag?.moved) toggle(frame, event.detail ? event : null);
  } else if (event.target.closest("[data-key=z]")) {
    toggle(event.target.closest("figure").querySelector("[data-zoom]"));
  }
  drag = null;
});

document.addEventListener("wheel", (event) => {
  const frame = frameOf(event.target);
  if (!frame) return;
  event.preventDefault();
  zoom(frame, viewOf(frame).scale * Math.exp(-event.deltaY / 400), event);
}, { passive: false });

document.addEventListener("pointerdown", (event) => {
  const frame = frameOf(event.target);
  drag = frame && { frame, from: event, view: viewOf(frame), moved: false };
});
document.addEventListener("pointermove", (event) => {
  if (!drag || !event.buttons || drag.view.scale === 1) return;
  const { frame, from, view } = drag;
  const [across, down] = [event.clientX - from.clientX, event.clientY - from.clientY];
  if (Math.abs(across) + Math.abs(down) > 4) drag.moved = true;
  show(frame, { ...view, x: view.x + across, y: view.y + down });
});

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
document.addEventListener("keydown", (event) => {
  const way = ARROWS[event.key];
  const frame = document.querySelector("[data-zoom].close");
  if (!way || !frame || event.defaultPrevented || event.target.closest("input, textarea")) return;
  event.preventDefault();
  const view = viewOf(frame);
  show(frame, { ...view, x: view.x + STEP * way[0], y: view.y + STEP * way[1] });
});

// The button does nothing without this script.
function unhide() {
  for (const button of document.querySelectorAll("[data-key=z][hidden]")) button.hidden = false;
}
unhide();
document.addEventListener("shown", unhide);
