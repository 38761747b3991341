// The keyboard: it is the terminal's from the start, and a tablet gets buttons for missing keys.
// And the line of what the page opens.
"use strict";
const typed = () => document.querySelector(".xterm-helper-textarea");
// The terminal is there once textual.js has heard of the same event.
window.addEventListener("load", () => typed()?.focus());
for (const button of document.querySelectorAll("#keys button")) {
  // The terminal keeps the focus, and with it the screen keyboard.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const { key, code } = button.dataset;
    const press = new KeyboardEvent("keydown", { key, code: key, bubbles: true, cancelable: true });
    // xterm.js goes by the old number, which not every browser lets a script choose.
    Object.defineProperty(press, "keyCode", { value: Number(code) });
    typed()?.dispatchEvent(press);
  });
}
// What it says takes room from the terminal, or gives it back.
document.querySelector("#opened").addEventListener("toggle", () => {
  window.dispatchEvent(new Event("resize"));
  typed()?.focus();
});
