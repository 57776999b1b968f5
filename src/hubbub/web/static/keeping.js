// Makes the room ready for a time without a network: the service worker, and what it will have to show. Loaded once
// the room runs, as nobody waits for it. Without a secure address (http on a network) there is no worker.

import { forget, keep } from "./kept.js";
import { isMoreBelow } from "./span.js";

const MOST = 50;
const WORKER = "/worker.js";
const PARTS = "header, .quote, .body, .gone, .reactions";
const { user } = document.getElementById("room").dataset;

const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => WORKER });

/** As the server made it, without what is added for this page and what needs the network. @param {Element} article */
function bare(article) {
  const copy = article.cloneNode(true);
  copy.className = "message";
  for (const part of [...copy.children]) if (!part.matches(PARTS)) part.remove();
  copy.querySelector(".more")?.remove();
  for (const button of copy.querySelectorAll("button")) button.disabled = true;
  return copy;
}

function keepTheEnd() {
  if (isMoreBelow()) return; // what was kept before is newer
  const rows = document.createElement("div");
  rows.append(...[...document.querySelectorAll("#log article")].slice(-MOST).map(bare));
  if (rows.getHTML) keep({ user, rows: rows.getHTML(), at: Date.now() });
}

const keepWhenHidden = () => document.hidden && keepTheEnd();

addEventListener("pagehide", keepTheEnd);
document.addEventListener("visibilitychange", keepWhenHidden);
document.querySelector("form[action='/leave']").addEventListener("submit", () => {
  removeEventListener("pagehide", keepTheEnd);
  document.removeEventListener("visibilitychange", keepWhenHidden);
  forget();
});
navigator.serviceWorker?.register(policy?.createScriptURL("") ?? WORKER).catch(() => {}); // forbidden: then without
