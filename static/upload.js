// A large file of a form is sent with its progress in sight: <form data-sending>, with a <progress>.

for (const form of document.querySelectorAll("form[data-sending]")) {
  const progress = form.querySelector("progress");
  const problem = form.querySelector("[data-offline]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type])");
    const request = new XMLHttpRequest(); // fetch tells nothing of its progress
    request.open("POST", form.action);
    request.upload.addEventListener("progress", ({ loaded, total }) => { progress.value = loaded / total; });
    const fail = (says) => {
      problem.textContent = says;
      progress.hidden = true;
      button.disabled = false;
    };
    request.addEventListener("load", () => {
      // A page says once why something was refused, and this was the once.
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const refused = page.querySelector(request.status < 400 ? "main > .message.error" : "h1");
      if (refused) fail(refused.textContent);
      else location.assign(request.responseURL);
    });
    request.addEventListener("error", () => fail(problem.dataset.offline));
    problem.textContent = "";
    progress.hidden = false;
    button.disabled = true;
    request.send(new FormData(form));
  });
}
