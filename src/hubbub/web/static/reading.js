// What a message looks like to this reader. The server's markup is the same for everybody; whose it is, whom it
// means, which day it was and who spoke before are known here only.

import { show } from "./times.js";

const TOGETHER = 5 * 60_000;
const me = document.getElementById("room").dataset.user;
const day = { weekday: "long", day: "numeric", month: "long" };
const thisYear = new Intl.DateTimeFormat(undefined, day);
const anyYear = new Intl.DateTimeFormat(undefined, { ...day, year: "numeric" });

/** @param {HTMLElement} article */
export const isMine = (article) => article.dataset.user === me;

const timeOf = (article) => new Date(article.querySelector("header time").dateTime);

/** Mark what depends on the reader. @param {HTMLElement} article */
export function dress(article) {
  article.classList.toggle("mine", isMine(article));
  for (const name of article.querySelectorAll(`mark[data-user="${me}"]`)) {
    name.classList.add("me");
    article.classList.add("meant");
  }
  for (const button of article.querySelectorAll(".reactions button")) {
    button.setAttribute("aria-pressed", button.dataset.users.split(" ").includes(me));
  }
  // Of all these links the Tab key stops at one only (acts.js); the arrow keys and the menu lead to the rest.
  for (const link of article.querySelectorAll("header a")) link.tabIndex = -1;
  show(article);
}

/** Mark what depends on the message before: a new day, or the same author going on. @param {HTMLElement} article */
export function settle(article) {
  const before = article.previousElementSibling;
  const at = timeOf(article);
  const then = before && timeOf(before);
  const sameDay = then?.toDateString() === at.toDateString();
  article.classList.toggle("follows", sameDay && isGoingOn(before, article, at - then));
  article.querySelector(".day")?.remove();
  if (!sameDay) article.prepend(dayOf(at));
}

const isGoingOn = (before, article, pause) =>
  before.dataset.user === article.dataset.user && pause < TOGETHER && !article.querySelector(".quote");

/** A heading, because screen readers go from one to the next. */
function dayOf(at) {
  const heading = document.createElement("h2");
  heading.className = "day";
  heading.textContent = (at.getFullYear() === new Date().getFullYear() ? thisYear : anyYear).format(at);
  return heading;
}

/** Whether a message of the reader's, said now, would follow the last one. @param {HTMLElement | null} last */
export const wouldFollow = (last) => last !== null && isMine(last) && Date.now() - timeOf(last) < TOGETHER;
