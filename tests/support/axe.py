"""axe-core over a page: what its rules, WCAG 2.2 AA among them, find wrong with it."""

from functools import cache
from pathlib import Path
from typing import Literal

import axe_playwright_python
from playwright.sync_api import Page

CONTRAST = "color-contrast"
_OPTIONS = '{ resultTypes: ["violations"], preload: false, iframes: false }'
_LINES = """result.violations.flatMap((each) => each.nodes.map((node) =>
    `${each.id} (${each.impact}): ${node.target.join(" ")} | ${node.html.slice(0, 160)}`
    + ` | ${(node.any[0] || node.all[0] || node.none[0] || {}).message || ""}`))"""
_RUN = f"""async ([rule, but]) => {{
    const only = rule ? {{ runOnly: {{ type: "rule", values: [rule] }} }} : {{}};
    const rules = but ? {{ rules: {{ [but]: {{ enabled: false }} }} }} : {{}};
    const result = await axe.run(document, {{ ...{_OPTIONS}, ...only, ...rules }});
    return {_LINES};
}}"""

_FRESH = """(known) => {
    const seen = new Set(known), fresh = new Set();
    const names = ["class", "type", "open", "disabled", "hidden", "aria-current", "aria-invalid"];
    const own = (each) => each.tagName + names.map((name) => `|${each.getAttribute(name) ?? ""}`).join("")
        + `|${each.style?.cssText ?? ""}|${each.checked ?? ""}`;
    const chain = new Map();
    window.freshTexts = [];
    for (const each of document.querySelectorAll("*")) {
        const all = `${chain.get(each.parentElement) ?? ""}>${own(each)}`;
        chain.set(each, all);
        const says = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if ((says || each.matches("input, select, textarea")) && !seen.has(all)) {
            fresh.add(all);
            window.freshTexts.push(each);
        }
    }
    return [...fresh];
}"""
_CONTRASTS = f"""async (known) => {{
    const seen = new Set(known);
    // What lies beneath: all that is painted from the root up to the text.
    const painted = ["backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode", "position"];
    const written = ["color", "fontSize", "fontWeight", "textShadow", "webkitTextFillColor"];
    const beneath = new Map();
    const under = (each) => {{
        if (!each) return "";
        if (!beneath.has(each)) {{
            const style = getComputedStyle(each), own = painted.map((name) => style[name]).join("|");
            const plain = own === "rgba(0, 0, 0, 0)|none|1|none|normal|static";
            beneath.set(each, under(each.parentElement) + (plain ? "" : `>${{own}}`));
        }}
        return beneath.get(each);
    }};
    const colours = (each) =>
        `${{under(each)}}#${{written.map((name) => getComputedStyle(each)[name]).join("|")}}`;
    const alike = new Map();  // a few of each, as one may be no text that axe judges
    for (const each of window.freshTexts) {{
        const all = colours(each), count = (alike.get(all) ?? 0) + each.checkVisibility();
        const fresh = !seen.has(all) && each.checkVisibility() && count <= 3;
        each.toggleAttribute("data-new-colours", fresh);
        if (!seen.has(all)) alike.set(all, count);
    }}
    if (![...alike.values()].some((count) => count)) return [[], []];
    const one = {{ runOnly: {{ type: "rule", values: ["{CONTRAST}"] }}, elementRef: true }};
    const all = {{ ...{_OPTIONS}, ...one, resultTypes: ["violations", "passes"] }};
    const result = await axe.run({{ include: [["[data-new-colours]"]] }}, all);
    // Not all is judged: not one letter alone, nothing that is disabled. Such colours stay unknown.
    const judged = [...result.passes, ...result.violations].flatMap((each) => each.nodes);
    return [judged.map((node) => colours(node.element)), {_LINES}];
}}"""


@cache
def _source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, rule: str = "", *, but: str = "") -> list[str]:
    """All of them as lines to read, or those of one rule; none for a page that is as it should be.

    `but`: a rule that is looked at elsewhere.
    """
    _load(page)
    found: list[str] = page.evaluate(_RUN, [rule, but])
    return found


class Contrasts:
    """The contrast of texts on many pages, each pair of colours looked at once, by day and by night.

    axe works out what lies beneath each text anew: that costs more than all its other rules together. Which
    colours a text has follows from its element and those around it, their classes and states: where these
    are new, the browser is asked for the colours, and where they are new too, axe.
    """

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._known: dict[str, set[str]] = {}
        self._colours: dict[str, set[str]] = {"light": set(), "dark": set()}

    def violations(self, page: Page) -> list[str]:
        """Of texts that no page has shown so far."""
        _load(page)
        style = page.evaluate("[...document.styleSheets].map((each) => each.href).join()")
        known = self._known.setdefault(style, set())
        fresh = page.evaluate(_FRESH, list(known))
        if not fresh:
            return []
        known.update(fresh)
        return self._of(page, "light") + [f"dark: {each}" for each in self._of(page, "dark")]

    def _of(self, page: Page, scheme: Literal["light", "dark"]) -> list[str]:
        page.emulate_media(color_scheme=scheme)
        judged, found = page.evaluate(_CONTRASTS, list(self._colours[scheme]))
        self._colours[scheme].update(judged)
        return list(found)


def _load(page: Page) -> None:
    page.wait_for_load_state()
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
