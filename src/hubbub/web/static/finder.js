// Finds people by a part of their names: those found stand in the place of the list, and stay current as it does.

import { say } from "./announcer.js";
import { show } from "./times.js";

const TYPING_PAUSE = 200;
const field = document.getElementById("part");
const side = document.getElementById("side");
const list = document.getElementById("found");
const me = document.getElementById("room").dataset.user;

/** Rows of the list have the ids; the same people in here have others. @param {string} id */
const idHere = (id) => id && `found-${id}`;

/** @param {HTMLElement} person a row for here alone */
function dress(person) {
  person.classList.toggle("mine", person.id === `u${me}`);
  if (person.id) person.id = idHere(person.id);
  show(person);
  return person;
}

/** @param {HTMLElement} person */
export function placeFound(person) {
  list.append(dress(person));
}

/** Somebody has come, gone or changed. @param {HTMLElement} person a row of the list */
export function refreshFound(person) {
  const held = document.getElementById(idHere(person.id));
  if (held && Number(held.dataset.rev) < Number(person.dataset.rev)) held.replaceWith(dress(person.cloneNode(true)));
}

/** @param {(url: string) => Promise<void>} load */
export function findPeople(load) {
  let timer = 0;
  let busy = false;
  let shown = "";

  /** One question at a time, so that no late answer takes the place of a newer one. */
  async function find() {
    const part = field.value.trim();
    side.classList.toggle("finding", part !== "");
    if (busy || part === shown || !part) return;
    busy = true;
    try {
      await load(`/people?q=${encodeURIComponent(part)}`);
      shown = part;
      const count = list.querySelectorAll("[id]").length;
      const more = document.getElementById("more-found") ? " or more" : "";
      say(count === 1 && !more ? "1 person found" : `${count}${more} people found`);
    } catch {
      // Away from the network: whoever types on, or presses Enter, asks again.
    } finally {
      busy = false;
    }
    if (field.value.trim() !== part) find();
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, field.value.trim() ? TYPING_PAUSE : 0);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !field.value) return;
    event.preventDefault(); // it would close the drawer as well
    field.value = "";
    find();
  });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    shown = "";
    find();
  });
  find(); // what was typed while this was loaded
}
