// Lets the page for harvests without a signal open without one. Everything else goes to the network as ever.
(function () {
  "use strict";
  var shelf = "tianma-offline", page = "/app/offline", patience = 5000;
  self.addEventListener("install", function () { self.skipWaiting(); });
  self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });

  // The page that is kept, if one is; its query tells only the language. Asking makes no shelf.
  function kept() { return caches.match(page, { cacheName: shelf }); }

  // From the network; where it fails, or takes too long for a page that is kept, what is kept.
  function answered(request) {
    var network = fetch(request);
    var here = new URL(request.url).pathname === page;
    var waited = here && new Promise(function (resolve) { setTimeout(resolve, patience); }).then(kept);
    var first = here ? Promise.race([network, waited.then(function (copy) { return copy || network; })]) : network;
    return first.then(function (answer) {
      if (here && answer.type === "opaqueredirect") { return caches.delete(shelf).then(function () { return answer; }); }
      if (!here || answer.status < 500) { return answer; }
      return kept().then(function (copy) { return copy || answer; });
    }, function (failure) {
      return kept().then(function (copy) {
        if (!copy) { throw failure; }
        return here ? copy : Response.redirect(new URL(page, self.location.origin).href, 302);
      });
    });
  }

  self.addEventListener("fetch", function (event) {
    var request = event.request, address = new URL(request.url);
    if (address.origin !== self.location.origin) { return; }
    if (request.method === "POST" && (address.pathname === "/app/sign-out" || address.pathname === "/app/sign-in")) {
      // Names of households stay with nobody who is not signed in, nor with the next one who is; what waits to be sent has
      // a place of its own. Without a signal nothing has ended, and the page stays.
      event.respondWith(fetch(request).then(function (answer) {
        return caches.delete(shelf).then(function () { return answer; });
      }));
    } else if (request.method === "GET" && request.mode === "navigate") {
      event.respondWith(answered(request));
    } else if (request.method === "GET" && address.pathname.indexOf("/static/") === 0) {
      event.respondWith(caches.match(request).then(function (copy) { return copy || fetch(request); }));
    }
  });
})();
