// Sets the theme before the first paint: this browser's choice (a cookie), else the person's stored one, else the system's.
(function () {
  "use strict";
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    var found = /(?:^|; )muster-theme=(light|dark|system)(?:;|$)/.exec(document.cookie);
    return found ? found[1] : root.dataset.ownTheme || "system";
  }
  function apply() {
    var choice = chosen(), theme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
    if (root.dataset.bsTheme === theme) { return; }
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("muster:theme"));
  }
  function choose(theme) {
    document.cookie = "muster-theme=" + theme + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
    apply();
  }
  apply();
  system.addEventListener("change", apply);
  window.musterTheme = { chosen: chosen, choose: choose };
})();
