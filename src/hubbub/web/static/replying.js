// What the message that is being written replies to. Like the draft it survives a reload.

import { forThisTab } from "./memory.js";

/** @typedef {{id: number, name: string, body: string}} Quote */

const box = document.getElementById("replying");
const field = document.getElementById("body");
let place = "";
/** @type {Quote | undefined} */
let quote;

export const replyTo = () => quote;

export function show(now) {
  quote = now;
  box.hidden = !quote;
  box.querySelector("b").textContent = quote?.name ?? "";
  box.querySelector("span").textContent = quote?.body ?? "";
  if (quote) forThisTab.keep(place, quote);
  else forThisTab.forget(place);
}

export const giveUpReply = () => quote && show();

const original = () => import("./original.js");

/** Quote what the message says now. @param {HTMLElement} article */
export function follow({ id }) {
  if (id === `m${quote?.id}`) original().then(({ look }) => look(), () => {});
}

/** Begin where the last page stopped. @param {string} user */
export function restoreReply(user) {
  place = `hubbub.reply.${user}`;
  show(forThisTab.recall(place));
  if (quote) follow({ id: `m${quote.id}` });
}

/** @param {HTMLElement} article */
export function reply(article) {
  field.focus();
  original().then(({ quoteFrom }) => quoteFrom(article), () => location.assign(article.querySelector(".more").href));
}

box.querySelector("button").addEventListener("click", () => {
  show();
  field.focus();
});
