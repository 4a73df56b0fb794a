/**
 * Keeps the app's own files, so that the page opens and says so when the node is stopped. Never keeps or answers
 * anything of the API: what people write stays in the node's encrypted store.
 */
const CACHE = "kith-__VERSION__";
const FILES = ["__FILES__"];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (/^\/(?:api|graphql|metrics|health|sign-in|openapi\.json|docs)/.test(url.pathname)) return;
  if (request.mode === "navigate") {
    // The node's own page first; the kept one when it does not answer.
    event.respondWith(fetch(request).catch(() => caches.match("/").then((kept) => kept ?? Response.error())));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(request)));
  }
});
