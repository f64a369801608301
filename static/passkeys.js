// Asks the device for a passkey when a form[data-passkey] is sent, and sends its answer along.
// The server wrote the question into the form; WebAuthn's own JSON is the format of both.

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const supported = window.PublicKeyCredential && "parseRequestOptionsFromJSON" in PublicKeyCredential;
  form.querySelector("button").hidden = !supported;
  form.querySelector(".unsupported").hidden = supported;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await ask(form));
      form.submit();
    } catch {
      failed.textContent = failed.dataset.failed; // said only now, so that it is read out
      failed.hidden = false;
    }
  });
}

async function ask(form) {
  const options = JSON.parse(form.querySelector("script[type='application/json']").textContent);
  const kind = form.dataset.passkey; // "create" or "get"
  const publicKey = kind === "create"
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials[kind]({ publicKey })).toJSON();
}
