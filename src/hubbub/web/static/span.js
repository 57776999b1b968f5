// How much of the log is on the page: a few hundred messages, however long it stays open. What is let go at an end
// becomes a link, which brings it back when it comes near (more.js).

import { settle } from "./reading.js";

const MOST = 400;
const KEPT = 300;
const AROUND = 50;
const scroll = document.getElementById("scroll");
const log = document.getElementById("log");

/**
 * The newest message that was ever on the page, or was told of and kept off it; at first all that was said before the
 * page was made, wherever in the past it begins.
 */
let newest = Number(document.getElementById("room").dataset.rev ?? 0);

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

/**
 * Let go of messages at the end that is farther from what the reader sees, if there are too many.
 * @param {HTMLElement | undefined} seen what is to stay, and what is around it; the end without one
 */
export function letGo(seen) {
  const count = log.children.length;
  if (count <= MOST) return;
  const above = seen ? [...log.children].indexOf(seen) : count;
  const below = count - above;
  const extra = Math.min(count - KEPT, Math.max(above, below) - AROUND);
  if (above >= below) letGoAbove(extra);
  else letGoBelow(extra);
}

function remove(articles) {
  // The focus would go to nowhere.
  if (articles.some((article) => article.contains(document.activeElement))) scroll.focus({ preventScroll: true });
  for (const article of articles) article.remove();
}

function letGoAbove(count) {
  remove([...log.children].slice(0, count));
  settle(log.firstElementChild);
  const older = linkTo("older", "Older messages", `before=${idOf(log.firstElementChild)}`);
  document.getElementById("older").replaceWith(older);
}

function letGoBelow(count) {
  remove([...log.children].slice(-count));
  closeBelow(isPaused());
}

/** Put nothing more at the end: what comes is a link from now on; one that is hidden is not loaded when it is near. */
function closeBelow(hidden) {
  document.getElementById("newer")?.remove();
  const newer = linkTo("newer", "Newer messages", `after=${idOf(log.lastElementChild)}`);
  newer.hidden = hidden;
  log.after(newer);
}

/** Keep what comes off the page until the reader goes on. */
export const pause = () => closeBelow(true);

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
