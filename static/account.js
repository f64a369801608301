// Comfort for the account pages, which do all they do without it.
// Every text comes from the page: this file has none of its own.

const PAUSE = 400; // milliseconds without a key before hints are asked for

for (const wrapper of document.querySelectorAll("[data-show]")) addShowButton(wrapper);
for (const form of document.querySelectorAll("form[data-hints]")) giveHints(form);

/** A toggle that shows what is typed into a password field. Its name stays, its state is said. */
function addShowButton(wrapper) {
  const input = wrapper.querySelector("input");
  const button = document.createElement("button");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.type = "button";
  button.textContent = wrapper.dataset.show;
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => show(input.type === "password"));
  // Browsers remember what was sent from a text field.
  input.form.addEventListener("submit", () => show(false));
  show(false);
  wrapper.append(button);
}

/** Says while somebody types what is wrong with the fields they have typed into so far. */
function giveHints(form) {
  const touched = new Set();
  let timer, asked;

  form.addEventListener("input", ({ target }) => {
    touched.add(target);
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    asked?.abort();
  });

  async function ask() {
    asked?.abort(); // only the newest answer counts
    asked = new AbortController();
    try {
      const body = new FormData(form);
      const answer = await fetch(form.dataset.hints, { method: "POST", body, signal: asked.signal });
      if (!answer.ok) return;
      const problems = await answer.json();
      for (const input of touched) say(input, problems[input.name] ?? []);
    } catch {
      // Offline, or typed on: the form itself says what is wrong once it is sent.
    }
  }
}

function say(input, sentences) {
  const place = document.getElementById(`${input.id}_error`);
  if (!place) return;
  const described = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (sentences.length) {
    described.add(place.id);
    input.setAttribute("aria-invalid", "true");
  } else {
    described.delete(place.id);
    input.removeAttribute("aria-invalid");
  }
  if (described.size) input.setAttribute("aria-describedby", [...described].join(" "));
  else input.removeAttribute("aria-describedby");
  // Written only when it is news: a screen reader reads it out each time.
  if (place.textContent.trim() === sentences.join("")) return;
  place.replaceChildren(
    ...sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })),
  );
}
