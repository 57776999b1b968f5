// The page in place of all others while there is no network: the last messages, to be read only, and how many wait to be
// sent. It makes room for the page that was meant as soon as the server answers.

import { Frames } from "./frames.js";
import { recall } from "./kept.js";
import { entriesOf } from "./outbox.js";
import { show } from "./times.js";

const FIRST_LOOK = 2_000;
const SPREAD = 4_000; // after a restart everyone comes back, and should not come at the same moment

const kept = recall();

async function showKept({ user, rows, at }) {
  const words = document.getElementById("kept");
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  words.querySelector("span").append(time);
  show(words);
  words.hidden = false;
  document.getElementById("room").dataset.user = user;
  const { keepPlace, place } = await import("./log.js"); // it looks for whose page this is
  const frames = new Frames(0, { log: place }, { around: keepPlace, broken: () => {} });
  frames.receive(`<turbo-stream action="append" target="log"><template>${rows}</template></turbo-stream>`);
}

function showWaiting() {
  const { length } = entriesOf(kept.user).filter(({ failed }) => failed === undefined);
  const words = document.getElementById("waiting");
  words.hidden = !length;
  words.textContent = length === 1 ? "1 message waits to be sent." : `${length} messages wait to be sent.`;
}

async function look() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) return location.reload();
  } catch {
    // Still nobody.
  }
  setTimeout(look, FIRST_LOOK + Math.random() * SPREAD);
}

if (kept) {
  showKept(kept);
  showWaiting();
  addEventListener("storage", showWaiting); // a tab with the room has another
}
addEventListener("online", () => location.reload());
setTimeout(look, FIRST_LOOK + Math.random() * SPREAD);
