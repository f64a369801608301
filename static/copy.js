// Buttons that copy the text of another element: <button data-copy="#id" data-copied="Copied" hidden>.

for (const button of document.querySelectorAll("button[data-copy]")) {
  // Browsers offer the clipboard over HTTPS and on this machine only.
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}
