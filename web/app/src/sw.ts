// Keeps the files of the client, so that it opens without a connection. Never anything of the API: messages are kept by the
// SDK, in IndexedDB, and are gone when one signs out.
declare const FILES: string[];
declare const BUILD: string;
const worker = self as unknown as ServiceWorkerGlobalScope;
const cacheName = `netherlink-${BUILD}`;
const pages = /^\/(?:$|sign-in$|sign-up$|c\/|friends$|rooms$|room\/|group\/|invite\/|settings)/;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(["/", "/favicon.svg", "/manifest.webmanifest", ...FILES]))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((all) => Promise.all(all.filter((one) => one !== cacheName).map((one) => caches.delete(one))))
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && pages.test(url.pathname)) {
    // The newest page if there is a connection; the kept one if there is none.
    event.respondWith(fetch(event.request).catch(async () => (await caches.match("/")) ?? Response.error()));
  } else if (url.pathname.startsWith("/assets/") || url.pathname === "/favicon.svg") {
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
  }
});

export {};
