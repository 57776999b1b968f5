// The message that is replied to, as it is by now. Loaded when somebody replies.

import { complain } from "./composer.js";
import { replyTo, show } from "./replying.js";

const LONGEST = 140;

/** @param {HTMLElement} article */
export function quoteFrom(article) {
  const words = article.querySelector(".body").textContent.trim();
  show({
    id: Number(article.id.slice(1)),
    name: article.querySelector("header b").textContent,
    body: [...words].slice(0, LONGEST).join(""),
  });
}

/** Look at it, if it is on the page. Nobody replies to what is deleted. */
export function look() {
  const article = document.getElementById(`m${replyTo()?.id}`);
  if (!article) return;
  if (!article.querySelector(".gone")) return quoteFrom(article);
  show();
  complain("The message that you reply to was deleted.");
}
