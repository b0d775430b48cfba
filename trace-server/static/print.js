// Shows how far a print run on a printer is. Without it the page loads itself anew every few seconds.
(function () {
  "use strict";
  var place = document.querySelector("[data-run]");
  if (!place) { return; }
  var version = place.getAttribute("data-version");
  function show(run) {
    if (String(run.version) !== version) { window.location.reload(); return; }
    place.querySelector("[data-done]").textContent = run.done;
    var bar = place.querySelector("progress");
    bar.value = run.done;
    window.setTimeout(ask, 1000);
  }
  function ask() {
    fetch(place.getAttribute("data-run"), { credentials: "same-origin", cache: "no-store" })
      .then(function (answer) { if (!answer.ok) { throw new Error(answer.status); } return answer.json(); })
      .then(show)
      .catch(function () { window.setTimeout(ask, 5000); });
  }
  ask();
})();
