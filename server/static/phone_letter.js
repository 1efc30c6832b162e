// Helps for whoever writes: how much room is left, and a code that is not lost by an unlucky touch.
"use strict";
(() => {
  let saved;
  const by = (id) => document.getElementById(id);

  function count() {
    const left = by("left");
    if (!left) return;
    const rest = left.dataset.most - [...by("text").value.trim()].length;
    left.textContent = (rest < 0 ? left.dataset.over : left.dataset.left).replace("{count}", Math.abs(rest));
  }

  function copy() {
    const all = getSelection();
    all.selectAllChildren(by("code"));
    // The older way: the newer one is refused to pages without TLS, as in a school's own network.
    if (document.execCommand("copy")) {
      saved = true;
      by("copied").textContent = by("copied").dataset.done;
    }
    all.removeAllRanges();
  }

  document.addEventListener("click", (event) => {
    if (event.target.id === "copy") copy();
    if (event.target.dataset.saves) saved = true;
  });
  document.addEventListener("input", count);
  document.addEventListener("DOMContentLoaded", count);
  addEventListener("beforeunload", (event) => {
    if (!by("code") || saved) return;
    event.preventDefault();
    event.returnValue = "";
  });
})();
