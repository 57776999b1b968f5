// Times as the reader writes them. The server knows no locale and no time zone, so it sends UTC,
// and every <time> that comes into the page passes through `show`.

const CHECK_FOR_MIDNIGHT = 60_000;
const clock = { hour: "numeric", minute: "2-digit" };
const sameDay = new Intl.DateTimeFormat(undefined, clock);
const sameYear = new Intl.DateTimeFormat(undefined, { ...clock, day: "numeric", month: "short" });
const anyDay = new Intl.DateTimeFormat(undefined, { ...clock, day: "numeric", month: "short", year: "numeric" });

function format(at, now) {
  if (at.toDateString() === now.toDateString()) return sameDay.format(at);
  return (at.getFullYear() === now.getFullYear() ? sameYear : anyDay).format(at);
}

/** Rewrite every <time> in `root`. @param {ParentNode} root */
export function show(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time")) time.textContent = format(new Date(time.dateTime), now);
}

let today = new Date().toDateString();
setInterval(() => {
  if (today === (today = new Date().toDateString())) return;
  show(document);
}, CHECK_FOR_MIDNIGHT);

show(document);
