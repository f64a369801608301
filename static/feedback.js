// Feedback without leaving the page, and a search over the class names (ARIA's combobox pattern:
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). Works on what is added to the page later, too.

const TYPING_MILLISECONDS = 100; // between letters of who types fast
const suggested = new Map(); // address → what the server suggested

// Stays when the part around a form is exchanged, or nothing would be read out.
const said = document.createElement("p");
said.className = "sr";
said.setAttribute("aria-live", "polite");
document.querySelector("main").append(said);

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-part]");
  if (!form) return;
  event.preventDefault();
  const part = form.closest("[data-feedback]");
  const body = new FormData(form, event.submitter);
  const buttons = part.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const response = await fetch(form.action, {
      method: "POST", body, headers: { "X-Requested-With": "fetch" },
    });
    if (!response.ok || response.redirected) throw new Error(response.status);
    part.innerHTML = inner(await response.text());
    (part.querySelector("[open] input[data-labels]") || part.querySelector("button")).focus();
    said.textContent = part.querySelector(".said").textContent;
  } catch (error) {
    buttons.forEach((button) => { button.disabled = false; });
    if (error instanceof TypeError) { // no network: another page would only show that
      const line = part.querySelector(".said");
      line.classList.remove("ask"); // which a card does not show
      line.textContent = said.textContent = part.dataset.offline;
      return;
    }
    // The ordinary way shows what is wrong: the page of the prediction, or the sign-in.
    form.removeAttribute("data-part");
    form.requestSubmit(event.submitter);
  }
});

function inner(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector("[data-feedback]").innerHTML;
}

// Who opens the search wants to type. The click opens it after this.
document.addEventListener("click", (event) => {
  const details = event.target.closest("[data-feedback] summary")?.parentElement;
  if (details && !details.open) setTimeout(() => details.querySelector("input[data-labels]").focus());
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-labels]:not([role])")) combobox(event.target);
});

function combobox(input) {
  const list = document.createElement("ul");
  list.id = `${input.id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  list.hidden = true;
  input.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);
  let active = -1;
  let timer;

  const close = () => {
    clearTimeout(timer);
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    if (!option.dataset.value) return;
    input.value = option.dataset.value;
    close();
    input.form.requestSubmit();
  };
  const mark = (index) => {
    const options = [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
    if (!options.length) return;
    active = (index + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", at === active));
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  };
  const open = async () => {
    const text = input.value.trim();
    const found = text ? await suggestions(`${input.dataset.labels}&q=${encodeURIComponent(text)}`) : [];
    if (input.value.trim() !== text || document.activeElement !== input) return; // typed on, or left
    if (!found) return close();
    list.replaceChildren(...found.map(({ name, about }) => option(name, about)));
    if (text && !found.length) {
      const none = option(input.dataset.none);
      none.setAttribute("aria-disabled", "true");
      delete none.dataset.value;
      list.append(none);
    }
    [...list.children].forEach((item, index) => { item.id = `${list.id}-${index}`; });
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(open, TYPING_MILLISECONDS);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) await open();
      mark(event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(list.children[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  // Before the input loses its focus, which closes the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (chosen) choose(chosen);
  });
}

function option(name, about = "") {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.value = name;
  item.textContent = name;
  if (about) {
    const line = document.createElement("small");
    line.textContent = about;
    item.append(line);
  }
  return item;
}

async function suggestions(address) {
  if (!suggested.has(address)) {
    try {
      const response = await fetch(address);
      if (!response.ok) return null;
      suggested.set(address, await response.json());
    } catch {
      return null; // free text is as good
    }
  }
  return suggested.get(address);
}
