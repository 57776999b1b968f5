// What was written and is not known to be stored. A message leaves the outbox only when it comes back
// with its key, or when its author deletes it; until then it is kept in the browser and sent again.

import { forThisBrowser } from "./memory.js";

const ANSWER_WITHIN = 10_000;
const UNAVAILABLE_WAIT = 2_000;

/** @typedef {{key: string, body: string, replyTo?: import("./replying.js").Quote, at: number, failed?: string, note?: string}} Entry */

/** crypto.randomUUID exists only in secure contexts, and http on a LAN address is none. */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const prefixOf = (user) => `hubbub.outbox.${user}.`;

/** What this browser keeps of a user's, in the order of writing. @returns {Entry[]} */
export function entriesOf(user) {
  const kept = forThisBrowser.names(prefixOf(user)).map((name) => forThisBrowser.recall(name));
  return kept.filter(Boolean).sort((a, b) => a.at - b.at);
}

export class Outbox {
  /** In the order of writing. @type {Entry[]} */
  #entries;
  /** The key on its way. One at a time: were two, a refusal of the first would let the second overtake it. */
  #sending = null;
  /** No sending before this moment, because the server asked for it. */
  #notBefore = 0;
  #timer = 0;

  /**
   * @param {string} user
   * @param {(text: string) => boolean} send whether it could be handed to a socket
   * @param {(entries: Entry[]) => void} show
   */
  constructor(user, send, show) {
    Object.assign(this, { send, show });
    // One name for each message, so that two tabs of one person do not overwrite each other's.
    this.prefix = prefixOf(user);
    this.#entries = entriesOf(user);
    show(this.#entries);
  }

  add(body, replyTo) {
    this.#put({ key: newKey(), body, replyTo });
  }

  retry(key) {
    const entry = this.#take(key);
    if (entry) this.#put({ key, body: entry.body, replyTo: entry.replyTo });
  }

  delete(key) {
    this.#take(key);
    this.show(this.#entries);
  }

  /** The room shows the message with this key. */
  acknowledge(key) {
    if (!this.#take(key)) return;
    if (this.#sending === key) this.flush();
    this.show(this.#entries);
  }

  /**
   * @param {{key: string, code: string, detail: string, wait: number}} refusal without a key it means what is on its way
   * @returns {boolean} whether it has failed, and waits for its author
   */
  refuse({ key, code, detail, wait }) {
    const entry = this.#find(key || this.#sending);
    if (!entry) return false;
    if (this.#sending === entry.key) this.#sending = null;
    if (wait > 0 || code === "unavailable") {
      entry.note = detail;
      this.#wait(wait * 1000 || UNAVAILABLE_WAIT);
    } else {
      entry.failed = detail;
      forThisBrowser.keep(this.prefix + entry.key, entry);
      this.flush();
    }
    this.show(this.#entries);
    return entry.failed !== undefined;
  }

  /** Send the first that has not failed: with a new stream it is the first again, whatever was on its way. */
  flush() {
    clearTimeout(this.#timer);
    this.#sending = null;
    const entry = this.#entries.find(({ failed }) => failed === undefined);
    const early = this.#notBefore - Date.now();
    if (!entry) return;
    if (early > 0) return this.#wait(early);
    const { key, body, replyTo } = entry;
    if (!this.send(JSON.stringify({ say: { key, body, reply_to: replyTo?.id } }))) return;
    this.#sending = key;
    this.#timer = setTimeout(() => this.flush(), ANSWER_WITHIN);
  }

  #wait(time) {
    this.#notBefore = Date.now() + time;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), time);
  }

  #put({ key, body, replyTo }) {
    const at = Math.max(Date.now(), (this.#entries.at(-1)?.at ?? 0) + 1);
    this.#entries.push({ key, body, replyTo, at });
    forThisBrowser.keep(this.prefix + key, { key, body, replyTo, at });
    if (!this.#sending) this.flush();
    this.show(this.#entries);
  }

  #find(key) {
    return this.#entries.find((entry) => entry.key === key);
  }

  #take(key) {
    const entry = this.#find(key);
    if (!entry) return undefined;
    this.#entries = this.#entries.filter((other) => other !== entry);
    forThisBrowser.forget(this.prefix + key);
    return entry;
  }
}
