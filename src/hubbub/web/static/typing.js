// Who is typing: said to the server while this person does, and shown in words beside the composer. Screen readers
// are not told: it would never let anyone finish a sentence.

const SAY_EVERY = 2_000;
const NAMED = 3;
const line = document.getElementById("typing");
const { user } = document.getElementById("room").dataset;

/** Everybody else who types, by id, and whether there are more than were named. @type {Map<string, HTMLElement>} */
let typists = new Map();
let more = false;

function draw() {
  const names = [...typists.values()];
  if (more || names.length > NAMED) return line.replaceChildren("Several people are typing…");
  const joined = names.flatMap((name, place) => [place ? ", " : "", name]);
  if (names.length > 1) joined.splice(-2, 1, " and ");
  line.replaceChildren(...joined, ["", " is typing…"][names.length] ?? " are typing…");
}

/**
 * @param {HTMLElement[]} names of the first few who type
 * @param {boolean} others whether there are more
 */
export function showTyping(names, others) {
  typists = new Map(names.map((name) => [name.dataset.user, name]));
  typists.delete(user);
  more = others;
  draw();
}

/** Somebody's message came: they type no more. @param {HTMLElement} article */
export function stopTyping(article) {
  if (typists.delete(article.dataset.user)) draw();
}

/** @param {(text: string) => boolean} send */
export function tellTyping(send) {
  let said = -Infinity;
  document.getElementById("body").addEventListener("input", ({ target }) => {
    if (!target.value.trim() || performance.now() - said < SAY_EVERY) return;
    if (send(JSON.stringify({ typing: true }))) said = performance.now();
  });
}
