// Django's two lists of permissions have icons with a label, of which ARIA must know what they are.
// Its own script makes them when the page has loaded, and may be told after this one.

addEventListener("load", () => setTimeout(() => {
  for (const icon of document.querySelectorAll(".help-tooltip")) icon.setAttribute("role", "img");
}));
