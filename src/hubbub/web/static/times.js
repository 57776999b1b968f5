// Times as the reader writes them. The server knows no locale and no time zone, so it sends UTC,
// and every <time> that comes into the page passes through `show`.

const LOOK_EVERY = 20_000;
const MINUTE = 60_000;
const clock = { hour: "numeric", minute: "2-digit" };
const sameDay = new Intl.DateTimeFormat(undefined, clock);
const sameYear = new Intl.DateTimeFormat(undefined, { ...clock, day: "numeric", month: "short" });
const anyDay = new Intl.DateTimeFormat(undefined, { ...clock, day: "numeric", month: "short", year: "numeric" });
/** Words, and so in the language of the words around them. */
const ago = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

function format(at, now) {
  if (at.toDateString() === now.toDateString()) return sameDay.format(at);
  return (at.getFullYear() === now.getFullYear() ? sameYear : anyDay).format(at);
}

/** When somebody was last seen: how long ago, or after a day when. */
function formatSeen(at, now) {
  const minutes = Math.max(0, Math.floor((now - at) / MINUTE));
  if (minutes < 60) return ago.format(-minutes, "minute");
  return minutes < 24 * 60 ? ago.format(-Math.floor(minutes / 60), "hour") : format(at, now);
}

/** Rewrite every <time> in `root`. @param {ParentNode} root */
export function show(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time")) {
    const words = (time.closest("[data-online]") ? formatSeen : format)(new Date(time.dateTime), now);
    if (time.textContent !== words) time.textContent = words;
  }
}

let today = new Date().toDateString();
setInterval(() => {
  const isNewDay = today !== (today = new Date().toDateString());
  for (const root of isNewDay ? [document] : document.querySelectorAll(".people")) show(root);
}, LOOK_EVERY);

show(document);
