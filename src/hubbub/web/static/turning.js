// A phone that is turned, or a window that gets another width, gives all messages another height. The reader's place is
// kept all the same; at the end the stylesheet does that.

import { firstInSight, isAtEnd, topOf } from "./log.js";

const scroll = document.getElementById("scroll");
let width = scroll.clientWidth;
/** Where the reader was when the window last had this width. @type {{id: string, top: number} | undefined} */
let place;
let noting = 0;

const distance = (id) => topOf(id) - scroll.getBoundingClientRect().top;

function note() {
  noting = 0;
  if (scroll.clientWidth !== width) return;
  const id = isAtEnd() ? undefined : firstInSight()?.id;
  place = id && { id, top: distance(id) };
}

function keep() {
  if (scroll.clientWidth === width) return;
  width = scroll.clientWidth;
  if (place) scroll.scrollTop += distance(place.id) - place.top;
}

scroll.addEventListener("scroll", () => (noting ||= requestAnimationFrame(note)), { passive: true });
new ResizeObserver(keep).observe(scroll);
note();
