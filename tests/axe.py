"""axe-core in the tests' browser: the rules of WCAG 2.1 AA and its best practices.

axe-playwright-python brings axe-core as a file, so pip installs it and no test loads anything.
"""

from pathlib import Path

import pytest

__all__ = ["CONTRAST", "DESK", "PHONE", "tab_stops", "violations"]

axe_package = pytest.importorskip("axe_playwright_python", reason="axe-core is missing: pip install -e '.[dev]'")
AXE = (Path(axe_package.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CONTRAST = ("color-contrast", "link-in-text-block")  # the rules that depend on the theme, and take the longest
RUN = """async ([include, exclude, tags, only, off]) => {
    const found = await axe.run({include, exclude}, {
        runOnly: only.length ? {type: 'rule', values: only} : {type: 'tag', values: tags}, resultTypes: ['violations'],
        rules: Object.fromEntries(off.map(rule => [rule, {enabled: false}])),
    });
    return [found.passes.length + found.violations.length, found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.split('\\n').slice(1).join(' ').trim()}`))];
}"""


def violations(page, *, include=("html",), exclude=(), only=(), off=()):
    """Return what axe-core finds on a page, one line for each place.

    - include: selectors of the parts to look at; each is on the page.
    - exclude: selectors of parts that are not ours.
    - only: rules; by default all of TAGS.
    - off: rules about a whole page, where only a part of it is looked at.
    """
    page.evaluate(AXE)
    parts = [[selector] for selector in include]
    rules, found = page.evaluate(RUN, [parts, [[one] for one in exclude], TAGS, list(only), list(off)])
    assert rules, "axe-core looked at nothing"
    return found


STOPS = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(e => e.checkVisibility()).length"""
FOCUS = """() => {
    const e = document.activeElement, all = [...document.querySelectorAll('*')];
    if (e === document.body) return null;
    const style = getComputedStyle(e);
    return {at: all.indexOf(e), tag: e.localName, name: e.getAttribute('aria-label') || e.textContent.trim(),
            outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
}"""


def tab_stops(page):
    """Press Tab from the start of a page to its end; returns what gets the focus, in this order.

    Each is a dict: its place in the document, its tag, its name, and whether an outline is seen.
    """
    expected = page.evaluate(STOPS)
    stops = []
    for _ in range(expected + 1):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["at"] == stops[0]["at"]):  # the end of the page
            break
        stops.append(stop)
    assert len(stops) == expected, "the keyboard gets to everything, and out of it"
    return stops
