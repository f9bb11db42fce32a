// Shows a page of its own when the home cannot be reached. Nothing personal is
// ever kept by the browser: only that page and its style.
const shelf = "offline:STYLE";
const kept = ["/offline", "STYLE"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(shelf).then((cache) => cache.addAll(kept)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== shelf).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("/offline")));
  } else if (request.url.endsWith("STYLE")) {
    event.respondWith(fetch(request).catch(() => caches.match("STYLE")));
  }
});
