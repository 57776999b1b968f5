// The settings, and the search by a link, which works by itself, and by Ctrl+K or ⌘K: loaded when first wanted.

import { complain } from "./composer.js";

const link = document.getElementById("search");
const lack = (what) => complain(`The ${what} did not get through. Try again.`);
const isPlain = ({ ctrlKey, metaKey, shiftKey }) => !(ctrlKey || metaKey || shiftKey);

/** @param {import("./frames.js").Frames} frames */
export function offerSearch(frames) {
  async function open(event) {
    event.preventDefault();
    try {
      await (await import("./search.js")).openSearch(frames);
    } catch {
      if (event.key || !navigator.onLine) lack("search");
      else location.assign(link.href);
    }
  }

  link.addEventListener("click", (event) => isPlain(event) && open(event));
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (key.toLowerCase() === "k" && ctrlKey !== metaKey && !altKey && !shiftKey) open(event);
  });
}

document.getElementById("settings").addEventListener("click", async () => {
  const settings = await import("./settings.js").catch(() => lack("settings"));
  settings?.openSettings();
});
