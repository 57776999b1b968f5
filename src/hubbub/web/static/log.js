// The messages on the page: in the order of their ids, and never moving under the reader's eyes.

import { isStale } from "./frames.js";
import { dress, isMine, settle } from "./reading.js";
import { idOf, isMoreAbove, isMoreBelow, isNews, isPaused, letGo } from "./span.js";

const NEAR_THE_END = 80;
const scroll = document.getElementById("scroll");
const log = document.getElementById("log");
const newest = document.getElementById("newest");

/** Messages of others that came with the change under way. @type {HTMLElement[]} */
let arrived = [];
/** Whether a change is under way: one inside another is part of it. */
let keeping = false;
/** How many of them came below what the reader sees. */
let unseen = 0;
/** Where the first message in sight was to stay. @type {{anchor?: string, top: number}} */
let meant = { top: 0 };

/** The scroller runs in column-reverse: 0 is the end, and what lies above it is negative. */
export const isAtEnd = () => Math.abs(scroll.scrollTop) < NEAR_THE_END && !isMoreBelow();

/** Whether somebody writes in the log: then what comes must not push that away. */
const isWritten = () => log.contains(document.activeElement) && document.activeElement.matches("textarea");

/** Whether the reader is at the end, and goes on with it. */
export const followsEnd = () => isAtEnd() && !isWritten();

export function goToEnd() {
  scroll.scrollTop = 0;
  countUnseen(0);
}

/**
 * Change the page, with the reader's place kept: at the end stays at the end, anywhere else the first
 * message in sight stays where it is. Returns the messages of others that are new.
 * @param {(arrived: HTMLElement[]) => void} change is given those of the change under way
 */
export function keepPlace(change) {
  if (keeping) {
    change(arrived);
    return [];
  }
  keeping = true;
  const atEnd = followsEnd();
  const isThere = scroll.scrollTop === 0; // then the browser stays there, and need not lay out all to be told
  const anchor = atEnd ? undefined : firstInSight()?.id;
  const before = placeOf(anchor);
  arrived = [];
  try {
    change(arrived);
    letGo(document.getElementById(anchor) ?? undefined);
  } finally {
    keeping = false;
  }
  if (atEnd && isThere) countUnseen(0);
  else if (atEnd) goToEnd();
  else scroll.scrollTop += topOf(anchor) - before;
  meant = { anchor, top: before };
  if (!atEnd) countUnseen(unseen + arrived.length);
  return arrived;
}

/**
 * Where a message is, or was meant to be if it is nearly there: scrolling goes by whole pixels only, and what is lost
 * each time would add up to a message.
 */
function placeOf(anchor) {
  const top = topOf(anchor);
  return meant.anchor === anchor && Math.abs(meant.top - top) < 1 ? meant.top : top;
}

/** By id, because an edit puts another element in its place; of its words, because what stands above them may change. */
export function topOf(id) {
  const words = document.querySelector(`#${id} > .edit`) ?? document.querySelector(`#${id} > :is(.body, .gone)`);
  return words?.getBoundingClientRect().top ?? 0;
}

/** The first message that begins in sight, or the one that fills all of it. */
export function firstInSight() {
  const { top, bottom } = scroll.getBoundingClientRect();
  let [low, high] = [0, log.children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (log.children[middle].getBoundingClientRect().bottom > top) high = middle;
    else low = middle + 1;
  }
  const first = log.children[low];
  const next = first?.nextElementSibling;
  const isCut = first?.getBoundingClientRect().top < top && next?.getBoundingClientRect().top < bottom;
  return isCut ? next : first;
}

/**
 * @param {HTMLElement} article
 * @param {string} action "append" for what changed, "prepend" for a page of older messages
 */
export function place(article, action) {
  if (isStale(article)) return;
  dress(article);
  const held = document.getElementById(article.id);
  if (held) return replace(held, article);
  const next = firstAfter(idOf(article));
  const isNew = action === "append" && isNews(article);
  if (isNew && !isMine(article)) arrived.push(article);
  if (action === "append" && isElsewhere(next)) return;
  log.insertBefore(article, next);
  settle(article);
  if (next) settle(next);
}

/** Whether a message that belongs right before `next` is not on the page now: it comes with its page. */
const isElsewhere = (next) => (next === log.firstElementChild && isMoreAbove()) || (next === null && isMoreBelow());

/** What the reader has opened in a message goes on in its new form, and so does the focus. */
function replace(held, article) {
  const focused = held.contains(document.activeElement) ? document.activeElement : null;
  if (article.querySelector(".more")) article.append(...held.querySelectorAll(":scope > [data-opened]"));
  held.replaceWith(article);
  settle(article);
  if (focused) counterpart(focused, article).focus({ preventScroll: true });
}

function counterpart(focused, article) {
  if (article.contains(focused)) return focused;
  const same = focused.value && article.querySelector(`.reactions [value="${CSS.escape(focused.value)}"]`);
  const near = [article, article.nextElementSibling, article.previousElementSibling]; // a deleted one has nothing to press
  return same || near.map((one) => one?.querySelector(".more")).find(Boolean) || scroll;
}

/** From the end, because nearly all that comes belongs there. */
function firstAfter(id) {
  let next = null;
  for (let at = log.lastElementChild; at && idOf(at) > id; at = at.previousElementSibling) next = at;
  return next;
}

export function countUnseen(count) {
  unseen = count;
  newest.hidden = count === 0 && !isMoreBelow();
  const some = count === 1 ? "1 new message ↓" : `${count} new messages ↓`;
  const words = count || isPaused() ? some : "Newest messages ↓";
  newest.textContent = isPaused() ? `Paused: ${words}` : words;
}

scroll.addEventListener("scroll", () => unseen && isAtEnd() && countUnseen(0), { passive: true });

/** @param {() => Promise<void>} go to the newest message, which may have to be loaded */
export function onNewest(go) {
  newest.addEventListener("click", async () => {
    await go();
    scroll.focus({ preventScroll: true });
  });
}

for (const article of log.children) {
  dress(article);
  settle(article);
}
countUnseen(0);
