// Small helps for the desk's forms. Everything works without them.
"use strict";
(() => {
  const form = document.querySelector("form.fields, form.sure");
  const text = document.querySelector(".fields textarea");
  const insert = document.getElementById("insert");
  let unsaved = form?.dataset.unsaved !== undefined;

  // A template goes in where the writer stands, and takes nothing away that is written already.
  if (insert && text) {
    insert.addEventListener("click", (event) => {
      event.preventDefault();
      const body = document.querySelector("#mau option:checked")?.dataset.body;
      if (!body) return;
      const start = text.value ? text.selectionStart : 0;
      text.setRangeText(body, start, text.value ? text.selectionEnd : 0, "end");
      unsaved = true;
      text.focus();
    });
  }

  // Words that were written and not sent are not lost by a slip of the hand.
  if (form) {
    form.addEventListener("input", () => { unsaved = true; });
    form.addEventListener("submit", () => { unsaved = false; });
    addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  }
  document.getElementById("wrong")?.focus();
})();
