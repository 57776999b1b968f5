// Which tab of this browser tells of a message: the first of them, and none while one has the focus.
//
// Each tab holds a lock that says since when it is there, and another while it has the focus. Tabs see the same locks
// at the same time, whatever process they are in, and one that crashes holds none; what one keeps in storage, others may
// see too late. So for each message every tab looks at the locks, and all come to the same answer.

import { forThisBrowser } from "./memory.js";

const LOOKS = ".looks";
const { user } = document.getElementById("room").dataset;
const tabs = `hubbub.tab.${user}.`;
const tab = `${tabs}${Date.now()}.${Math.random()}`;
/** Without https there are no locks: then the tab that was looked at last tells, as long as it is there. */
const { locks } = navigator;
const lookedAtLast = `hubbub.looked.${user}`;

/** Each ends a lock. */
let [goAway, lookAway] = [null, null];

/** Hold a lock until what is returned is called. */
function hold(name) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  locks?.request(name, { mode: "shared" }, () => held);
  return release;
}

function come() {
  goAway ??= hold(tab);
  look();
}

function go() {
  goAway?.();
  goAway = null;
  stopLooking();
  if (!locks && forThisBrowser.recall(lookedAtLast) === tab) forThisBrowser.forget(lookedAtLast);
}

function look() {
  if (lookAway || !document.hasFocus()) return;
  lookAway = hold(tab + LOOKS);
  if (!locks) forThisBrowser.keep(lookedAtLast, tab);
}

function stopLooking() {
  lookAway?.();
  lookAway = null;
}

/** Whether it is up to this tab now. */
export async function tells() {
  if (document.hasFocus()) return false;
  if (!locks) return (forThisBrowser.recall(lookedAtLast) ?? tab) === tab;
  const { held } = await locks.query();
  const names = held.map(({ name }) => name).filter((name) => name.startsWith(tabs) && name !== tab + LOOKS);
  return names.sort()[0] === tab && !names.some((name) => name.endsWith(LOOKS));
}

addEventListener("focus", look);
addEventListener("blur", stopLooking);
addEventListener("pageshow", come);
addEventListener("pagehide", go);
come();
