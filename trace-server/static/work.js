// Reads the amounts of a form as they are typed, and sums them. Without it the server shows the sum on the next page.
(function () {
  "use strict";
  var grams = { "斤": 500, "市斤": 500, "公斤": 1000, "千克": 1000, kg: 1000, "克": 1, g: 1, "吨": 1e6, t: 1e6, "两": 50 };
  function plain(text) {
    return text.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 65248); })
      .replace(/,/g, "").trim().toLowerCase();
  }
  function read(text) {
    var found = /^([0-9]+(?:\.[0-9]+)?)\s*(\S+)$/.exec(plain(text));
    if (!found || !Object.prototype.hasOwnProperty.call(grams, found[2])) { return null; }
    return Number(found[1]) * grams[found[2]];
  }
  window.tianmaGrams = read;
  function sum(form) {
    var total = 0, rows = 0, unread = 0;
    form.querySelectorAll("[data-amount]").forEach(function (field) {
      var tick = field.closest("tr") && field.closest("tr").querySelector("[data-pick]");
      if ((tick && !tick.checked) || !field.value.trim()) { return; }
      var value = read(field.value);
      rows += 1;
      if (value === null) { unread += 1; } else { total += value; }
    });
    var place = form.querySelector("[data-total]");
    if (!place) { return; }
    place.hidden = rows === 0 || unread > 0;
    var kg = total / 1000;
    place.textContent = place.getAttribute("data-word") + " " + rows + " · " + kg.toLocaleString("en", { maximumFractionDigits: 3 }) +
      " kg（" + (kg * 2).toLocaleString("en", { maximumFractionDigits: 3 }) + " 斤）";
  }
  document.querySelectorAll("form[data-sum]").forEach(function (form) {
    form.addEventListener("input", function () { sum(form); });
    form.addEventListener("change", function () { sum(form); });
    var all = form.querySelector("[data-all]");
    if (all) {
      all.closest("label").hidden = false;
      all.addEventListener("change", function () {
        form.querySelectorAll("[data-pick]").forEach(function (tick) { tick.checked = all.checked; });
        sum(form);
      });
    }
    sum(form);
  });
})();
