// The lobby: its people and counts stay current while somebody types a name. The form is never touched.

import { showConnection } from "./connection.js";
import { Frames } from "./frames.js";
import { forget } from "./kept.js";
import { loadWhenNear } from "./more.js";
import { place } from "./people.js";
import { Stream } from "./stream.js";

// Whoever is nobody here has left, in this tab or in another.
if (!document.querySelector("main a[href='/room']")) {
  forget();
  navigator.setAppBadge?.(0).catch(() => {}); // refused where there is no icon
}

const { rev } = document.getElementById("lobby").dataset;

const frames = new Frames(Number(rev), { people: place }, {
  around: (change) => change(),
  broken: () => stream.retreat(),
});
const stream = new Stream("lobby", () => frames.cursor, (html) => frames.receive(html), showConnection);
loadWhenNear("more-people", null, (url) => frames.load(url));
