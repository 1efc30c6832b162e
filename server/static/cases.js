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
      nextPlace(start);
    });
  }

  // The next place of a template that is for the writer stands ready to be typed over.
  function nextPlace(from) {
    const place = /\[[^[\]]*\]/.exec(text.value.slice(from));
    if (place) text.setSelectionRange(from + place.index, from + place.index + place[0].length);
  }
  document.getElementById("wrong")?.focus();
})();
