// The survey is complete without this. What it adds: what was sent stays on the page until the server has
// said that it has it, and goes again by itself with the same token, which the server counts once.
"use strict";
(() => {
  const PLACE = "hl:" + location.pathname;
  let sending, timer, tries = 0, since = 0, before = 0;
  const by = (id) => document.getElementById(id);
  const says = () => document.body.dataset;

  // Ratings outlive a tab that the telephone throws away; a text never does.
  function keep(form, what) {
    try {
      if (what && form.dataset.keep) sessionStorage.setItem(PLACE, JSON.stringify(what));
      else sessionStorage.removeItem(PLACE);
    } catch (e) { /* a browser that keeps nothing */ }
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    if (fresh.body.id !== "hl") throw 0; // a network that answers in our place
    document.title = fresh.title;
    document.documentElement.replaceChild(document.adoptNode(fresh.body), document.body);
    scrollTo(0, 0);
    (document.querySelector("[autofocus]") || document.querySelector("main")).focus();
    tries = since = before = 0;
    document.dispatchEvent(new Event("input"));
  }

  function later(form, why) {
    const wait = Math.min(30, 2 ** ++tries), net = by("net");
    net.className = "noted";
    net.innerHTML = '<p></p><button class="button" form="f"></button>';
    net.firstChild.textContent = why + " " + says().held.replace("{seconds}", wait);
    net.lastChild.textContent = says().now;
    // A letter that may have arrived is not changed any more: it would be another one.
    if (by("text")) by("text").readOnly = true;
    timer = setTimeout(send, wait * 1000, form);
  }

  async function send(form) {
    if (sending) return; // a second tap: the first is on its way
    clearTimeout(timer);
    timer = 0;
    sending = true;
    since = since || performance.now(); // a clock that is set meanwhile does no harm
    const fields = new URLSearchParams(new FormData(form));
    const late = Math.round(before + performance.now() - since);
    if (tries || before) fields.set("late", late);
    keep(form, [String(fields), late]);
    const button = by("send"), label = button.textContent;
    button.textContent = says().busy;
    button.setAttribute("aria-disabled", "true");
    const end = new AbortController(), limit = setTimeout(() => end.abort(), 20000);
    let why = says().off;
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, credentials: "omit", signal: end.signal });
      const html = await answer.text();
      if (answer.status >= 500) {
        why = says().down;
        throw 0;
      }
      show(html);
      keep(form);
    } catch (e) {
      later(form, why);
    }
    clearTimeout(limit);
    sending = false;
    button.textContent = label;
    button.removeAttribute("aria-disabled");
  }

  // A tab that was thrown away goes on where it was.
  function resume() {
    const form = by("f");
    document.documentElement.className = "js";
    try {
      const [text, late] = JSON.parse(sessionStorage.getItem(PLACE));
      for (const [name, value] of new URLSearchParams(text))
        for (const each of form.elements)
          if (each.name === name) {
            if (/radio|box/.test(each.type)) each.checked = each.checked || each.value === value;
            else each.value = value;
          }
      before = late || 1;
      send(form);
    } catch (e) { /* nothing was kept */ }
  }

  document.addEventListener("submit", (event) => {
    if ((event.submitter || {}).name === "switch") return;
    event.preventDefault();
    send(event.target);
  });
  addEventListener("online", () => timer && send(by("f")));
  document.addEventListener("DOMContentLoaded", resume);
})();
