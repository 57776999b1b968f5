// What the keyboard can do, in a dialog. No shortcut is a bare letter: those belong to screen readers and to what is typed.

import { button } from "./quick.js";
import { style } from "./style.js";

const COMMAND = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl";
/** The keys, apart by spaces, and what they do. */
const SHORTCUTS = [
  ["Enter", "Send the message"],
  ["Shift Enter", "Start a new line"],
  ["↑", "Edit your last message, from the empty field"],
  ["@", "Mention somebody: ↑ and ↓ choose, Enter or Tab takes the name"],
  ["↑ ↓", "Go from message to message, from the ⋯ of one"],
  ["Esc", "Close what is open, or give up an edit or a reply"],
  [`${COMMAND} K`, "Search what was said, or go to a day: ↑ and ↓ go through what is found"],
  [`${COMMAND} /`, "Show these shortcuts"],
];

const dialog = document.createElement("dialog");
const heading = document.createElement("h2");
const rows = document.createElement("dl");
Object.assign(heading, { id: "shortcuts-heading", textContent: "Keyboard shortcuts" });
Object.assign(dialog, { className: "shortcuts" });
dialog.setAttribute("aria-labelledby", heading.id);
for (const [keys, words] of SHORTCUTS) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const meaning = document.createElement("dd");
  for (const key of keys.split(" ")) {
    const shown = document.createElement("kbd");
    shown.textContent = key;
    term.append(shown, " ");
  }
  meaning.textContent = words;
  row.append(term, meaning);
  rows.append(row);
}
dialog.append(heading, rows, button("Close", () => dialog.close()));
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
await Promise.all([style("dialog.css"), style("shortcuts.css")]);
document.body.append(dialog);

/** Escape closes it, and the focus goes back to where it was. */
export function openShortcuts() {
  if (!dialog.open && !document.querySelector("dialog[open]")) dialog.showModal();
}
