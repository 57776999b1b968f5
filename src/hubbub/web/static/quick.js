// What is done most, in reach of the pointer: the emoji that are offered, and to reply. The keyboard and fingers have
// the same in the menu, so the Tab key does not stop here.

import { act, placeOf } from "./act.js";
import { style } from "./style.js";

await style("acting.css");

const { emoji, user } = document.getElementById("room").dataset;
const bar = document.createElement("div");
bar.className = "quick";
bar.dataset.opened = "";
/** What the reply button does for the message that it stands at. */
let reply = () => {};

/** A button with a text. @returns {HTMLButtonElement} */
export function button(words, press, className = "quiet") {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: words, className });
  made.addEventListener("click", press);
  return made;
}

/** Buttons with the emoji that are offered. @param {(emoji: string) => void} choose */
export const offered = (choose) => emoji.split(" ").map((one) => button(one, () => choose(one)));

const articleOf = () => bar.closest("article");

bar.append(
  ...offered((one) => act(placeOf(articleOf().id, "react"), { emoji: one })),
  button("Reply", () => reply(articleOf())),
);
for (const each of bar.children) each.tabIndex = -1;

/** Put the bar at a message. @param {HTMLElement} article */
export function offer(article, choices) {
  reply = choices.reply;
  if (articleOf() === article || !article.isConnected) return;
  bar.hidden = false;
  article.append(bar);
}

// It may cover what somebody reads: Escape takes it away, until the pointer is at another message.
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && bar.checkVisibility()) bar.hidden = true;
});

/** Whether the reader has chosen this emoji. */
export const isChosen = (article, one) =>
  article.querySelector(`.reactions [value="${CSS.escape(one)}"]`)?.dataset.users.split(" ").includes(user) ?? false;
