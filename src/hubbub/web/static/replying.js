// What the message that is being written replies to. Like the draft it survives a reload.

import { forThisTab } from "./memory.js";

/** @typedef {{id: number, name: string, body: string}} Quote */

const box = document.getElementById("replying");
const field = document.getElementById("body");
const LONGEST = 140;
let place = "";
/** @type {Quote | undefined} */
let quote;

export const replyTo = () => quote;

function show(now) {
  quote = now;
  box.hidden = !quote;
  box.querySelector("b").textContent = quote?.name ?? "";
  box.querySelector("span").textContent = quote?.body ?? "";
  if (quote) forThisTab.keep(place, quote);
  else forThisTab.forget(place);
}

export const giveUpReply = () => quote && show();

/** Begin where the last page stopped. @param {string} user */
export function restoreReply(user) {
  place = `hubbub.reply.${user}`;
  show(forThisTab.recall(place));
}

/** @param {HTMLElement} article */
export function reply(article) {
  const words = article.querySelector(".body").textContent.trim();
  show({
    id: Number(article.id.slice(1)),
    name: article.querySelector("header b").textContent,
    body: [...words].slice(0, LONGEST).join(""),
  });
  field.focus();
}

box.querySelector("button").addEventListener("click", () => {
  show();
  field.focus();
});
