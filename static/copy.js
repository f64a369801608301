// Buttons that copy the text of another element, and say so to screen readers as well:
// <button data-copy="#id" data-copied="Copied." hidden>, and an element with role=status beside it.

for (const button of document.querySelectorAll("[data-copy]")) {
  // Browsers offer the clipboard over HTTPS and on this machine only.
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
  });
}
