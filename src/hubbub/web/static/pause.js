// A room that says more than anybody can read offers a pause: what comes is counted, and shown when the reader goes on.

import { countUnseen } from "./log.js";
import { isMoreBelow, pause } from "./span.js";

const BUSY = 25;
const WITHIN = 5_000;
const button = document.getElementById("pause");

/** When the last messages came, the oldest first. @type {number[]} */
let times = [];
let timer = 0;

/** @param {number} count of messages that came just now */
export function noteArrivals(count) {
  const now = Date.now();
  for (let one = 0; one < Math.min(count, BUSY); one++) times.push(now);
  look();
}

function look() {
  times = times.slice(-BUSY).filter((time) => time > Date.now() - WITHIN);
  button.hidden = times.length < BUSY || isMoreBelow();
  clearTimeout(timer);
  if (!button.hidden) timer = setTimeout(look, WITHIN);
}

button.addEventListener("click", () => {
  pause();
  countUnseen(0);
  document.getElementById("newest").focus();
  look();
});
