// What the bar offers wherever the conversation is read: the settings, and the search by a link, which works by itself,
// and by Ctrl+K or ⌘K. Their dialogs are loaded when they are first wanted.

import { complain } from "./composer.js";

const link = document.getElementById("search");
const isPlain = ({ ctrlKey, metaKey, shiftKey }) => !(ctrlKey || metaKey || shiftKey);

/** @param {import("./frames.js").Frames} frames */
export function offerSearch(frames) {
  async function open(event) {
    event.preventDefault();
    try {
      await (await import("./search.js")).openSearch(frames);
    } catch {
      location.assign(link.href);
    }
  }

  link.addEventListener("click", (event) => isPlain(event) && open(event));
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (key.toLowerCase() === "k" && ctrlKey !== metaKey && !altKey && !shiftKey) open(event);
  });
}

document.getElementById("settings").addEventListener("click", async () => {
  const settings = await import("./settings.js").catch(() => complain("The settings did not get through. Try again."));
  settings?.openSettings();
});
