// Where a page opens whose address means a part of the past: at the message that is meant.

import { point } from "./acts.js";
import { idOf } from "./span.js";

const query = new URLSearchParams(location.search);
const articles = [...document.querySelectorAll("#log article")];

/** What is new begins after a message, which may have been of anybody: the link to it knows no other id. */
const isAround = (article) => idOf(article) >= Number(query.get("around"));

const meant = query.has("after") ? articles[0] : query.has("around") && articles.find(isAround);
if (meant) point(meant);
