/**
 * Service worker of the site: all files are kept, so that it works without a connection.
 *
 * tools/site.py writes two constants above this text: VERSION, a digest of all files, and FILES,
 * their paths relative to this one. Names below assets/ carry a digest of their content: what is
 * kept is served. All others are asked for first, since they change, and served as kept without an
 * answer. A new version is installed beside the old one, and used once no page of the old is open.
 */

/* global VERSION, FILES */

const PREFIX = `convscope-course ${new URL("./", self.location.href).pathname} `;
const NAME = PREFIX + VERSION;
const WAIT_MS = 4000;
const AT_ONCE = 6; // requests at a time

const addressOf = (file) => new URL(file, self.location.href).href;

/** Keep a file: from the version before if it carries its digest in its name, else loaded. */
async function keep(cache, file) {
  const address = addressOf(file);
  if (await cache.match(address)) return;
  const known = file.startsWith("assets/") ? await caches.match(address) : undefined;
  const response = known ?? (await fetch(address, { cache: "no-cache" }));
  if (!response.ok) throw new Error(`${file}: status ${response.status}`);
  await cache.put(address, response);
}

async function install() {
  const cache = await caches.open(NAME);
  const left = [...FILES];
  const work = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) await keep(cache, file);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The kept copy of a request; a folder is its index.html, and an address may have a query. */
async function kept(request) {
  const cache = await caches.open(NAME);
  const url = new URL(request.url);
  const path = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
  return cache.match(url.origin + path);
}

async function answer(event) {
  const { request } = event;
  const copy = await kept(request);
  if (!copy) return fetch(request);
  if (request.url.includes("/assets/")) return copy;
  const fresh = fetch(request, { cache: "no-cache" });
  const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS, copy));
  event.waitUntil(fresh.catch(() => undefined));
  // 404 of a captive network or of a file that is gone: the kept copy is better
  return Promise.race([fresh.then((response) => (response.ok ? response : copy)), late]).catch(
    () => copy,
  );
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const isOwn = event.request.url.startsWith(new URL("./", self.location.href).href);
  if (event.request.method === "GET" && isOwn) event.respondWith(answer(event));
});
