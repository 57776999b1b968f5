// The service worker: it answers when there is no network, and stays out of the way when there is one.
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
