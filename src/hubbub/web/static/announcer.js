// What a screen reader says. The log itself is silent, because a lively room would never let anyone
// finish a sentence: one message is read out, several are a number, joins are nothing.

const GATHER_FOR = 1_000;
const PAUSE_AFTER = 5_000;
const region = document.getElementById("announcer");

/** @type {HTMLElement[]} */
let heard = [];
let timer = 0;
let quietUntil = 0;

/** Say it now; a new element each time, because the same words twice would not be spoken. */
export function say(words) {
  const line = document.createElement("p");
  line.textContent = words;
  region.replaceChildren(line);
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
