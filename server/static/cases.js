// Small helps for the desk's forms. Everything works without them.
"use strict";
(() => {
  const text = document.querySelector(".fields textarea");
  const insert = document.getElementById("insert");
  let changed = false;

  // A template goes in where the writer stands, and takes nothing away that is written already.
  if (insert && text) {
    insert.addEventListener("submit", (event) => {
      event.preventDefault();
      const body = insert.querySelector("option:checked")?.dataset.body;
      if (!body) return;
      const start = text.value ? text.selectionStart : 0;
      text.setRangeText(body, start, text.value ? text.selectionEnd : 0, "end");
      changed = true;
      text.focus();
    });
  }

  // Words that were written and not sent are not lost by a slip of the hand.
  const fields = document.querySelector("form.fields");
  if (fields) {
    fields.addEventListener("input", () => { changed = true; });
    fields.addEventListener("submit", () => { changed = false; });
    addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  }
  document.getElementById("wrong")?.focus();
})();
