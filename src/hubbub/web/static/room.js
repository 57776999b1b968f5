// The room: wires stream, log, people, outbox and composer together. Whatever changes the conversation
// goes through `keepPlace`, so that it never moves under the reader's eyes.

import { actOnMessages, keepOneStop } from "./acts.js";
import { hear, say } from "./announcer.js";
import { offerSearch } from "./bar.js";
import { complain, compose } from "./composer.js";
import { showConnection } from "./connection.js";
import { Frames } from "./frames.js";
import { goToEnd, keepPlace, onNewest, place as placeMessage } from "./log.js";
import { forThisBrowser } from "./memory.js";
import { loadWhenNear } from "./more.js";
import { Outbox } from "./outbox.js";
import { place as placePerson } from "./people.js";
import { follow, reply } from "./replying.js";
import { beginAnew, isMoreBelow, isPaused } from "./span.js";
import { Stream } from "./stream.js";
import { onChoice, showUnsent } from "./unsent.js";

const { rev, user, maxBody } = document.getElementById("room").dataset;

/** Finds people, once somebody looks for them. @type {typeof import("./finder.js") | undefined} */
let finder;

/** Knows what is unread, a moment after the page is there. @type {typeof import("./unread.js") | undefined} */
let unread;

/** Shows who types, a moment after the page is there; and who that is. @type {typeof import("./typing.js") | undefined} */
let typing;
let typists = [[], false];

function showTypists(...now) {
  typists = now;
  typing?.showTyping(...now);
}

/** The page before the highest id there can be. */
const NEWEST = "/room?before=9223372036854775807";

/** @type {import("./stream.js").State} */
let state = "live";
/** What the outbox last held. @type {import("./outbox.js").Entry[]} */
let unsent = [];
/** Whether the author was told that something waits: then they are told as well when it is sent. */
let promised = false;

/** Called once nothing is on its way any more. */
let whenSent = () => {};

const isOnItsWay = ({ failed }) => failed === undefined;
const redraw = () => keepPlace(() => showUnsent(unsent, state));

const outbox = new Outbox(user, (text) => state === "live" && stream.send(text), (entries) => {
  unsent = entries;
  redraw();
  tellFate();
  if (!unsent.some(isOnItsWay)) whenSent();
});

/** Our own message with its key is the acknowledgement, whether or not the page has room to show it. */
function acknowledge(article) {
  if (article.dataset.user === user) outbox.acknowledge(article.dataset.key);
}

function refuse(refusal) {
  if (state !== "away" && outbox.refuse(refusal)) say(`Not sent: ${refusal.detail}`);
}

/** What tells who does not look, if that was chosen. */
async function alerts() {
  return forThisBrowser.recall("hubbub.alerts") && import("./alerts.js").catch(() => undefined);
}

const frames = new Frames(Number(rev), {
  people(person) {
    finder?.refreshFound(person);
    placePerson(person);
  },
  found: (person) => finder.placeFound(person),
  log(article, action) {
    placeMessage(article, action);
    follow(article);
    acknowledge(article);
  },
}, {
  around(change) {
    const attends = unread?.isAttending(); // asked before a change, after which all would have to be laid out
    const arrived = keepPlace((arriving) => {
      change();
      unread?.noteUnread(arriving, attends);
    });
    unread?.look();
    if (!isPaused()) hear(arrived);
    if (arrived.length) {
      alerts().then((loaded) => loaded?.alertOf(arrived));
      import("./pause.js").then(({ noteArrivals }) => noteArrivals(arrived.length), () => {}); // then nobody can pause
    }
    keepOneStop();
    arrived.forEach((article) => typing?.stopTyping(article));
  },
  broken: () => stream.retreat(),
  refuse,
  typing: showTypists,
});

/** An ordinary sending says nothing. */
function tellFate() {
  const waiting = unsent.filter(isOnItsWay);
  const late = waiting.some(({ note }) => note || state !== "live");
  if (late && !promised) say("What you wrote is kept, and will be sent later.");
  if (promised && !unsent.length) say("What you wrote is sent.");
  promised = waiting.length > 0 && (promised || late);
}

function tell(now) {
  const words = showConnection(now);
  if (now !== state) say(words);
  showTypists([], false); // a new stream is told anew
  state = now;
  whenSent = () => {}; // nobody expects an edit to open after an outage
  redraw();
  tellFate();
  if (now === "live") outbox.flush();
}

/** The newest messages may have been let go, or kept off the page. */
async function goToNewest() {
  try {
    if (isMoreBelow()) await frames.load(NEWEST, beginAnew);
    if (location.search) history.replaceState(null, "", "/room");
    goToEnd();
  } catch {
    // No connection: the link to them stays, and is tried again.
  }
}

const stream = new Stream("room", () => frames.cursor, (html) => frames.receive(html), tell, user);

document.querySelector("form[action='/leave']").addEventListener("submit", () => {
  stream.leaving = true;
});
onChoice({
  retry: (key) => outbox.retry(key),
  delete: (key) => outbox.delete(key),
});

const editing = () => import("./edit.js").catch(() => complain("That message cannot be edited now. Try again."));

/** A message that is on its way is waited for: else the one before it would be edited. */
async function editLast() {
  const field = document.activeElement;
  const loaded = await editing();
  if (state === "live" && unsent.some(isOnItsWay)) await new Promise((resolve) => (whenSent = resolve));
  if (field === document.activeElement && !field.value) loaded?.editLast();
}

compose(user, Number(maxBody), (body, replyTo) => {
  outbox.add(body, replyTo);
  unread?.endUnread();
  goToNewest();
}, editLast);
actOnMessages({
  reply,
  edit: async (article) => (await editing())?.edit(article),
});
onNewest(goToNewest);
const load = (url) => frames.load(url);
for (const id of ["older", "newer"]) loadWhenNear(id, document.getElementById("scroll"), load);
for (const id of ["more-people", "more-found"]) loadWhenNear(id, document.getElementById("side"), load);
document.getElementById("part").addEventListener("focus", async () => {
  finder = await import("./finder.js").catch(() => undefined); // then Enter finds them on a page
  finder?.findPeople(load);
}, { once: true });
alerts();
addEventListener("alerts", alerts);
addEventListener("storage", ({ key }) => key === "hubbub.alerts" && alerts()); // chosen in another tab
addEventListener("load", async () => {
  unread = await import("./unread.js").catch(() => undefined);
});
document.addEventListener("input", async ({ target }) => {
  if (!target.matches("textarea") || !target.value.includes("@")) return;
  const mention = await import("./mention.js").catch(() => undefined); // then names are typed to their end
  mention?.completeNames(target);
});
async function showShortcuts() {
  const shortcuts = await import("./shortcuts.js").catch(() => complain("The shortcuts did not get through. Try again."));
  shortcuts?.openShortcuts();
}

document.getElementById("shortcuts").addEventListener("click", showShortcuts);
addEventListener("keydown", (event) => {
  if (event.key !== "/" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  showShortcuts();
});
offerSearch(frames);
for (const article of document.querySelectorAll("#log article")) acknowledge(article);
if (location.search) import("./arrival.js").catch(() => {}); // then the browser finds the place, or nearly
// Nobody waits for these, so they come when all else is there; without a network the next page brings them.
addEventListener("load", async () => {
  import("./keeping.js").catch(() => {});
  import("./inviting.js").then(({ invite }) => invite(frames), () => {});
  import("./turning.js").catch(() => {});
  typing = await import("./typing.js").catch(() => undefined);
  typing?.showTyping(...typists);
  typing?.tellTyping((text) => state === "live" && stream.send(text));
});
