// The list of people: online first, then by name, as the server sorts it. While more people exist than
// are loaded, the list ends where its last page ended, and who sorts after that is not in it.

import { isStale } from "./frames.js";
import { show } from "./times.js";

const list = document.getElementById("people");
const me = document.getElementById("room")?.dataset.user;

/** The marker of the last page loaded, and the person it follows. */
let marker = null;
let border = null;

/** @param {HTMLElement} person */
const rank = ({ id, dataset }) => ({ online: dataset.online === "true", sort: dataset.sort, id: Number(id.slice(1)) });

/** By code point, as PostgreSQL does it; `<` on strings compares UTF-16 and puts emoji elsewhere. */
function compareText(one, other) {
  const [a, b] = [[...one], [...other]];
  const at = a.findIndex((character, index) => character !== b[index]);
  if (at < 0) return a.length - b.length;
  return a[at].codePointAt(0) - (b[at]?.codePointAt(0) ?? -1);
}

const compare = (a, b) => b.online - a.online || compareText(a.sort, b.sort) || a.id - b.id;

/** @param {HTMLElement} person */
export function place(person) {
  noteBorder();
  if (isStale(person)) return;
  document.getElementById(person.id)?.remove();
  const mine = rank(person);
  if (marker && compare(mine, border) > 0) return;
  dress(person);
  list.insertBefore(person, firstAfter(mine));
}

/** A new marker means that a page was loaded just now: its last row is the new border. */
function noteBorder() {
  const now = document.getElementById("more-people");
  if (now === marker) return;
  marker = now;
  border = now && list.lastElementChild && rank(list.lastElementChild);
}

function firstAfter(mine) {
  let [low, high] = [0, list.children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(rank(list.children[middle]), mine) > 0) high = middle;
    else low = middle + 1;
  }
  return list.children[low] ?? null;
}

function dress(person) {
  person.classList.toggle("mine", person.id === `u${me}`);
  show(person);
}

noteBorder();
for (const person of list.children) dress(person);
