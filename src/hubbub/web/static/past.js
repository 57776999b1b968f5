// A part of the past: further messages are loaded in both directions, and what is meant is in view. There is no
// stream here; the link back to the newest leads to it.

import { keepOneStop, point, walk } from "./acts.js";
import { offerSearch } from "./bar.js";
import { divideBefore } from "./divider.js";
import { Frames } from "./frames.js";
import { keepPlace, place } from "./log.js";
import { loadWhenNear } from "./more.js";
import "./people.js";
import { idOf } from "./span.js";

const scroll = document.getElementById("scroll");
const query = new URLSearchParams(location.search);

/** The link to what is new knows after which message that begins, and not with which. */
const isAround = (article) => idOf(article) >= Number(query.get("around"));

function meant() {
  if (query.has("after")) return document.querySelector("#log article");
  return query.has("around") ? [...document.querySelectorAll("#log article")].find(isAround) : undefined;
}

walk();
const article = meant();
if (location.hash === "#new") divideBefore(article);
if (article) point(article);
const frames = new Frames(0, { log: place }, {
  around(change) {
    keepPlace(change);
    keepOneStop();
  },
  broken: () => {},
});
offerSearch(frames);
loadWhenNear("older", scroll, (url) => frames.load(url));
loadWhenNear("newer", scroll, (url) => frames.load(url));
