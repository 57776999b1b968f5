// Tells who does not look: by a notification of the system and by a sound, for what was chosen in the settings. One tab
// of this browser does, and none while one of them has the focus.

import { chime } from "./chime.js";
import { forThisBrowser } from "./memory.js";
import { notify } from "./notification.js";
import { idOf } from "./span.js";

const PAUSE_AFTER = 3_000;
const LONGEST = 200;
const LOOKS = "hubbub.looks";
const { locks } = navigator; // where the page is not secure there are none: then each tab is on its own
const { rev, user } = document.getElementById("room").dataset;
const me = document.querySelector(".me").textContent;
const place = `hubbub.alerted.${user}`;

/** @type {HTMLElement[]} */
let waiting = [];
let timer = 0;
let quietUntil = 0;
/** Ends the lock that says that this tab has the focus. */
let lookAway = null;

function look() {
  if (lookAway || !document.hasFocus()) return;
  const looking = new Promise((resolve) => (lookAway = resolve));
  locks?.request(LOOKS, { mode: "shared" }, () => looking);
}

function stopLooking() {
  lookAway?.();
  lookAway = null;
}

async function isLookedAt() {
  return document.hasFocus() || ((await locks?.query())?.held.some(({ name }) => name === LOOKS) ?? false);
}

/** Those of them that no tab has told of before; it is up to this one now. */
function claim(articles) {
  const told = forThisBrowser.recall(place) ?? 0;
  const mine = articles.filter((article) => idOf(article) > told);
  if (mine.length) forThisBrowser.keep(place, idOf(mine.at(-1)));
  return mine;
}

const wordsOf = (article, part) => article.querySelector(part)?.textContent.trim() ?? "";
const isForMe = (article) => article.querySelector("mark.me") !== null || wordsOf(article, ".quote b") === me;
const isMeant = (choice, article) => choice === "all" || (choice === "me" && isForMe(article));

function show(articles) {
  const last = articles.at(-1);
  const name = wordsOf(last, "header b");
  const body = wordsOf(last, ".body").slice(0, LONGEST);
  const [title, words] = articles.length > 1 ? [`${articles.length} new messages`, `${name}: ${body}`] : [name, body];
  notify(title, words, idOf(last)).catch(() => {}); // a phone has none before the worker is there
}

function report() {
  timer = 0;
  const mine = waiting.splice(0);
  if (document.hasFocus()) return;
  const { notifications, sound } = forThisBrowser.recall("hubbub.alerts") ?? {};
  const heard = mine.some((article) => isMeant(sound, article));
  const allowed = globalThis.Notification?.permission === "granted";
  const shown = mine.filter((article) => allowed && isMeant(notifications, article));
  if (heard) chime();
  if (shown.length) show(shown);
  // What nobody is told of keeps nothing waiting.
  if (heard || shown.length) quietUntil = Date.now() + PAUSE_AFTER;
}

/** @param {HTMLElement[]} articles new messages of others */
export async function alertOf(articles) {
  const looked = await isLookedAt(); // now, not when it is this tab's turn
  const mine = locks ? await locks.request(place, () => claim(articles)) : claim(articles);
  if (looked || !mine.length) return;
  waiting.push(...mine);
  timer ||= setTimeout(report, Math.max(0, quietUntil - Date.now()));
}

if (forThisBrowser.recall(place) > rev) forThisBrowser.forget(place); // it is of another database
for (const sign of ["focus", "pageshow"]) addEventListener(sign, look);
for (const sign of ["blur", "pagehide"]) addEventListener(sign, stopLooking);
look();
