// Feedback without leaving the page, and a search over the class names (ARIA's combobox pattern:
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). Works on what is added to the page later, too.

const MOST = 8;
let names = null;

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
    (part.querySelector("input[data-labels]") || part.querySelector("button")).focus();
    said.textContent = part.querySelector(".said").textContent;
  } catch (error) {
    buttons.forEach((button) => { button.disabled = false; });
    if (error instanceof TypeError) { // no network: another page would only show that
      part.querySelector(".said").textContent = said.textContent = part.dataset.offline;
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

document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-labels]:not([role])")) combobox(event.target);
});

async function combobox(input) {
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

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    if (option.dataset.value) input.value = option.dataset.value;
    close();
  };
  const mark = (index) => {
    const options = [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
    if (!options.length) return;
    active = (index + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", at === active));
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  };
  const open = () => {
    const found = search(input.value);
    const options = found.map((name, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.value = name;
      option.textContent = name;
      return option;
    });
    if (names && !found.length && input.value.trim()) {
      const none = document.createElement("li");
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.setAttribute("aria-selected", "false");
      none.textContent = input.dataset.none;
      options.push(none);
    }
    list.replaceChildren(...options);
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };

  input.addEventListener("input", open);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open();
      mark(event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(list.querySelectorAll("[role=option]")[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  // Before the input loses its focus, which closes the list.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });

  if (!names) {
    try {
      const response = await fetch(input.dataset.labels);
      names = response.ok ? await response.json() : null;
    } catch {
      names = null; // free text is as good
    }
    if (document.activeElement === input && input.value) open();
  }
}

function search(text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted || !names) return [];
  const found = names.filter((name) => name.toLowerCase().includes(wanted));
  const begins = (name) => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return found.sort((one, other) => begins(one) - begins(other)).slice(0, MOST);
}
