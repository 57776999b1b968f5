// Shows the outbox below the log. Each entry is the server's own markup of a message, from the page's
// template, with what became of it written underneath.

import { wouldFollow } from "./reading.js";

const box = document.getElementById("outbox");
const template = document.getElementById("pending");
/** @type {Map<string, HTMLElement>} */
const shown = new Map();

function draw({ key, body, replyTo }) {
  const element = template.content.firstElementChild.cloneNode(true);
  element.dataset.unsent = key;
  const article = element.querySelector("article");
  article.removeAttribute("id");
  article.removeAttribute("data-key");
  article.querySelector(".body p").textContent = body;
  const quote = article.querySelector(".quote");
  if (!replyTo) quote.remove();
  else [quote.children[0].textContent, quote.children[1].textContent] = [replyTo.name, replyTo.body];
  shown.set(key, element);
  return element;
}

function fate({ failed, note }, state) {
  if (failed !== undefined) return `Not sent: ${failed}`;
  if (state !== "live") return `Waiting for the ${state === "away" ? "room" : "connection"}…`;
  return note ? `Waiting: ${note}` : "Sending…";
}

/**
 * @param {import("./outbox.js").Entry[]} entries
 * @param {import("./stream.js").State} state
 */
export function showUnsent(entries, state) {
  const keys = new Set(entries.map(({ key }) => key));
  for (const [key, element] of shown) if (!keys.has(key) && shown.delete(key)) element.remove();
  entries.forEach((entry, index) => {
    const element = shown.get(entry.key) ?? draw(entry);
    // Moving an element takes the focus from its buttons, so only what is out of place moves.
    if (box.children[index] !== element) box.insertBefore(element, box.children[index] ?? null);
    const before = index ? null : document.getElementById("log").lastElementChild;
    const follows = !entry.replyTo && (index ? entries[index - 1].failed === undefined : wouldFollow(before));
    element.querySelector("article").classList.toggle("follows", follows);
    element.classList.toggle("failed", entry.failed !== undefined);
    const words = element.querySelector(".fate span");
    if (words.textContent !== fate(entry, state)) words.textContent = fate(entry, state);
  });
}

/** @param {Record<"retry" | "delete", (key: string) => void>} choices */
export function onChoice(choices) {
  box.addEventListener("click", ({ target }) => {
    const key = target.closest("[data-unsent]")?.dataset.unsent;
    if (!key || !target.value) return;
    choices[target.value](key);
    document.getElementById("body").focus(); // the button goes
  });
}
