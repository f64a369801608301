// A picture's page: the pictures before and after it by arrow keys and by swiping, and it alone,
// large.

const dialog = document.querySelector("dialog.large");
const zoom = document.querySelector("a.zoom");
const follow = (way) => document.querySelector(`.neighbours a[rel=${way}]`)?.click();

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (dialog.open || event.target.closest("input, textarea, select, pre, [contenteditable]")) return;
  if (event.key === "ArrowLeft") follow("prev");
  if (event.key === "ArrowRight") follow("next");
});

// A finger that goes far to one side, and not as far up or down. With two fingers, and in a page
// that was made larger, it means something else.
const FAR = 60; // CSS pixels
let start = null;
zoom.addEventListener("touchstart", (event) => {
  const alone = event.touches.length === 1 && (visualViewport?.scale ?? 1) === 1;
  start = alone ? [event.touches[0].clientX, event.touches[0].clientY] : null;
}, { passive: true });
zoom.addEventListener("touchend", (event) => {
  if (!start) return;
  const { clientX, clientY } = event.changedTouches[0];
  const [across, down] = [clientX - start[0], clientY - start[1]];
  start = null;
  if (Math.abs(across) < Math.max(FAR, 2 * Math.abs(down))) return;
  if (event.cancelable) event.preventDefault(); // no click
  follow(across > 0 ? "prev" : "next");
});

zoom.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
  event.preventDefault();
  const picture = zoom.querySelector("img").cloneNode();
  const frame = dialog.querySelector("div");
  frame.replaceChildren(picture);
  dialog.classList.remove("whole");
  dialog.showModal();
});

// As large as the window, or pixel by pixel (twice as large, if it has few) where it was clicked.
// Pinching is the browser's own.
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // beside it
  if (event.target.tagName !== "IMG") return;
  const frame = dialog.querySelector("div");
  const box = event.target.getBoundingClientRect();
  const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  dialog.classList.toggle("whole");
  frame.scrollTo(
    x * frame.scrollWidth - frame.clientWidth / 2, y * frame.scrollHeight - frame.clientHeight / 2,
  );
});
