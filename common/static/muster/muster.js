// Charts, the running timer, the theme switch, confirmations and htmx failures. Data comes from
// <script type="application/json">; colours come from CSS variables, so light and dark need no second set of data.
(function () {
  "use strict";
  var drawn = new Map(); // canvas -> Chart, so that a theme change or a swap draws it anew

  function token(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  function resolved(name) { // turns light-dark() into the colour in force
    var probe = document.createElement("i"); probe.hidden = true;
    probe.style.color = "var(" + name + ")"; document.body.appendChild(probe);
    var color = getComputedStyle(probe).color; probe.remove(); return color;
  }
  function data(canvas) { return JSON.parse(document.getElementById(canvas.dataset.source).textContent); }

  function hatch(line, ground) { // pending: counted, not yet approved
    var tile = document.createElement("canvas"); tile.width = tile.height = 6;
    var pen = tile.getContext("2d"); pen.fillStyle = ground; pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = line; pen.lineWidth = 1.4; pen.beginPath();
    pen.moveTo(-1, 7); pen.lineTo(7, -1); pen.moveTo(-4, 4); pen.lineTo(4, -4); pen.moveTo(2, 10); pen.lineTo(10, 2);
    pen.stroke(); return pen.createPattern(tile, "repeat");
  }

  function moneyTicks(d) {
    var format = new Intl.NumberFormat(d.locale || "en", { style: "currency", currency: d.currency || "USD", maximumFractionDigits: 0 });
    return function (value) { return format.format(value); };
  }

  function earnings(canvas) {
    var d = data(canvas), accent = resolved("--m-accent-strong"), mid = resolved("--m-accent-mid"), soft = resolved("--m-accent-soft");
    var fills = { paid: accent, in_cycle: mid, approved: soft, pending: hatch(accent, resolved("--m-surface")) };
    return new Chart(canvas, {
      type: "bar",
      data: { labels: d.labels, datasets: d.states.map(function (s) {
        return { label: s.label, data: s.values, backgroundColor: fills[s.key], borderColor: accent,
          borderWidth: s.key === "pending" || s.key === "approved" ? 1 : 0, borderSkipped: false, barPercentage: 0.78, categoryPercentage: 0.9 };
      }) },
      options: { animation: false, maintainAspectRatio: false, plugins: { legend: { display: false } },
        scales: { x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 8 } },
          y: { stacked: true, beginAtZero: true, border: { display: false }, grid: { color: resolved("--m-line") }, ticks: { maxTicksLimit: 5, callback: moneyTicks(d) } } } }
    });
  }

  function band(canvas) {
    var d = data(canvas), accent = resolved("--m-accent-strong");
    var flat = { pointRadius: 0, borderWidth: 0, order: 2 }; // a lower order lies on top
    var sets = [
      Object.assign({ label: "90 % interval, low", data: d.low, fill: false }, flat),
      Object.assign({ label: "90 % interval, high", data: d.high, fill: "-1", backgroundColor: resolved("--m-band") }, flat),
      { order: 0, label: "Score", data: d.score, borderColor: accent, backgroundColor: accent, borderWidth: 2, pointRadius: 2, tension: 0 }
    ];
    if (d.bar !== null && d.bar !== undefined) {
      sets.push({ order: 1, label: "Project's bar", data: d.labels.map(function () { return d.bar; }), borderColor: resolved("--m-ink"), borderWidth: 1.5, borderDash: [5, 4], pointRadius: 0 });
    }
    return new Chart(canvas, {
      type: "line", data: { labels: d.labels, datasets: sets },
      options: { animation: false, maintainAspectRatio: false, plugins: { legend: { display: false } },
        scales: { x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } }, y: { min: d.min, max: 100, border: { display: false }, grid: { color: resolved("--m-line") }, ticks: { maxTicksLimit: 5 } } } }
    });
  }

  var kinds = { earnings: earnings, band: band };
  function drawCharts() {
    if (!window.Chart) { return; }
    Chart.defaults.font.family = token("--tblr-font-sans-serif"); Chart.defaults.font.size = 12;
    Chart.defaults.color = resolved("--m-ink-2"); Chart.defaults.borderColor = resolved("--m-line");
    drawn.forEach(function (chart) { chart.destroy(); }); drawn.clear();
    document.querySelectorAll("canvas[data-chart]").forEach(function (canvas) { drawn.set(canvas, kinds[canvas.dataset.chart](canvas)); });
  }

  // The timer: the server's count at the moment the element came, then this clock's steps.
  var timers = new WeakMap();
  function tick() {
    document.querySelectorAll("[data-running-since-seconds]").forEach(function (el) {
      var key = el.dataset.runningSinceSeconds, known = timers.get(el);
      if (!known || known.key !== key) { known = { key: key, from: Date.now() - Number(key) * 1000 }; timers.set(el, known); }
      var s = Math.max(0, Math.floor((Date.now() - known.from) / 1000)), p = function (n) { return String(n).padStart(2, "0"); };
      el.textContent = Math.floor(s / 3600) + ":" + p(Math.floor(s / 60) % 60) + ":" + p(s % 60);
    });
    document.querySelectorAll("[data-ends-in-seconds]").forEach(function (el) { // what is left of a lease, in whole minutes
      var key = el.dataset.endsInSeconds, known = timers.get(el);
      if (!known || known.key !== key) { known = { key: key, until: Date.now() + Number(key) * 1000 }; timers.set(el, known); }
      var left = Math.max(0, Math.ceil((known.until - Date.now()) / 60000)), hours = Math.floor(left / 60);
      el.textContent = (hours ? hours + " h " : "") + (left % 60) + " min";
    });
  }

  function markTheme() {
    var now = window.musterTheme.chosen();
    document.querySelectorAll("[data-theme-choice]").forEach(function (b) { b.setAttribute("aria-pressed", String(b.dataset.themeChoice === now)); });
  }

  // Failures of htmx: say what happened and what was kept, with the request's number.
  function alertRegion(sentence, number) {
    var region = document.getElementById("alerts"); if (!region) { return; }
    var note = document.createElement("p"); note.className = "note stop"; note.setAttribute("role", "alert"); note.textContent = sentence;
    if (number) { var id = document.createElement("bdi"); id.className = "mono"; id.textContent = number; note.append(" Request number ", id); }
    region.replaceChildren(note); note.scrollIntoView({ block: "nearest" });
  }
  function reasonOf(xhr) {
    try { var problem = JSON.parse(xhr.responseText); return problem.detail || problem.title || ""; } catch (_error) { return ""; }
  }
  function explain(xhr) {
    var reasons = { 401: "You are not logged in any more. Log in and try again.", 403: "Your role does not allow this.", 404: "This is not there any more.",
      409: "Someone was quicker: the state has changed. Load the page again.", 412: "This was changed since you opened it. Load the page again.", 429: "Too many requests. Wait a moment and try again." };
    return reasonOf(xhr) || reasons[xhr.status] || (xhr.status >= 500 ? "Something failed on our side." : "The request was refused.");
  }
  document.addEventListener("htmx:responseError", function (event) {
    var xhr = event.detail.xhr;
    alertRegion(explain(xhr) + " Nothing was changed.", xhr.getResponseHeader("X-Request-ID"));
  });
  document.addEventListener("htmx:sendError", function () { alertRegion("No connection. Nothing was sent; what you typed is still here."); });
  document.addEventListener("htmx:timeout", function () { alertRegion("No answer came in time, so it is unknown whether this was done. Load the page again to see."); });
  document.addEventListener("htmx:afterSettle", refresh);

  // A form with data-confirm="id" asks the dialog of that id first; without script it is simply sent.
  document.addEventListener("submit", function (event) {
    var form = event.target, dialog = form.dataset.confirm && document.getElementById(form.dataset.confirm);
    if (!dialog || form.dataset.confirmed === "yes") { delete form.dataset.confirmed; return; }
    event.preventDefault(); event.stopImmediatePropagation();
    var submitter = event.submitter; dialog.returnValue = ""; dialog.showModal();
    dialog.addEventListener("close", function () {
      if (dialog.returnValue === "confirm") { form.dataset.confirmed = "yes"; form.requestSubmit(submitter); }
      else if (submitter) { submitter.focus(); }
    }, { once: true });
  }, true);

  document.addEventListener("click", function (event) {
    var choice = event.target.closest("[data-theme-choice]");
    if (choice) { window.musterTheme.choose(choice.dataset.themeChoice); markTheme(); }
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll("details[data-menu][open]").forEach(function (menu) { menu.open = false; menu.querySelector("summary").focus(); });
    }
    var typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      var field = document.querySelector("[data-find-field]"), link = document.querySelector("a[data-find]");
      if (field || link) { event.preventDefault(); if (field) { field.focus(); } else { link.click(); } }
    }
  });
  document.addEventListener("muster:theme", drawCharts);

  function refresh() {
    drawCharts(); tick(); markTheme();
    var summary = document.querySelector("[data-error-summary]");
    if (summary && !summary.dataset.focused) { summary.dataset.focused = "yes"; summary.focus(); }
  }
  document.addEventListener("DOMContentLoaded", function () {
    setInterval(tick, 1000);
    document.fonts.ready.then(function () { refresh(); document.documentElement.dataset.ready = "yes"; });
  });
})();
