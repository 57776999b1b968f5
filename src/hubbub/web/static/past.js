// A part of the past: further messages are loaded in both directions, and what is meant is in view. There is no
// stream here; the link back to the newest leads to it.

import { keepOneStop, point, walk } from "./acts.js";
import { Frames } from "./frames.js";
import { keepPlace, place } from "./log.js";
import { loadWhenNear } from "./more.js";
import "./people.js";

const scroll = document.getElementById("scroll");
const query = new URLSearchParams(location.search);
const since = query.get("since");

const isSince = (article) => new Date(article.querySelector("header time").dateTime) >= new Date(since);

function meant() {
  if (since) return [...document.querySelectorAll("#log article")].find(isSince);
  if (query.has("after")) return document.querySelector("#log article");
  return document.getElementById(`m${query.get("around")}`);
}

walk();
const article = meant();
if (article) point(article);
const frames = new Frames(0, { log: place }, {
  around(change) {
    keepPlace(change);
    keepOneStop();
  },
  broken: () => {},
});
loadWhenNear("older", scroll, (url) => frames.load(url));
loadWhenNear("newer", scroll, (url) => frames.load(url));
