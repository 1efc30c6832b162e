// Small helps for the desk's forms. Everything works without them.
"use strict";
(() => {
  const text = document.querySelector(".fields textarea");
  const insert = document.getElementById("insert");

  // A template goes in where the writer stands, and takes nothing away that is written already.
  if (insert && text) {
    insert.addEventListener("click", (event) => {
      event.preventDefault();
      const body = document.querySelector("#mau option:checked")?.dataset.body;
      if (!body) return;
      const start = text.value ? text.selectionStart : 0;
      text.setRangeText(body, start, text.value ? text.selectionEnd : 0, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.focus();
    });
  }
  document.getElementById("wrong")?.focus();
})();
