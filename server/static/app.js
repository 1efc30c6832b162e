// Small helps for the staff's pages. Everything works without them; nothing here is needed to read a page.
"use strict";
(() => {
  const EVERY_MS = 1000;

  // What the reader has opened and where they stand survives when the page's figures are renewed.
  function keepPlace(renew) {
    const open = [...document.querySelectorAll("main details[open][id]")].map((each) => each.id);
    const focused = document.activeElement;
    const inside = focused && focused.closest("main");
    const mark = inside && (focused.id ? "#" + CSS.escape(focused.id) : null);
    const summary = inside && focused.tagName === "SUMMARY" && focused.parentElement.id;
    const link = inside && focused.tagName === "A" && focused.getAttribute("href");
    const scrolled = [...document.querySelectorAll("main .scroll")].map((each) => each.scrollLeft);
    renew();
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    document.querySelectorAll("main .scroll").forEach((each, i) => { each.scrollLeft = scrolled[i] || 0; });
    let target = null;
    if (summary) target = document.querySelector("#" + CSS.escape(summary) + " > summary");
    else if (mark) target = document.querySelector(mark);
    else if (link) target = [...document.querySelectorAll("main a")].find((a) => a.getAttribute("href") === link);
    target?.focus({ preventScroll: true });
  }

  // A form that is being filled in must not be taken away under the reader's hand.
  const busy = () => document.querySelector("main details.period[open]") !== null;

  let shown = null;

  async function look() {
    const main = document.querySelector("main[data-news]");
    if (!main || document.hidden || busy()) return;
    const address = new URL(main.dataset.news, location.href);
    address.searchParams.set("rev", main.dataset.revision);
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
    if (answer.status === 401) { location.reload(); return; }
    if (answer.status !== 200) return;
    const news = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = news.querySelector("main[data-news]");
    if (!fresh || busy()) return;
    main.dataset.revision = fresh.dataset.revision;
    const html = fresh.innerHTML;
    if (html !== shown) {
      shown = html;
      keepPlace(() => main.replaceChildren(...fresh.childNodes));
    }
    for (const badge of document.querySelectorAll("header nav")) {
      const other = news.querySelector("header nav");
      if (other && badge.innerHTML !== other.innerHTML) badge.innerHTML = other.innerHTML;
    }
    if (fresh.dataset.said && fresh.dataset.said !== main.dataset.said) {
      main.dataset.said = fresh.dataset.said;
      document.getElementById("said").textContent = fresh.dataset.said;
    }
  }

  async function watch() {
    for (;;) {
      await new Promise((done) => setTimeout(done, EVERY_MS));
      try { await look(); } catch { /* the server is away for a moment: ask again */ }
    }
  }
  if (document.querySelector("main[data-news]")) watch();

  // On paper every table stands open.
  const closed = new Set();
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details.table:not([open])")) { each.open = true; closed.add(each); }
  });
  addEventListener("afterprint", () => { closed.forEach((each) => { each.open = false; }); closed.clear(); });

  // Escape and a touch elsewhere close what floats over the page.
  const floating = "details.period[open], details.menu[open]";
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(floating).forEach((each) => { each.open = false; each.querySelector("summary").focus(); });
  });
  addEventListener("click", (event) => {
    document.querySelectorAll(floating).forEach((each) => { if (!each.contains(event.target)) each.open = false; });
  });
})();
