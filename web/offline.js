// A service worker: the page is there without a network as well, and what it has loaded once. A reload asks the server
// first.
const STORE = "latentcodec";
const PAGE = ["./", "index.html", "style.css", "page.js", "worker.js", "latentcodec.js", "lossless.js", "lossless_bg.wasm"];

// The page has loaded its files before this worker sees what it asks for.
self.addEventListener("install", (event) => event.waitUntil(caches.open(STORE).then((store) => store.addAll(PAGE))));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && new URL(event.request.url).origin === self.location.origin) {
    event.respondWith(answer(event.request));
  }
});

async function answer(request) {
  const store = await caches.open(STORE);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) {
      await store.put(request, fresh.clone());
    }
    return fresh;
  } catch (error) {
    const kept = await store.match(request, { ignoreSearch: true });
    if (kept) {
      return kept;
    }
    throw error;
  }
}
