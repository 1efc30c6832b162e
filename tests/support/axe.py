"""axe-core over a page: what its rules, WCAG 2.2 AA among them, find wrong with it."""

from functools import cache
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

CONTRAST = "color-contrast"
_RUN = """async ([rule, context, but]) => {
    const only = rule ? { runOnly: { type: "rule", values: [rule] } } : {};
    const rules = but ? { rules: { [but]: { enabled: false } } } : {};
    const options = { resultTypes: ["violations"], preload: false, iframes: false, ...only, ...rules };
    const result = await axe.run(context || document, options);
    return result.violations.flatMap((each) => each.nodes.map((node) =>
        `${each.id} (${each.impact}): ${node.target.join(" ")} | ${node.html.slice(0, 160)}`
        + ` | ${(node.any[0] || node.all[0] || node.none[0] || {}).message || ""}`));
}"""

_MARK_NEW = """(known) => {
    const seen = new Set(known), fresh = new Set();
    const names = ["class", "type", "open", "disabled", "hidden", "aria-current", "aria-invalid"];
    const own = (each) => each.tagName + names.map((name) => `|${each.getAttribute(name) ?? ""}`).join("")
        + `|${each.style?.cssText ?? ""}|${each.checked ?? ""}`;
    const chain = new Map();
    for (const each of document.querySelectorAll("*")) {
        const all = `${chain.get(each.parentElement) ?? ""}>${own(each)}`;
        chain.set(each, all);
        const says = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if ((says || each.matches("input, select, textarea")) && !seen.has(all)) {
            fresh.add(all);
            each.setAttribute("data-new-style", "");
        }
    }
    return [...fresh];
}"""
_NEW = {"include": [["[data-new-style]"]]}


@cache
def _source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, rule: str = "", *, without: str = "", but: str = "") -> list[str]:
    """All of them as lines to read, or those of one rule; none for a page that is as it should be.

    `without`: a selector of what was looked at elsewhere. `but`: a rule that is.
    """
    return _run(page, rule, {"exclude": [[without]]} if without else None, but)


class Contrasts:
    """The contrast of texts on many pages, each way to write one looked at once.

    What colours a text has follows from its element and those around it, their classes and states: to work
    them out again for every row of a list is nine tenths of what all rules together cost.
    """

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._known: dict[str, set[str]] = {}

    def violations(self, page: Page) -> list[str]:
        """Of texts that no page with the same stylesheets has shown so far, by day and by night."""
        style = page.evaluate("[...document.styleSheets].map((each) => each.href).join()")
        known = self._known.setdefault(style, set())
        fresh = page.evaluate(_MARK_NEW, list(known))
        if not fresh:
            return []
        known.update(fresh)
        page.emulate_media(color_scheme="light")
        found = _run(page, CONTRAST, _NEW)
        page.emulate_media(color_scheme="dark")
        return found + [f"dark: {each}" for each in _run(page, CONTRAST, _NEW)]


def _run(page: Page, rule: str, context: object, but: str = "") -> list[str]:
    page.wait_for_load_state()
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
    found: list[str] = page.evaluate(_RUN, [rule, context, but])
    return found
