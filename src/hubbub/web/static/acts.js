// What a person does with messages that are there. Forms and links are those that work without scripts; what comes of
// them comes by the stream. What sends a form, and menus, are loaded when they are first asked for.

import { complain } from "./composer.js";

const log = document.getElementById("log");
const BEGINNING = 80; // characters of a message that say which it is
const finePointer = matchMedia("(hover: hover) and (pointer: fine)");

/** The link to a message's menu that the Tab key stops at: one for all, the arrow keys go on from there. */
let stop = null;

export function keepOneStop() {
  if (stop?.isConnected && stop === document.activeElement) return;
  let last = log.lastElementChild;
  while (last && !last.querySelector(".more")) last = last.previousElementSibling;
  moveStop(last?.querySelector(".more"));
}

function moveStop(link) {
  if (stop) stop.tabIndex = -1;
  stop = link ?? null;
  if (!stop) return;
  stop.tabIndex = 0;
  const [name, body] = ["header b", ".body"].map((part) => stop.closest("article").querySelector(part).textContent);
  stop.ariaLabel = `More: ${name}, ${[...body.trim()].slice(0, BEGINNING).join("")}`; // else all are called the same
}

function step(link, way) {
  let next = link.closest("article")[way];
  while (next && !next.querySelector(".more")) next = next[way];
  next?.querySelector(".more").focus();
}

/** Let the arrow keys go from message to message. */
function walk() {
  log.addEventListener("keydown", (event) => {
    const way = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    if (!way || !event.target.matches(".more")) return;
    event.preventDefault();
    step(event.target, way);
  });
  log.addEventListener("focusin", ({ target }) => target.matches(".more") && moveStop(target));
  keepOneStop();
}

const isPlain = ({ ctrlKey, metaKey, shiftKey }) => !(ctrlKey || metaKey || shiftKey);

/** @param {{reply: (article: HTMLElement) => void, edit: (article: HTMLElement) => void}} choices */
export function actOnMessages(choices) {
  log.addEventListener("click", async (event) => {
    const link = isPlain(event) && event.target.closest(".more, .quote");
    const meant = link && document.getElementById(link.hash.slice(1));
    if (!link || (link.matches(".quote") && !meant)) return;
    event.preventDefault();
    if (meant) return point(meant);
    const menu = await import("./menu.js").catch(() => location.assign(link.href));
    menu?.openMenu(link.closest("article"), choices);
  });
  log.addEventListener("submit", async (event) => {
    event.preventDefault();
    const filled = [event.target.action, new FormData(event.target, event.submitter)];
    const sender = await import("./act.js").catch(() => complain("That did not get through. Try again."));
    sender?.act(...filled);
  });
  for (const sign of ["pointerover", "focusin"]) {
    log.addEventListener(sign, async ({ target }) => {
      const article = target.closest("article");
      if (!finePointer.matches || !article?.querySelector(".more")) return;
      const quick = await import("./quick.js").catch(() => undefined); // all that it offers is in the menu
      quick?.offer(article, choices);
    });
  }
  walk();
}

/** Show which message is meant. @param {HTMLElement} article */
export function point(article) {
  for (const old of log.querySelectorAll(".target")) old.classList.remove("target");
  article.classList.add("target");
  article.scrollIntoView({ block: "center" });
}
