// The looks of what is loaded when it is needed come with it.

const given = new Map();

/**
 * @param {string} name of a stylesheet next to this file
 * @returns {Promise<void>} fulfilled when it is there, or cannot be had: what has no looks works all the same
 */
export function style(name) {
  if (!given.has(name)) given.set(name, new Promise((resolve) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: new URL(name, import.meta.url).href });
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  }));
  return given.get(name);
}
