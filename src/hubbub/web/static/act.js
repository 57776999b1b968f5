// Sends what the form of a message would, by `fetch`: the page stays.

import { complain } from "./composer.js";

/**
 * Do what a form would.
 * @param {string} path
 * @param {Record<string, string> | FormData} fields
 * @param {(words?: string) => void} [tell] shows a refusal, or with nothing that all is well; at the composer, if not given
 * @returns {Promise<boolean>} whether it is done
 */
export async function act(path, fields, tell = complain) {
  tell();
  try {
    const headers = { Accept: "application/problem+json" };
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" });
    if (answer.type === "opaqueredirect") return true;
    tell((await answer.json()).detail);
  } catch {
    tell("That did not get through. Try again.");
  }
  return false;
}

/** Where a message's forms go. @param {string} id of its element */
export const placeOf = (id, what) => `/messages/${id.slice(1)}/${what}`;
