// Tells who does not look: by a notification of the system and by a sound, for what was chosen in the settings. One tab
// of this browser does, and none while one of them has the focus.

import { chime } from "./chime.js";
import { forThisBrowser } from "./memory.js";
import { notify } from "./notification.js";
import { idOf } from "./span.js";
import { tells } from "./teller.js";

const PAUSE_AFTER = 3_000;
const LONGEST = 200;
const me = document.querySelector(".me").textContent;

/** @type {HTMLElement[]} */
let waiting = [];
let timer = 0;
let quietUntil = 0;

const wordsOf = (article, part) => article.querySelector(part)?.textContent.trim() ?? "";
const isForMe = (article) => article.querySelector("mark.me") !== null || wordsOf(article, ".quote b") === me;
const isMeant = (choice, article) => choice === "all" || (choice === "me" && isForMe(article));

/** As it is by now, if it is on the page: its author may have thought better of it. */
const asItIs = (article) => document.getElementById(article.id) ?? article;
const isThere = (article) => article.querySelector(".gone") === null;

function show(articles) {
  const last = articles.at(-1);
  const name = wordsOf(last, "header b");
  const body = wordsOf(last, ".body").slice(0, LONGEST);
  const [title, words] = articles.length > 1 ? [`${articles.length} new messages`, `${name}: ${body}`] : [name, body];
  notify(title, words, idOf(last)).catch(() => {}); // a phone has none before the worker is there
}

function report() {
  timer = 0;
  const mine = waiting.splice(0).map(asItIs).filter(isThere);
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
  if (!(await tells())) return;
  waiting.push(...articles);
  timer ||= setTimeout(report, Math.max(0, quietUntil - Date.now()));
}
