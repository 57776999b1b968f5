// What the browser remembers between pages. Storage may be forbidden or full: then the page goes on
// and only forgets sooner, so nothing here throws.

function attempt(use) {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** @param {"localStorage" | "sessionStorage"} where */
const memory = (where) => ({
  /** @returns {any} what was kept, or undefined */
  recall: (name) => attempt(() => JSON.parse(window[where].getItem(name)) ?? undefined),
  keep: (name, value) => attempt(() => window[where].setItem(name, JSON.stringify(value))),
  forget: (name) => attempt(() => window[where].removeItem(name)),
  names: (prefix) => attempt(() => Object.keys(window[where]).filter((name) => name.startsWith(prefix))) ?? [],
});

export const forThisBrowser = memory("localStorage");
export const forThisTab = memory("sessionStorage");
