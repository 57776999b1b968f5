// The dialog that finds messages and leads to a day. What it says is what the page /search says; what is found comes
// while somebody types.

import { point } from "./acts.js";
import { loadWhenNear } from "./more.js";
import { button } from "./quick.js";
import { style } from "./style.js";
import { show } from "./times.js";

await Promise.all([style("dialog.css"), style("search.css")]);

const TYPING_PAUSE = 250;
/** Characters of a message that are read out with its link. */
const DESCRIBED = 100;
/** A sign that may be a word. */
const WORD = /[\p{sc=Han}\p{sc=Hang}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{Emoji_Presentation}]/u;
/** What is worth looking for before somebody says so: less is found as a whole word only. */
const ENOUGH = new RegExp(`${WORD.source}|[^\\s\\p{ASCII}]{2}|\\S{3}`, "u");

const dialog = document.createElement("dialog");
const head = document.createElement("div");
const heading = document.createElement("h2");
const content = document.createElement("div");
Object.assign(heading, { id: "search-heading", textContent: "Search" });
Object.assign(head, { className: "head" });
Object.assign(content, { id: "search-content" });
dialog.setAttribute("aria-labelledby", heading.id);
head.append(heading, button("Close", () => dialog.close()));
dialog.append(head, content);
document.body.append(dialog);

const the = (id) => document.getElementById(id);
const links = () => [...dialog.querySelectorAll("#found-messages header a")];

/**
 * The messages of the log have the ids, and what can be done with them; the same messages in here lead there.
 * @param {HTMLElement} row
 */
function place(row) {
  for (const one of row.querySelectorAll(".more, .reactions")) one.remove();
  show(row);
  the("found-messages").append(row);
  if (!row.id) return;
  row.id = `found-${row.id}`;
  const body = row.querySelector(".body, .gone");
  row.querySelector("header a").ariaDescription =
    `${row.querySelector("header b").textContent}: ${body.textContent.slice(0, DESCRIBED)}`;
  const mark = body.querySelector("mark.found")?.getBoundingClientRect();
  const { top, bottom, height } = body.getBoundingClientRect();
  if (mark?.bottom > bottom) body.scrollTop = mark.top - top - height / 2;
}

/** @param {(url: string) => Promise<void>} load */
function findWhileTyping(load) {
  let timer = 0;
  let busy = false;
  let shown = "";

  /** What was found for other words is nothing that these have. */
  function clear(problem) {
    shown = "";
    the("older-found")?.remove();
    the("found-messages").replaceChildren();
    tell(problem);
  }

  /** One question at a time, so that no late answer takes the place of a newer one. */
  async function find() {
    const words = the("query").value.trim();
    if (busy || words === shown) return;
    busy = true;
    try {
      await load(`/search?q=${encodeURIComponent(words)}`);
      shown = words;
      tell();
    } catch (error) {
      const told = await error.cause?.json().catch(() => undefined);
      clear(told?.detail ?? "That did not get through. Try again.");
    } finally {
      busy = false;
    }
    if (the("query").value.trim() !== words) look();
  }

  function look() {
    if (ENOUGH.test(the("query").value)) find();
    else clear();
  }

  the("query").addEventListener("input", ({ target, isComposing }) => {
    clearTimeout(timer);
    if (!isComposing) timer = setTimeout(look, ENOUGH.test(target.value) ? TYPING_PAUSE : 0);
  });
  the("query").addEventListener("compositionend", look);
  the("searching").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    shown = "";
    find();
  });
}

/** Say what became of the question, also to screen readers. */
function tell(problem = "") {
  the("search-problem").hidden = !problem;
  the("search-problem").textContent = problem;
  const count = links().length;
  const words = count === 1 ? "1 message found" : `${count}${the("older-found") ? " or more" : ""} messages found`;
  the("search-status").textContent = the("found-messages").hasChildNodes() ? words : "";
}

/** A day begins when it does where the reader is. */
function goToDay(event) {
  event.preventDefault();
  const day = new Date(`${the("since").value}T00:00`);
  location.assign(`/room?since=${encodeURIComponent(day.toISOString())}`);
}

/** What is in the conversation on this page is shown there. */
function follow(event, link) {
  const meant = document.querySelector(`#log ${link.hash}`);
  if (!meant || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.close();
  point(meant);
  meant.querySelector(".more")?.focus({ preventScroll: true });
}

/** Whether words of it have been selected. */
function isBeingRead(row) {
  const selection = getSelection();
  return !selection.isCollapsed && row.contains(selection.anchorNode);
}

dialog.addEventListener("click", (event) => {
  const { target } = event;
  if (target === dialog) return dialog.close();
  const link = target.closest("#found-messages header a");
  if (link) return follow(event, link);
  const row = target.closest("#found-messages article");
  if (row && !target.closest("a, button") && !isBeingRead(row)) row.querySelector("header a").click();
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) {
    event.preventDefault(); // in a search field it would only empty that
    return dialog.close();
  }
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const stops = [the("query"), ...links()];
  const at = stops.indexOf(document.activeElement);
  if (!way || at < 0 || event.isComposing) return;
  event.preventDefault();
  stops[at + way]?.focus();
});

async function prepare(frames) {
  const load = (url) => frames.load(url);
  frames.places["found-messages"] = place;
  await load("/search");
  findWhileTyping(load);
  loadWhenNear("older-found", dialog, (url) => load(url).then(() => tell()));
  the("day").addEventListener("submit", goToDay);
}

/** What the dialog says, there or on its way. @type {Promise<void> | undefined} */
let prepared;

/** @param {import("./frames.js").Frames} frames */
export async function openSearch(frames) {
  prepared ??= prepare(frames);
  try {
    await prepared;
  } catch (error) {
    prepared = undefined;
    throw error;
  }
  if (!dialog.open && document.querySelector("dialog[open]")) return;
  if (!dialog.open) dialog.showModal();
  the("query").focus();
  the("query").select();
}
