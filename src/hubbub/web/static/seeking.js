// The ways to the search: a link, which works by itself, and Ctrl+K or ⌘K. Its dialog is loaded when it is first wanted.

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
