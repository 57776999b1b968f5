// Links to further pages, loaded in place when they come near, so the Tab key does not stop there: each would go when it
// is reached. Without JavaScript they are plain links.

const NEAR = "800px";
const PAUSE_AFTER_FAILURE = 3_000;

/** What had the focus last. */
let focused;
document.addEventListener("focusin", ({ target }) => (focused = target));

/**
 * @param {string} id of the link; a page that is loaded brings the next one, or none
 * @param {Element | null} root what scrolls; null is the window
 * @param {(url: string) => Promise<void>} load
 */
export function loadWhenNear(id, root, load) {
  if (root?.tabIndex < 0) root.tabIndex = -1; // a dialog takes no focus without
  const observer = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && next(), {
    root,
    rootMargin: NEAR,
  });
  let busy = false;
  let watched = null;

  async function next() {
    const link = document.querySelector(`a#${id}`);
    if (busy || !link) return;
    busy = true;
    try {
      await load(link.href);
    } catch {
      // Away from the network, most likely. The link stays, and is tried again for as long as it is near.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE));
    }
    busy = false;
    watch();
    if (focused === link && !link.isConnected) (watched ?? root)?.focus({ preventScroll: true });
  }

  function watch() {
    observer.disconnect();
    watched = document.querySelector(`a#${id}`);
    if (!watched) return;
    watched.tabIndex = -1;
    observer.observe(watched);
  }

  const watchAnew = () => watched?.isConnected || watch();

  // A frame that everybody gets may bring another link. It waits for a reader who moves: loaded at once, by all of
  // them at the same moment, it would cost more than such a frame saves.
  (root ?? document).addEventListener("scroll", watchAnew, { passive: true });
  document.addEventListener("keydown", ({ key }) => key === "Tab" && watchAnew());
  document.addEventListener("click", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (!plain || !event.target.closest(`a#${id}`)) return;
    event.preventDefault();
    next();
  });
  watch();
}
