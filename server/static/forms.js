// Says when the server is away, and keeps what was typed meanwhile: in the page alone, never in the browser's
// store. Everything else about forms works without this.
"use strict";
(() => {
  const EVERY_MS = 10000, AWAY_MS = 2000, PATIENCE_MS = 5000;
  const notice = document.getElementById("lost");
  let missed = 0;

  async function reach() {
    try {
      await fetch(notice.dataset.look, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE_MS) });
      missed = 0;
    } catch { missed += 1; }
    return missed === 0;
  }

  function say(words) {
    if (notice.textContent !== words) notice.textContent = words;
  }

  // One failure may be a restart, two are told.
  async function watch() {
    for (;;) {
      await new Promise((done) => setTimeout(done, missed ? AWAY_MS : EVERY_MS));
      if (document.hidden && !missed) continue;
      if (await reach()) say("");
      else if (missed > 1 && !notice.textContent) say(notice.dataset.away);
    }
  }
  watch();

  // What somebody wrote and has not sent; a search and a password are no texts.
  const typed = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=password], [type=search])";
  const written = (form) =>
    form?.method === "post" && !form.matches("[role=search]") && !form.querySelector("[type=password]");
  let unsaved = document.querySelector("form[data-unsaved]");
  addEventListener("input", (event) => {
    if (event.target.matches(typed) && written(event.target.form)) unsaved = event.target.form;
  });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  // A file that the server would not read is told of before it is sent.
  addEventListener("change", ({ target }) => {
    if (target.matches("input[type=file][data-most]"))
      target.setCustomValidity(target.files[0]?.size > target.dataset.most ? target.dataset.tooLarge : "");
  });

  // A text goes off only to a server that answers: the browser's own page of failure would take it along.
  let asking = false, going = false;
  addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (form !== unsaved) return;
    // A browser too old to send it on afterwards sends it now.
    if (going || !form.requestSubmit) { going = false; unsaved = null; return; }
    event.preventDefault();
    if (asking) return;
    asking = true;
    const there = await reach();
    asking = false;
    say(there ? "" : notice.dataset.kept);
    if (!there) return;
    going = true;
    form.requestSubmit(button);
    going = false;  // it did not go where a field turned out to be wrong
  });
})();
