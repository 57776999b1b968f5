// The connection to the room. Frames come at least every two seconds, so silence is the one sign of trouble
// that needs no help from the network; every way out of trouble is to open again after the cursor.

/** More than two of audience.py's BEAT. */
const SILENCE_IS_TROUBLE = 2_400;
const SILENCE_IS_THE_END = 10_000;
const END_JITTER = 2_000;
const LISTEN_EVERY = 200;
const FIRST_RETRY = 500;
const LONGEST_RETRY = 5_000;
const STEADY_AFTER = 5_000;
const PROBE_AT_MOST_EVERY = 30_000;
const SESSION_HAS_LEFT = 4401;
const ANSWER_TO_LEAVING = 5_000;
/** A refusal says nothing of the room, except this one: its database is away. */
const REFUSAL = /^<turbo-stream action="refuse" target="(" code="unavailable")?/;

/** @typedef {"live" | "trouble" | "away"} State */

export class Stream {
  #socket = null;
  /** When the socket was opened, and when it was last heard (both by the wall clock: it counts sleep). */
  #opened = 0;
  #heard = 0;
  /** How much silence this socket is allowed. */
  #patience = 0;
  /** Openings in a row that came to nothing; decides the next wait. */
  #failures = 0;
  #retry = 0;
  #listening = 0;
  #state;
  /** Whether this page says that it leaves: the answer takes the session back, and going away now would cancel it. */
  leaving = false;
  /** When the session was last asked after. */
  #probed = 0;

  /**
   * @param {"room" | "lobby"} view
   * @param {() => number} cursor everything up to here is on the page
   * @param {(frame: string) => void} receive
   * @param {(state: State) => void} tell on each change, beginning anew with each socket
   * @param {string} [user] whose page this is: the session may be of somebody else when it opens again
   */
  constructor(view, cursor, receive, tell, user) {
    Object.assign(this, { view, cursor, receive, tell, user });
    addEventListener("online", () => this.reopen());
    addEventListener("offline", () => this.#turn("trouble"));
    document.addEventListener("visibilitychange", () => this.#wake());
    // An open socket would keep the page out of the back/forward cache.
    addEventListener("pagehide", () => this.#rest());
    addEventListener("pageshow", (event) => event.persisted && this.start());
    this.start();
  }

  start() {
    // Who was put aside may have left meanwhile: ask again, however short ago it was.
    this.#probed = 0;
    this.#listening = setInterval(() => this.#listen(), LISTEN_EVERY);
    this.reopen();
  }

  /** @returns {boolean} whether there was a socket to put it on; no proof that it arrived */
  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Give up the socket there is and open another at once. */
  reopen() {
    this.#failures = 0;
    this.#open();
  }

  /** Give up the socket and come back after a wait: what it sent could not be used. */
  retreat() {
    this.#drop();
    this.#turn("trouble");
    this.#later();
  }

  #open() {
    this.#drop();
    const address = new URL(`/stream?after=${this.cursor()}&view=${this.view}`, location.href);
    if (this.user) address.searchParams.set("page_of", this.user);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.#socket = new WebSocket(address, "hubbub.html"));
    let welcome = false;
    socket.onmessage = ({ data }) => {
      this.#hear(REFUSAL.exec(data));
      welcome = true;
      this.receive(data);
    };
    socket.onclose = ({ code }) => this.#lose(code, welcome);
    this.#state = "opening";
    this.#opened = this.#heard = Date.now();
    this.#patience = SILENCE_IS_THE_END + Math.random() * END_JITTER;
  }

  #drop() {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #hear(refusal) {
    this.#heard = Date.now();
    if (!refusal) this.#turn("live");
    else if (refusal[1]) this.#turn("away");
  }

  #lose(code, welcome) {
    this.#socket = null;
    if (code === SESSION_HAS_LEFT) return setTimeout(() => location.assign("/"), this.leaving ? ANSWER_TO_LEAVING : 0);
    if (Date.now() - this.#opened > STEADY_AFTER) this.#failures = 0;
    this.#turn("trouble");
    if (!welcome) this.#probe();
    this.#later();
  }

  /** Full jitter: after a restart everyone comes back, and should not come at the same moment. */
  #later() {
    const longest = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.#failures++);
    this.#retry = setTimeout(() => this.#open(), Math.random() * longest);
  }

  get #silence() {
    return Math.abs(Date.now() - this.#heard);
  }

  #listen() {
    if (this.#silence > SILENCE_IS_TROUBLE) this.#turn("trouble");
    if (this.#socket && this.#silence > this.#patience) this.#open();
  }

  #wake() {
    if (!document.hidden && (this.#state === "trouble" || this.#silence > SILENCE_IS_TROUBLE)) this.reopen();
  }

  #rest() {
    clearInterval(this.#listening);
    this.#drop();
  }

  #turn(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.tell(state);
  }

  /** A failed opening does not say why. A session that is gone shows as a redirect of the room page. */
  async #probe() {
    if (this.view !== "room" || Date.now() - this.#probed < PROBE_AT_MOST_EVERY) return;
    try {
      const answer = await fetch("/room", { redirect: "manual", cache: "no-store" });
      answer.body?.cancel();
      if (answer.type === "opaqueredirect") location.assign("/");
      else this.#probed = Date.now();
    } catch {
      // Nobody answers at all: opening again is what there is to do, and that goes on anyway.
    }
  }
}
