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
    request.addEventListener("load", () => { location.assign(request.responseURL); });
    request.addEventListener("error", () => {
      problem.textContent = problem.dataset.offline;
      progress.hidden = true;
      button.disabled = false;
    });
    problem.textContent = "";
    progress.hidden = false;
    button.disabled = true;
    request.send(new FormData(form));
  });
}
