// What a screen reader says. The log itself is silent, because a lively room would never let anyone
// finish a sentence: one message is read out, several are a number, joins are nothing.

const GATHER_FOR = 1_000;
const PAUSE_AFTER = 5_000;
const SETTLE = 100;
const region = document.getElementById("announcer");

/** @type {HTMLElement[]} */
let heard = [];
let timer = 0;
let quietUntil = 0;
/** What is said, or about to be. */
let line;

const speak = () => region.replaceChildren(line);

/** Say it now; a new element each time, because the same words twice would not be spoken. */
export function say(words) {
  line = document.createElement("p");
  const place = document.querySelector("dialog[open]") ?? document.body; // it makes all else inert, and silent
  line.textContent = words;
  if (region.parentElement === place) return speak();
  place.append(region);
  setTimeout(speak, SETTLE); // only a change of what is there is heard
}

/** @param {HTMLElement[]} articles new messages of others */
export function hear(articles) {
  heard.push(...articles);
  if (heard.length && !timer) timer = setTimeout(report, Math.max(GATHER_FOR, quietUntil - Date.now()));
}

function report() {
  const [first] = heard;
  say(heard.length > 1 ? `${heard.length} new messages` : `${textOf(first, "b")}: ${textOf(first, ".body, .gone")}`);
  heard = [];
  timer = 0;
  quietUntil = Date.now() + PAUSE_AFTER;
}

const textOf = (article, part) => article.querySelector(part).textContent.trim();
