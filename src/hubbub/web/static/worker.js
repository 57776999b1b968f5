// The service worker: it answers when there is no network, and stays out of the way when there is one. Clicks on
// notifications come to it.
// The server puts two lines before this: VERSION, and FILES, the addresses of all static files.

const CACHE = `hubbub-${VERSION}`;
const OFFLINE = "/offline";

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll([OFFLINE, ...FILES]);
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/** A page comes from the network, or it is the offline page: never an old one. */
const page = (request) => fetch(request).catch(() => caches.match(OFFLINE));

/** A static file has its version in its address, so that it never changes. */
const file = async (request) => (await caches.match(request)) ?? fetch(request);

/** Have the room in front, at this message: the tab that was looked at last, or a new one. */
async function goTo(id) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const room = pages.find(({ url }) => new URL(url).pathname === "/room");
  if (!room) return clients.openWindow(`/room#m${id}`);
  room.postMessage(id);
  return room.focus();
}

self.addEventListener("install", (event) => {
  self.skipWaiting(); // no page depends on the worker that it began with
  event.waitUntil(fill());
});
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(file(request));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(goTo(event.notification.data));
});
