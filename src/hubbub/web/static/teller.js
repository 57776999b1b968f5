// Which tab of this browser tells of a message: the first that claims it, and none while one has the focus. There are no
// locks without https, but transactions of a database are one after the other everywhere, for all tabs.

import { forThisBrowser } from "./memory.js";

const LOOKS = "hubbub.looks.";
const STORE = "told";
const { rev, user } = document.getElementById("room").dataset;
/** Says to other tabs that this one has the focus. */
const mark = LOOKS + Math.random();
let database;

const othersThatLook = () => forThisBrowser.names(LOOKS).filter((name) => name !== mark);

function look() {
  if (!document.hasFocus()) return;
  othersThatLook().forEach(forThisBrowser.forget); // only one has it: they ended without a word
  forThisBrowser.keep(mark, true);
}

/** Whether this tab or another has the focus. */
export const isLookedAt = () => document.hasFocus() || othersThatLook().length > 0;

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function open() {
  const opening = indexedDB.open("hubbub");
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return done(opening);
}

/**
 * Change the highest id that was told of, in one step for all tabs.
 * @param {(told: number) => number} change
 * @returns {Promise<number>} what it was
 */
async function exchange(change) {
  const store = (await (database ??= open())).transaction(STORE, "readwrite").objectStore(STORE);
  const told = (await done(store.get(user))) ?? 0;
  store.put(change(told), user);
  return told;
}

/**
 * @param {number[]} ids of messages, in their order
 * @returns {Promise<number>} those after this one no tab has claimed before; they are up to this tab now
 */
export async function claim(ids) {
  try {
    return await exchange((told) => Math.max(told, ids.at(-1)));
  } catch {
    return 0; // storage is forbidden: then each tab is on its own
  }
}

exchange((told) => (told > rev ? 0 : told)).catch(() => {}); // it is of another room's database
for (const sign of ["focus", "pageshow"]) addEventListener(sign, look);
for (const sign of ["blur", "pagehide"]) addEventListener(sign, () => forThisBrowser.forget(mark));
look();
