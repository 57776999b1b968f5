// Completes the name of whom one means, after an @ in any field for messages. The list is a popover next to the field,
// the focus stays in the field. It knows who is on the page at once, and asks the room for the others.

import { say } from "./announcer.js";
import { style } from "./style.js";

/** @typedef {{id: string, name: string, online: boolean}} Somebody */

const TYPING_PAUSE = 150;
const MOST = 8;
const ASKED = 50;
const GAP = 4;
/**
 * An @ that begins a word, in no address or code, and up to forty characters of a name: names have spaces. Before it may
 * be a letter of a script that puts none between words.
 */
const DENSE = String.raw`[\p{sc=Thai}\p{sc=Laoo}\p{sc=Mymr}\p{sc=Khmr}\p{sc=Hira}\p{sc=Kana}\p{sc=Hani}\p{sc=Hang}]`;
const SIGN = new RegExp(String.raw`(?<!(?!${DENSE})[\p{L}\p{N}_/\x60])@(?=\S)([^@\n]{1,40})$`, "u");

const main = document.getElementById("room");
const list = document.createElement("ul");
Object.assign(list, { id: "names", className: "people", popover: "manual", role: "listbox", ariaLabel: "People to mention" });
main.append(list);

/** Where the list is open. @type {HTMLTextAreaElement | undefined} */
let field;
/** The @ that is completed, and one at which nothing is offered any more, as a name was taken or the list closed. */
let at = -1;
let done = -1;
/** What is typed of the name, and a part that nobody's name has. */
let part = "";
let nobody = "";
/** @type {Somebody[]} */
let offered = [];
let chosen = 0;
/** Whether somebody else than the first was chosen, since the last letter. */
let moved = false;
let timer = 0;
let question = new AbortController();

/** As the room compares names when it is asked, and as people do: without accents. */
const lower = (words) => words.normalize("NFKC").toLowerCase();
const plain = (words) => lower(words.normalize("NFKD").replaceAll(/[\u0300-\u036f]/g, ""));
const has = ({ name }) => plain(name).includes(plain(part));
const spaced = (words) => ` ${plain(words).replaceAll(/[^\p{L}\p{N}]/gu, " ")}`;

/** Who is meant before others: whose name begins with what is typed, and then those of whose name a word does. */
function rank({ name }) {
  const place = spaced(name).indexOf(spaced(part));
  return place < 0 ? 2 : Math.min(place, 1);
}

/** Who is online and on the page. */
function neighbours() {
  const rows = document.querySelectorAll("#people [data-online='true']");
  return Array.from(rows, (row) => ({ id: row.id.slice(1), name: row.querySelector("b").textContent, online: true }));
}

/** While the list is open the field is a combobox, and else nothing but a field. */
const COMBOBOX = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "true", "aria-controls": list.id };

function hide() {
  if (list.matches(":popover-open")) list.hidePopover();
  for (const name of [...Object.keys(COMBOBOX), "aria-activedescendant"]) field?.removeAttribute(name);
}

function close() {
  clearTimeout(timer);
  question.abort();
  hide();
  [offered, part, field] = [[], "", undefined];
}

function choose(index) {
  chosen = (index + offered.length) % offered.length;
  for (const [place, row] of [...list.children].entries()) row.ariaSelected = place === chosen;
  field.setAttribute("aria-activedescendant", list.children[chosen].id);
  list.children[chosen].scrollIntoView({ block: "nearest" });
}

/** @param {Somebody} somebody */
function draw({ id, name, online }) {
  const row = document.createElement("li");
  const status = document.createElement("small");
  const shown = document.createElement("b");
  Object.assign(row, { id: `name-${id}`, role: "option" });
  row.dataset.online = online;
  shown.dir = "auto";
  [shown.textContent, status.textContent] = [name, online ? "online" : "offline"];
  row.append(shown, " ", status);
  return row;
}

/** Above the field, or below it where there is no room. */
function setPlace() {
  const { top, bottom, left } = field.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const above = top - height - GAP;
  list.style.setProperty("--top", `${above > 0 ? above : bottom + GAP}px`);
  list.style.setProperty("--left", `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`);
}

/** @param {Somebody[]} people those who are online first */
function offer(people) {
  const before = offered;
  const others = [...new Map(people.map((one) => [one.id, one])).values()].filter(({ id }) => id !== main.dataset.user);
  offered = others.sort((one, other) => rank(one) - rank(other)).slice(0, MOST);
  if (!offered.length) return hide();
  list.replaceChildren(...offered.map(draw));
  list.showPopover();
  for (const [name, value] of Object.entries(COMBOBOX)) field.setAttribute(name, value);
  setPlace();
  // Whoever was chosen stays so while others are found.
  choose(moved ? Math.max(0, offered.findIndex(({ id }) => id === before[chosen]?.id)) : 0);
  if (offered.length !== before.length) say(offered.length === 1 ? "1 person found" : `${offered.length} people found`);
}

async function ask() {
  question = new AbortController();
  try {
    const answer = await fetch(`/api/users?q=${encodeURIComponent(part)}&limit=${ASKED}`, { signal: question.signal });
    if (!answer.ok) return;
    const { users } = await answer.json();
    if (!users.length) nobody = lower(part);
    const found = users.map(({ id, name, online }) => ({ id: String(id), name, online }));
    offer([...neighbours().filter(has), ...found.filter(({ online }) => online), ...found]);
  } catch {
    // Something else is typed by now, or there is no connection: who is on the page is offered all the same.
  }
}

/** @param {HTMLTextAreaElement} here */
function look(here) {
  const sign = here.selectionStart === here.selectionEnd && SIGN.exec(here.value.slice(0, here.selectionStart));
  if (!sign || sign.index === done) {
    if (sign === null) done = -1;
    return field && close();
  }
  if (field === here && part === sign[1] && at === sign.index) return;
  if (field !== here || at !== sign.index) {
    close();
    nobody = "";
  }
  [field, at, part] = [here, sign.index, sign[1]];
  moved = false;
  clearTimeout(timer);
  question.abort();
  offer([...neighbours(), ...offered].filter(has));
  if (!nobody || !lower(part).startsWith(nobody)) timer = setTimeout(ask, TYPING_PAUSE);
}

/** How much of a text is words of this, which is plain. */
function lengthOf(words, text) {
  let length = 0;
  while (length < words.length && plain(text[length] ?? "") === words[length]) length += 1;
  while (length && /^[\p{L}\p{N}]{2}/u.test(text.slice(length - 1))) length -= 1;
  return length;
}

/** How much of a text is the rest of a name of which a part is typed, or its last words. */
function lengthOfRest(name, text) {
  const [whole, typed] = [plain(name), plain(part)];
  const rest = whole.includes(typed) ? whole.slice(whole.indexOf(typed) + typed.length) : "";
  const words = rest.split(/(?=[^\p{L}\p{N}])/u);
  return Math.max(...words.map((_, place) => lengthOf(words.slice(place).join(""), text)));
}

function take() {
  const [here, { name }, cursor] = [field, offered[chosen], field.selectionStart];
  const end = cursor + lengthOfRest(name, here.value.slice(cursor));
  const space = /^(?!@)[\s\p{P}]/u.test(here.value.slice(end)) ? "" : " ";
  done = at;
  close();
  write(here, `@${name}${space}`, done, end);
}

/** As if it were typed: then it can be undone. Not every browser does that. */
function write(here, text, start, end) {
  here.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, text)) return;
  here.setRangeText(text, start, end, "end");
  here.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function dismiss() {
  done = at;
  close();
}

function move(steps) {
  moved = true;
  choose(chosen + steps);
}

const KEYS = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: take, Tab: take, Escape: dismiss };

/** The input method's own keys are not for the list (229 is how Safari says so). */
function press(event) {
  const { key, isComposing, keyCode, shiftKey, ctrlKey, metaKey, altKey } = event;
  if (!offered.length || field !== event.target || isComposing || keyCode === 229) return;
  if (shiftKey || ctrlKey || metaKey || altKey || !Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  KEYS[key]();
}

list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
list.addEventListener("click", ({ target }) => {
  const row = target.closest("li");
  if (!row) return;
  chosen = [...list.children].indexOf(row);
  take();
});
document.addEventListener("selectionchange", () => field && look(field));
await style("mention.css");

const known = new WeakSet();

/** Complete names in this field from now on. @param {HTMLTextAreaElement} here */
export function completeNames(here) {
  if (known.has(here)) return;
  known.add(here);
  here.addEventListener("input", ({ inputType }) => {
    if (inputType?.startsWith("delete")) done = -1;
    look(here);
  });
  here.addEventListener("keydown", press, { capture: true }); // before Enter sends and Escape gives up
  here.addEventListener("blur", () => field === here && close());
  look(here);
}
