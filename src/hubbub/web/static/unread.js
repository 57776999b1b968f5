// What the reader has not seen: counted in the title and at the app's icon, begun by a divider, reached by a link.
// Seen is what the log held while it was at its end in a window with focus; all tabs of this browser know it.

import { divideBefore, divider } from "./divider.js";
import { followsEnd, keepPlace } from "./log.js";
import { forThisBrowser } from "./memory.js";
import { isMine } from "./reading.js";
import { idOf, isMoreAbove, isMoreBelow } from "./span.js";

const COUNTED = 999;
const NOWHERE = Infinity;
const scroll = document.getElementById("scroll");
const log = document.getElementById("log");
const { rev, newest, user } = document.getElementById("room").dataset;
const title = document.title;
const place = `hubbub.seen.${user}`;
const link = document.createElement("a");

/** Everything up to here is on the page. A place beyond it is of another database. */
const here = Math.max(rev, log.lastElementChild ? idOf(log.lastElementChild) : 0);
const kept = () => forThisBrowser.recall(place) ?? here;
/** The highest id that was seen. */
let seen = Math.min(kept(), here);
/** Messages of others that were not, by id; and whether there may be more of them than are known. @type {number[]} */
let unread = [];
let more = isMoreBelow() && seen < newest;
/** The divider stands before the first message of somebody else after this one. */
let begins = NOWHERE;
/** Whether the reader had it in sight since it stands there. */
let found = false;

/** What was deleted is no news any more. */
const isDeleted = (article) => article.querySelector(":scope > .gone") !== null;
const isOfOthers = (article) => !isMine(article) && !isDeleted(article);
export const isAttending = () => document.hasFocus() && followsEnd();
const reachesBack = () => isMoreAbove() && idOf(log.firstElementChild) > begins;

function show() {
  const words = unread.length > COUNTED ? `${COUNTED}+` : `${unread.length}${more ? "+" : ""}`;
  const told = unread.length ? `(${words}) Hubbub` : title;
  if (told === document.title) return;
  document.title = told;
  navigator.setAppBadge?.(unread.length).catch(() => {}); // zero takes it away; where there is no icon it is refused
}

function see() {
  if (!unread.length) return;
  seen = Math.max(kept(), unread.at(-1), seen);
  forThisBrowser.keep(place, seen);
  unread = [];
  more = false;
}

/** Take note that all is seen, if it is: after a change, and when the reader comes or moves. */
export function look() {
  if (unread.length && isAttending()) see();
  show();
}

function begin(after) {
  begins = after;
  found = false;
  divide();
}

/** Those further up become known when they are loaded. */
function countEarlier() {
  const earlier = [...log.children].filter((article) => idOf(article) > seen && isOfOthers(article)).map(idOf);
  unread.unshift(...earlier.filter((id) => !(id >= unread[0])));
  more = (isMoreAbove() && idOf(log.firstElementChild) > seen) || (isMoreBelow() && seen < newest);
}

function firstUnread() {
  let first = null;
  for (let at = log.lastElementChild; at && idOf(at) > begins; at = at.previousElementSibling) if (isOfOthers(at)) first = at;
  return first;
}

/** Put the divider where it belongs among the messages that are on the page now. */
function divide() {
  const isElsewhere = reachesBack();
  const first = isElsewhere ? null : firstUnread();
  link.href = `/room?around=${begins + 1}#new`;
  if (isElsewhere || !first) link.hidden = !isElsewhere;
  if (divider.parentElement === first) return;
  divideBefore(first);
  watch();
}

/** Learn whether it is in sight: now, and whenever that changes. */
function watch() {
  observer.disconnect();
  if (divider.isConnected) observer.observe(divider);
}

const observer = new IntersectionObserver(([{ isIntersecting, boundingClientRect, rootBounds }]) => {
  found ||= isIntersecting && document.hasFocus();
  link.hidden = found || isIntersecting || boundingClientRect.top > rootBounds.top;
}, { root: scroll });

/**
 * A change of the log is under way.
 * @param {HTMLElement[]} arrived the messages of others that came with it
 * @param {boolean} attended whether the reader looks at its end
 */
export function noteUnread(arrived, attended) {
  const isFirst = arrived.length > 0 && !unread.length && !attended;
  unread.push(...arrived.map(idOf));
  unread.splice(0, unread.length - COUNTED - 1); // more are not counted
  const deleted = new Set([...log.querySelectorAll("article > .gone")].map(({ parentElement }) => idOf(parentElement)));
  if (deleted.size) unread = unread.filter((id) => !deleted.has(id));
  if (more) countEarlier();
  if (isFirst) begin(seen);
  else divide();
  if (attended) see();
}

/** Who says something has seen what is new. */
export const endUnread = () => keepPlace(() => begin(NOWHERE));

/** Another tab has seen more. */
function follow() {
  if (kept() <= seen) return;
  seen = kept();
  unread = unread.filter((id) => id > seen);
  more &&= unread.length > 0;
  keepPlace(() => begin(unread.length ? seen : NOWHERE));
  show();
}

addEventListener("storage", ({ key }) => key === place && follow());
addEventListener("focus", () => {
  look();
  watch();
});
scroll.addEventListener("scroll", look, { passive: true });
link.addEventListener("click", (event) => {
  if (!divider.isConnected || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  divider.scrollIntoView({ block: "center" });
  scroll.focus({ preventScroll: true });
});

Object.assign(link, { id: "unread", className: "button", textContent: "First new message ↑", hidden: true });
scroll.after(link);
// Written only where that changes it: another tab may just be writing that it has seen more.
if (forThisBrowser.recall(place) !== seen) forThisBrowser.keep(place, seen);
countEarlier();
const asked = location.hash === "#new" ? Number(new URLSearchParams(location.search).get("around")) - 1 : NOWHERE;
if (unread.length || asked < NOWHERE) keepPlace(() => begin(Math.min(seen, asked)));
look();
