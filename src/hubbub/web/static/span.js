// How much of the log is on the page: a few hundred messages, however long it stays open. What is let go at an end
// becomes a link, which brings it back when it comes near (more.js).

import { settle } from "./reading.js";

const MOST = 400;
const KEPT = 300;
const scroll = document.getElementById("scroll");
const log = document.getElementById("log");

/** The newest message that was ever on the page, or was told of and kept off it. */
let newest = 0;

export const idOf = (article) => Number(article.id.slice(1));

/** Whether older messages are not on the page: then a change to one of them comes with its page. */
export const isMoreAbove = () => log.firstElementChild !== null && document.querySelector("a#older") !== null;

/** Whether newer messages are not on the page: then none is put at its end. */
export const isMoreBelow = () => document.querySelector("a#newer") !== null;

/** Take note of a message; returns whether it is the newest of all so far. @param {HTMLElement} article */
export function isNews(article) {
  const id = idOf(article);
  if (id <= newest) return false;
  newest = id;
  return true;
}

/** Let go of messages at the end that is farther from what the reader sees, if there are too many. */
export function letGo() {
  if (log.children.length <= MOST) return;
  const below = -scroll.scrollTop;
  const above = scroll.scrollHeight - scroll.clientHeight - below;
  const extra = log.children.length - KEPT;
  if (above >= below) letGoAbove(extra);
  else letGoBelow(extra);
}

function letGoAbove(count) {
  for (const article of [...log.children].slice(0, count)) article.remove();
  settle(log.firstElementChild);
  const older = linkTo("older", "Older messages", `before=${idOf(log.firstElementChild)}`);
  document.getElementById("older").replaceWith(older);
}

function letGoBelow(count) {
  for (const article of [...log.children].slice(-count)) article.remove();
  closeBelow();
}

/** Put nothing more at the end: what comes is a link from now on. @returns {HTMLElement} the link */
function closeBelow() {
  document.getElementById("newer")?.remove();
  const newer = linkTo("newer", "Newer messages", `after=${idOf(log.lastElementChild)}`);
  log.after(newer);
  return newer;
}

/** Keep what comes off the page until the reader goes on. */
export function pause() {
  closeBelow().hidden = true; // else it would be loaded, as it is near
}

export const isPaused = () => document.querySelector("a#newer[hidden]") !== null;

/** Make room for the newest messages, wherever the page was. */
export function beginAnew() {
  log.replaceChildren();
  document.getElementById("newer")?.remove();
}

function linkTo(id, words, query) {
  const link = document.createElement("a");
  link.id = id;
  link.href = `/room?${query}`;
  link.textContent = words;
  return link;
}

if (log.lastElementChild) isNews(log.lastElementChild);
