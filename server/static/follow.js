// Helps for the lookup page; it is complete without them. What they add: the code of a QR goes from the
// address bar into the field, its digits stand in groups, and a code that was entered leaves nothing in
// the browser's history: each answer takes the place of the last one on the very same page.
"use strict";
(() => {
  const GROUP = /(\d{4})(?=\d)/g;

  // The QR's address ends in #code: what stands behind # is never sent, and is taken away at once.
  function takeFragment() {
    const digits = location.hash.replace(/\D/g, "");
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    const field = document.getElementById("code");
    if (!digits || !field) return;
    field.value = digits.slice(0, 16).replace(GROUP, "$1 ");
    document.querySelector(".ask .button").focus();
  }

  // Groups of four; whoever types anything but digits and spaces is left alone.
  function group(event) {
    const field = event.target;
    if (field.id !== "code" || /[^\d\s]/.test(field.value)) return;
    const before = field.value.slice(0, field.selectionStart).replace(/\D/g, "").length;
    const grouped = field.value.replace(/\D/g, "").replace(GROUP, "$1 ");
    if (grouped === field.value) return;
    field.value = grouped;
    let place = 0;
    for (let digits = 0; digits < before; place += 1) if (/\d/.test(grouped[place])) digits += 1;
    field.setSelectionRange(place, place);
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    if (!fresh.querySelector("main")) throw new Error("no page");
    document.title = fresh.title;
    document.documentElement.lang = fresh.documentElement.lang;
    Object.assign(document.body.dataset, fresh.body.dataset);
    for (const part of ["header", "main"]) {
      document.querySelector(part).replaceChildren(...fresh.querySelector(part).childNodes);
    }
    const first = document.querySelector("main [autofocus]") || document.querySelector("main");
    first.focus({ preventScroll: true });
    const told = document.querySelector("main .wrong");
    if (told) told.scrollIntoView({ block: "center" });
    else window.scrollTo(0, 0);
  }

  function fail(form, button) {
    document.querySelector(".unsent")?.remove();
    const said = document.createElement("p");
    said.className = "wrong unsent";
    said.setAttribute("role", "alert");
    said.textContent = document.body.dataset.failed;
    const pressed = button?.closest("main") ? button : [...form.elements].find((each) => each.matches(".button"));
    (pressed || document.querySelector("main").firstElementChild).before(said);
  }

  let sending = false;

  async function send(event) {
    const form = event.target;
    if (form.method !== "post" || typeof fetch !== "function") return;
    event.preventDefault();
    if (sending) return; // a second tap while the first is on its way
    sending = true;
    const button = event.submitter;
    const fields = new URLSearchParams(new FormData(form));
    if (button && button.name) fields.set(button.name, button.value);
    const label = button ? button.textContent : "";
    if (button) {
      button.setAttribute("aria-disabled", "true");
      if (button.classList.contains("button")) button.textContent = document.body.dataset.busy;
    }
    try {
      const address = button && button.hasAttribute("formaction") ? button.formAction : form.action;
      const answer = await fetch(address, { method: "POST", body: fields, credentials: "omit", cache: "no-store" });
      show(await answer.text());
    } catch {
      fail(form, button);
    } finally {
      sending = false;
      if (button && button.isConnected) {
        button.removeAttribute("aria-disabled");
        button.textContent = label;
      }
    }
  }

  function clear(event) {
    const link = event.target.closest && event.target.closest("#clear");
    if (!link) return;
    event.preventDefault();
    document.querySelector("main").replaceChildren();
    location.replace(link.href); // in the place of this page: "back" leads past it
  }

  takeFragment();
  document.addEventListener("input", group);
  document.addEventListener("submit", send);
  document.addEventListener("click", clear);
  window.addEventListener("hashchange", takeFragment);
  // A page that the browser kept alive while another was shown must not come back with what it showed.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.replace(location.pathname + location.search); });
})();
