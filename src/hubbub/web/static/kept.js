// The end of the conversation as this browser last saw it, for when there is no network. It is of one user at a time,
// and forgotten on leaving.

import { forThisBrowser } from "./memory.js";

const NAME = "hubbub.kept";

/** @typedef {{user: string, rows: string, at: number}} Kept rows are the markup of messages */

/** @param {Kept} kept */
export const keep = (kept) => forThisBrowser.keep(NAME, kept);
/** @returns {Kept | undefined} */
export const recall = () => forThisBrowser.recall(NAME);
export const forget = () => forThisBrowser.forget(NAME);
