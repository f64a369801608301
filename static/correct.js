// Pictures that are probably in the wrong class, one after the other: Y or Enter moves the one that
// has the focus to the suggested class, N says that it is right. Only where the focus is (WCAG 2.1.4).

const list = document.querySelector("[data-corrects]");
const said = list?.parentElement.querySelector(".said");

list?.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const item = event.target.closest("li");
  item?.querySelector(`[data-key="${event.key.toLowerCase()}"]`)?.click();
});

list?.addEventListener("submit", async (event) => {
  const form = event.target;
  const body = new FormData(form, event.submitter);
  event.preventDefault();
  const item = form.closest("li");
  const buttons = [...form.querySelectorAll("button")];
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const headers = { "X-Requested-With": "fetch" };
    const response = await fetch(form.action, { method: "POST", body, headers });
    if (!response.ok || response.redirected) throw new Error(response.status);
    said.textContent = await response.text();
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    next?.querySelector("form button")?.focus();
  } catch {
    said.textContent = list.dataset.failed;
    buttons.forEach((button) => { button.disabled = false; });
    buttons[0].focus();
  }
});
