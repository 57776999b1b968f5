// Where one writes. Text leaves the field only when it is in the outbox, and what is in the field
// survives a reload.

import { forThisTab } from "./memory.js";
import { giveUpReply, replyTo, restoreReply } from "./replying.js";

const LARGEST_FRAME = 16 * 1024;
const KEY_SIZE = 36;
const COUNT_FROM = 0.9;

const form = document.getElementById("composer");
const field = document.getElementById("body");
const problem = document.getElementById("problem");
const count = document.getElementById("count");

/** What would be sent. The server drops the same lines and spaces, so both count the same. */
const written = () => field.value.replace(/^\n+/, "").trimEnd();
const number = (value) => value.toLocaleString("en");

/** Why this cannot be sent, or undefined. Characters are code points, as the server counts them. */
function fault(body, most) {
  const characters = [...body].length;
  if (characters > most) return `${number(characters)} of ${number(most)} characters: too long to send.`;
  const frame = JSON.stringify({ say: { key: "-".repeat(KEY_SIZE), body, reply_to: replyTo()?.id } });
  if (new TextEncoder().encode(frame).length > LARGEST_FRAME) return "Too many unusual characters to send at once.";
  return undefined;
}

/** Enter belongs to the input method while it composes (229 is how Safari says so), and on touch screens to the text. */
export function meansSend(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return false;
  return !matchMedia("(pointer: coarse)").matches;
}

/** Say what went wrong, or with nothing that all is well. @param {string} [words] */
export function complain(words) {
  problem.textContent = words ?? "";
  problem.hidden = !words;
}

function showCount(most) {
  const characters = [...written()].length;
  const over = characters > most;
  count.hidden = characters < most * COUNT_FROM;
  count.textContent = count.hidden ? "" : `${number(characters)} of ${number(most)} characters`;
  count.classList.toggle("problem", over);
  field.setAttribute("aria-invalid", over);
}

/** For browsers without `field-sizing`; the stylesheet sets the bound. */
function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

/**
 * @param {string} user whose draft this is
 * @param {number} most characters
 * @param {(body: string, replyTo?: import("./replying.js").Quote) => void} send
 * @param {() => void} editLast
 */
export function compose(user, most, send, editLast) {
  restoreReply(user);
  // What is hidden would be read out all the same.
  if (!document.getElementById("keys").checkVisibility()) field.setAttribute("aria-describedby", "problem count");
  const draft = `hubbub.draft.${user}`;
  field.value ||= forThisTab.recall(draft) ?? "";

  function look() {
    forThisTab.keep(draft, field.value);
    showCount(most);
    grow();
  }

  field.addEventListener("input", () => {
    complain();
    look();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp" && !field.value) {
      event.preventDefault();
      return editLast();
    }
    if (event.key === "Escape") return giveUpReply();
    if (!meansSend(event)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = written();
    if (!body) return;
    complain(fault(body, most));
    if (!problem.hidden) return;
    send(body, replyTo());
    giveUpReply();
    field.value = "";
    look();
  });
  look();
}
