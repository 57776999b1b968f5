// A notification of the system, by the service worker where there is one: phones know no other. Then its click comes to
// the worker, which finds a tab of the room, or opens one, and says here which message is meant.

import { point } from "./acts.js";

const worker = navigator.serviceWorker;

/** @param {number} id of the message that the reader is to see */
function goTo(id) {
  const article = document.getElementById(`m${id}`);
  if (article) point(article);
  else location.assign(`/room?around=${id}#m${id}`);
}

/** @param {number} id of the message that a click leads to */
export async function notify(title, body, id) {
  // One takes the place of the other; the sound is ours.
  const options = { body, data: id, tag: "hubbub", renotify: true, silent: true };
  const registration = await worker?.getRegistration().catch(() => undefined); // forbidden: then without
  if (registration?.active) return registration.showNotification(title, options);
  const notification = new Notification(title, options);
  notification.addEventListener("click", () => {
    notification.close();
    focus();
    goTo(id);
  });
}

worker?.addEventListener("message", ({ data }) => goTo(data));
