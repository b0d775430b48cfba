// Harvests that are typed without a signal wait here, one by one under their uids, and are sent by the ordinary form.
(function () {
  "use strict";
  var place = document.getElementById("offline");
  if (!place) { return; }
  var shelf = "tianma-offline", page = "/app/offline", form = document.getElementById("entry");
  var prefix = "tianma-waiting/" + place.getAttribute("data-account") + "/";
  var find = field("find"), plot = field("plot"), weight = field("weight"), date = field("date"), last = field("last");
  var options = Array.prototype.slice.call(plot.querySelectorAll("option[data-for]"));
  var uid = fresh(), insisted = "", busy = false, leaving = false;

  function field(id) { return document.getElementById(id); }
  function say(name) { return place.getAttribute("data-" + name); }
  function show(element, text) { element.textContent = text; element.hidden = !text; }
  function fresh() {
    return Array.prototype.map.call(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return (256 + byte).toString(16).slice(1);
    }).join("");
  }
  function today() {
    var now = new Date();
    return now.getFullYear() + "-" + ("0" + (now.getMonth() + 1)).slice(-2) + "-" + ("0" + now.getDate()).slice(-2);
  }
  var live = JSON.parse(place.getAttribute("data-live"));
  function both(mg) { return window.tianmaAmounts.words(live, "mass", mg); }
  function weighed(text) {
    var one = window.tianmaAmounts.read(live, text);
    return one && one.measure === "mass" ? one.value : null;
  }

  // What waits.
  function waiting() {
    var entries = [];
    for (var i = 0; i < localStorage.length; i += 1) {
      var key = localStorage.key(i);
      if (key.indexOf(prefix) === 0) { entries.push(JSON.parse(localStorage.getItem(key))); }
    }
    return entries.sort(function (one, other) { return one.typed - other.typed; });
  }
  function keep(entry) { localStorage.setItem(prefix + entry.uid, JSON.stringify(entry)); }
  function drop(entry) { localStorage.removeItem(prefix + entry.uid); }
  function button(text, act) {
    var made = document.createElement("button");
    made.type = "button"; made.className = "plain"; made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }
  function line(entry) {
    var item = document.createElement("li"), said = document.createElement("p"), does = document.createElement("p");
    var name = document.createElement("b");
    name.textContent = entry.household;
    said.appendChild(name);
    said.appendChild(document.createTextNode(" " + entry.label + " · " + entry.weight + " = " + both(entry.mg) + " · " + entry.date));
    item.appendChild(said);
    if (entry.refused) {
      var wrong = document.createElement("p");
      wrong.className = "wrong"; wrong.textContent = say("refused") + entry.refused;
      item.appendChild(wrong);
    }
    does.className = "do";
    // What is on its way is neither changed nor deleted, nor what may have arrived although its answer was lost: sent again
    // as it is, it is answered as before.
    if (entry.tried) { said.appendChild(document.createTextNode(" · " + say("tried"))); }
    if (busy || entry.tried) { return item; }
    does.appendChild(button(say("mend"), function () { mend(entry); }));
    does.appendChild(button(say("drop"), function () { if (window.confirm(say("really"))) { drop(entry); list(); } }));
    item.appendChild(does);
    return item;
  }
  function list() {
    var entries = waiting(), shown = field("waiting"), mg = 0;
    shown.textContent = "";
    entries.forEach(function (entry) { mg += entry.mg; shown.appendChild(line(entry)); });
    show(field("waiting-total"), entries.length ? say("total") + " " + entries.length + " · " + both(mg) : "");
    field("send").hidden = entries.length === 0;
    field("send").disabled = busy;
  }

  // The form.
  function narrow(keepCode) {
    var words = find.value.trim().toLowerCase(), chosen = keepCode || plot.value;
    Array.prototype.slice.call(plot.querySelectorAll("optgroup")).forEach(function (group) { group.remove(); });
    var groups = {}, found = 0;
    options.forEach(function (option) {
      var household = option.getAttribute("data-household");
      if (words && (household + " " + option.textContent).toLowerCase().indexOf(words) < 0) { return; }
      var group = groups[option.getAttribute("data-for")];
      if (!group) {
        group = groups[option.getAttribute("data-for")] = document.createElement("optgroup");
        group.label = household;
        plot.appendChild(group);
      }
      group.appendChild(option);
      found += 1;
      if (option.value === chosen) { plot.value = chosen; }
    });
    if (!plot.querySelector("option[value='" + chosen + "']")) { plot.value = ""; }
    if (found === 1) { plot.value = plot.querySelector("option[data-for]").value; }
  }
  function mend(entry) {
    uid = entry.uid;
    find.value = ""; narrow(entry.plot);
    weight.value = entry.weight; date.value = entry.date; last.checked = entry.last;
    words(); weight.focus();
    form.scrollIntoView();
  }
  // What the server would find much, with its own figure: that much again for each 亩 of 2000/3 square metres.
  function much(option, mg) {
    var mu = Number(option.getAttribute("data-area")) * 3 / 2e7;
    var dug = Number(option.getAttribute("data-dug")) / 1e6 + mg / 1e6;
    waiting().forEach(function (entry) {
      if (entry.plot === option.value && entry.uid !== uid) { dug += entry.mg / 1e6; }
    });
    return mu > 0 && dug / mu > Number(say("usual")) ? say("much").replace("{n}", Math.round(dug / mu)) : "";
  }
  var hint = field("weight-words").textContent;
  function words() {
    var mg = weighed(weight.value), option = plot.selectedOptions[0];
    field("whose").textContent = option && option.value ? option.getAttribute("data-household") : "";
    if (mg === null) { field("weight-words").textContent = hint; return; }
    var doubt = option && option.value ? much(option, mg) : "";
    field("weight-words").textContent = "= " + both(mg) + (doubt ? " · " + doubt : "");
  }
  function typed() {
    var option = plot.selectedOptions[0], mg = weighed(weight.value);
    if (!option || !option.value) { return say("no-plot"); }
    if (mg === null || mg <= 0) { return say("no-unit"); }
    if (!date.value || date.value > today()) { return say("later"); }
    var entry = {
      uid: uid, "for": option.getAttribute("data-for"), plot: option.value, weight: weight.value.trim(), date: date.value,
      last: last.checked, mg: mg, household: option.getAttribute("data-household"), label: option.textContent, typed: Date.now()
    };
    var same = waiting().some(function (one) {
      return one.uid !== uid && one.plot === entry.plot && one.mg === mg && one.date === entry.date;
    });
    if (same && insisted !== uid) { insisted = uid; return say("twice") + " " + say("again"); }
    var doubt = much(option, mg);
    if (doubt && insisted !== uid) { insisted = uid; return doubt + " " + say("again"); }
    try { keep(entry); } catch (failure) { return say("full"); }
    show(field("entry-kept"), say("held") + entry.household + " " + both(mg));
    return "";
  }
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var wrong = busy && waiting().some(function (one) { return one.uid === uid; }) ? say("sending") : typed();
    show(field("entry-wrong"), wrong);
    field("entry-kept").hidden = Boolean(wrong);
    if (wrong) { return; }
    uid = fresh(); insisted = "";
    weight.value = ""; last.checked = false; find.value = "";
    narrow(); words(); list();
    show(field("outcome"), "");
  });
  find.addEventListener("input", function () { narrow(); words(); });
  [weight, plot].forEach(function (one) { one.addEventListener("input", words); });

  // Sending: the newest page for its token, then one entry after the other.
  function asked(address, body) {
    return fetch(address, { method: body ? "POST" : "GET", body: body, credentials: "same-origin", cache: "no-store" });
  }
  function text(answer) { return answer.text().then(function (html) { return new DOMParser().parseFromString(html, "text/html"); }); }
  // The newest page, if it is still that of the person whose entries these are.
  function renewed() {
    return asked(page).then(function (answer) {
      if (new URL(answer.url).pathname !== page) { return gone("signed-out"); }
      if (!answer.ok) { throw new Error("unclear"); }
      var copy = answer.clone();
      return text(answer).then(function (newest) {
        var theirs = newest.getElementById("offline");
        if (!theirs || theirs.getAttribute("data-account") !== place.getAttribute("data-account")) { return gone("another"); }
        return shelved(newest, copy).then(function () { return newest; });
      });
    });
  }
  // Names of households stay in no browser where somebody else, or nobody, is signed in.
  function gone(why) {
    return (window.caches ? caches.delete(shelf) : Promise.resolve()).then(function () { throw new Error(why); });
  }
  // The page with the files that it names, which a newer server calls otherwise; the page last, so that it is never alone.
  function shelved(newest, copy) {
    // Who signs out while the newest page comes in leaves none behind.
    if (!window.caches || leaving) { return Promise.resolve(); }
    var files = Array.prototype.map.call(newest.querySelectorAll("link[rel=stylesheet],script[src]"), function (file) {
      return new URL(file.getAttribute("href") || file.getAttribute("src"), window.location.origin).href;
    });
    return caches.open(shelf).then(function (open) {
      return open.addAll(files).then(function () { return leaving ? null : open.put(page, copy); }).then(function () { return open.keys(); })
        .then(function (kept) {
          return Promise.all(kept.map(function (one) {
            return files.indexOf(one.url) >= 0 || new URL(one.url).pathname === page ? null : open.delete(one);
          }));
        });
    });
  }
  function untried(entry) { entry.tried = entry.unanswered = false; keep(entry); }
  function sent(entry, csrf) {
    var body = new URLSearchParams({ csrf: csrf, uid: entry.uid, "for": entry["for"], plot: entry.plot, weight: entry.weight, date: entry.date });
    if (entry.last) { body.set("last", "1"); }
    entry.tried = true;
    // Where there is no room to note it, sending is what makes room.
    try { keep(entry); } catch (failure) { entry.tried = true; }
    return asked("/app/harvest/store", body).then(function (answer) {
      var path = new URL(answer.url).pathname;
      if (path === "/app/sign-in") { untried(entry); throw new Error("signed-out"); }
      if (answer.ok && path.indexOf("/app/records/") === 0) { drop(entry); return true; }
      if (answer.status === 429) { untried(entry); throw new Error("unclear"); }
      // What the service stumbles over keeps nothing else back: it waits, and goes last the next time.
      if (answer.status >= 500) { entry.unanswered = true; keep(entry); return false; }
      return text(answer).then(function (shown) {
        var wrong = Array.prototype.map.call(shown.querySelectorAll("#main .wrong"), function (one) {
          return one.textContent.trim();
        });
        entry.refused = wrong.join(" ") || String(answer.status);
        untried(entry);
        return false;
      });
    });
  }
  function send() {
    var stored = 0, all = waiting();
    var entries = all.filter(function (one) { return !one.unanswered; }).concat(all.filter(function (one) { return one.unanswered; }));
    // What is being changed is kept first: sent as it was, the change would come too late.
    if (entries.some(function (one) { return one.uid === uid; })) { show(field("outcome"), say("unfinished")); return; }
    if (!entries.length) { return; }
    field("entry-kept").hidden = true;
    busy = true; list(); show(field("outcome"), say("sending"));
    renewed().then(function (newest) {
      var csrf = newest.querySelector("form.out [name=csrf]").value;
      return entries.reduce(function (before, entry) {
        return before.then(function () { return sent(entry, csrf); }).then(function (one) {
          stored += one ? 1 : 0;
          show(field("outcome"), say("stored") + " " + stored + "/" + entries.length);
        });
      }, Promise.resolve());
    }).then(function () {
      return waiting().some(function (one) { return one.unanswered; }) ? say("unclear") : "";
    }, function (failure) {
      return say(["signed-out", "another", "unclear"].indexOf(failure.message) >= 0 ? failure.message : "no-signal");
    }).then(function (wrong) {
      busy = false;
      show(field("outcome"), (stored || !wrong ? say("stored") + " " + stored + "/" + entries.length + " " : "") + wrong);
      list();
    });
  }
  field("send").addEventListener("click", send);
  var out = document.querySelector("form.out");
  if (out) {
    out.addEventListener("submit", function (event) {
      leaving = !waiting().length || window.confirm(say("leaving"));
      if (!leaving) { event.preventDefault(); }
    });
  }
  window.addEventListener("storage", list);

  options.forEach(function (option) { option.setAttribute("data-household", option.parentNode.label); });
  if (!date.value || date.value > today()) { date.value = today(); }
  date.max = today();
  place.hidden = false;
  narrow(); words(); list();
  if (!navigator.serviceWorker || !window.caches) { field("not-kept").hidden = false; return; }
  if (navigator.storage && navigator.storage.persist) { navigator.storage.persist(); }
  navigator.serviceWorker.register(place.getAttribute("data-worker"))
    .then(function () { return navigator.serviceWorker.ready; })
    .then(renewed)
    .then(function () { field("kept").hidden = false; })
    // Without a signal the copy that is open says itself that it is kept.
    .catch(function (failure) {
      if (failure.message === "another") { show(field("outcome"), say("another")); }
      caches.match(page).then(function (copy) { field(copy ? "kept" : "not-kept").hidden = false; });
    });
})();
