"""axe-core over a page: what its rules, WCAG 2.2 AA among them, find wrong with it."""

from functools import cache
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

_RUN = """async ([rule, without]) => {
    const only = rule ? { runOnly: { type: "rule", values: [rule] } } : {};
    const options = { resultTypes: ["violations"], preload: false, iframes: false, ...only };
    const result = await axe.run(without ? { exclude: [[without]] } : document, options);
    return result.violations.flatMap((each) => each.nodes.map((node) =>
        `${each.id} (${each.impact}): ${node.target.join(" ")} | ${node.html.slice(0, 160)}`
        + ` | ${(node.any[0] || node.all[0] || node.none[0] || {}).message || ""}`));
}"""


@cache
def _source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, rule: str = "", *, without: str = "") -> list[str]:
    """All of them as lines to read, or those of one rule; none for a page that is as it should be.

    `without`: a selector of what was looked at elsewhere.
    """
    page.wait_for_load_state()
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
    found: list[str] = page.evaluate(_RUN, [rule, without])
    return found
