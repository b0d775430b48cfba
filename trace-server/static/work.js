// Says while people type what the server says on its next page: the sum, what stays in each batch, the ratio against
// the usual one, how many packages. Units, sentences and figures stand in the form's data-live; the server judges.
(function () {
  "use strict";
  function fill(sentence, gaps) {
    return sentence.replace(/\{([a-z]+)\}/g, function (whole, name) { return gaps[name]; });
  }
  function plain(text) {
    return text.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 65248); })
      .replace(/,/g, "").trim().toLowerCase();
  }
  // An amount in base units with its measure, or null.
  function readBy(live, text) {
    var found = /^([0-9]+(?:\.[0-9]+)?)\s*(\S+)$/.exec(plain(text)), one = null;
    Object.keys(live.units).forEach(function (measure) {
      var units = live.units[measure];
      if (found && Object.prototype.hasOwnProperty.call(units, found[2])) {
        one = { measure: measure, value: Math.round(Number(found[1]) * units[found[2]]) };
      }
    });
    return one;
  }
  function amountBy(live, measure, value) {
    function number(value) { return value.toLocaleString("en", { maximumFractionDigits: 6, useGrouping: live.grouped }); }
    if (measure === "mass") { return fill(live.mass, { kg: number(value / 1e6), jin: number(value / 5e5) }); }
    return fill(value === 1 ? live.piece : live.pieces, { n: number(value) });
  }
  // For the page that has no server to ask.
  window.tianmaAmounts = { read: readBy, words: amountBy };
  function follow(form) {
    var live = JSON.parse(form.getAttribute("data-live"));
    function read(text) { return readBy(live, text); }
    function amount(measure, value) { return amountBy(live, measure, value); }
    function all(css) { return Array.prototype.slice.call(form.querySelectorAll(css)); }
    function named(name) { var field = form.elements[name]; return field && field.value ? field.value.trim() : ""; }
    // What these fields hold together; null while one cannot be read or is of another measure.
    function total(fields) {
      var sum = { rows: 0, measure: null, value: 0 };
      fields.forEach(function (field) {
        if (!field.value.trim() || !sum) { return; }
        var one = read(field.value);
        if (!one || (sum.measure && sum.measure !== one.measure)) { sum = null; return; }
        sum = { rows: sum.rows + 1, measure: one.measure, value: sum.value + one.value };
      });
      return sum && sum.rows ? sum : null;
    }
    function row(field) { return field.closest("tr"); }
    function taken() {
      return all("[data-amount]").filter(function (field) {
        var tick = row(field) && row(field).querySelector("[data-pick]");
        return !tick || tick.checked;
      });
    }
    function left(measure, holds, value) {
      var over = value > holds;
      return { "class": over ? "bad" : "good", words: fill(over ? live.over : live.left, { amount: amount(measure, Math.abs(holds - value)) }) };
    }
    function rests(fields) {
      all("[data-left]").forEach(function (place) { place.hidden = true; });
      fields.forEach(function (field) {
        var place = row(field) && row(field).querySelector("[data-left]"), one = read(field.value);
        if (!place || !one || one.measure !== row(field).getAttribute("data-measure")) { return; }
        var said = left(one.measure, Number(row(field).getAttribute("data-holds")), one.value);
        place.textContent = said.words;
        place.className = "left " + said["class"];
        place.hidden = false;
      });
    }
    function judged(scale, dry, fresh) {
      var over = scale.above.filter(function (one) { return dry * 10000 > one[0] * fresh; })[0];
      return over ? over[1] : dry * 10000 < scale.below[0] * fresh ? scale.below[1] : scale.usual;
    }
    function ratio(step, fields, input, made) {
      var forms = fields.map(function (field) { return row(field).getAttribute("data-form"); });
      var form = forms.every(function (one) { return one === forms[0]; }) ? forms[0] : "";
      var scale = step.scales[form];
      var usual = judged(scale, made, input), parts = Math.floor(made * 10000 / input) + 50;
      var gaps = { share: (Math.floor(parts / 100) / 100).toFixed(2), inverse: (Math.floor(input * 100 / made) / 100).toFixed(2) };
      return [{ "class": usual["class"], words: fill(step.ratio, gaps) }, usual];
    }
    function step(fields) {
      var input = total(fields), output = total(all("[data-out]")), said = [];
      if (output) { said.push({ "class": "good", words: fill(live.step.made, { amount: amount(output.measure, output.value) }) }); }
      if (named("codes")) { return said.concat({ "class": "warn", words: live.step.scanned }); }
      if (!input || !output) { return said; }
      var made = output.value, products = all("[data-out]").filter(function (field) { return field.value.trim(); })
        .map(function (field) { return row(field).querySelector("[data-product]").value; });
      if (form.elements.per_unit) {
        var each = read(named("per_unit"));
        if (!each || each.measure !== "mass") { return said; }
        made *= each.value;
      } else if (output.measure !== input.measure) { return said; }
      if (products.indexOf("") >= 0) { return said; }
      if (products.some(function (one) { return live.step.dries.indexOf(one) >= 0; })) { return said.concat(ratio(live.step, fields, input.value, made)); }
      if (made > input.value) { return said.concat(live.step.gain); }
      var lost = Math.floor((input.value - made) * 1000 / input.value);
      return said.concat({ "class": "good", words: fill(live.step.loss, { share: (lost / 10).toFixed(1) }) });
    }
    function pack() {
      var net = read(named("net")), packed = read(named("amount"));
      if (!net || !packed || !net.value || net.measure !== packed.measure) { return []; }
      var whole = Math.floor(packed.value / net.value), rest = packed.value % net.value;
      var gaps = { n: whole, net: amount(net.measure, net.value), amount: amount(net.measure, packed.value - rest) };
      var said = [{ "class": "good", words: fill(live.pack.whole, gaps) }];
      if (rest) { said.push({ "class": "warn", words: fill(live.pack.broken, { amount: amount(net.measure, rest) }) }); }
      return said.concat(left(net.measure, live.pack.holds, packed.value));
    }
    function tell() {
      var fields = taken(), sum = total(fields), place = form.querySelector("[data-total]");
      if (place) {
        place.hidden = !sum;
        if (sum) { place.textContent = place.getAttribute("data-word") + " " + sum.rows + " · " + amount(sum.measure, sum.value); }
      }
      rests(fields);
      var said = form.querySelector("[data-said]");
      if (!said) { return; }
      said.textContent = "";
      (live.step ? step(fields) : live.pack ? pack() : []).forEach(function (one) {
        var line = document.createElement("p");
        line.className = one["class"];
        line.textContent = one.words;
        said.appendChild(line);
      });
    }
    form.addEventListener("input", tell);
    form.addEventListener("change", tell);
    var every = form.querySelector("[data-all]");
    if (every) {
      every.closest("label").hidden = false;
      every.addEventListener("change", function () {
        all("[data-pick]").forEach(function (tick) { tick.checked = every.checked; });
        tell();
      });
    }
    tell();
  }
  document.querySelectorAll("form[data-live]").forEach(follow);
})();
