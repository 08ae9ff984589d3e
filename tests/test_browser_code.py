"""The student's code and the links of a feedback page, in a real browser."""

import pytest
from chromium import start_chromium
from test_fix_first import LAYERS, NETWORK, WRONG, page_of, result_of, totals_of
from test_numbered_code import HERE, page_with

SELECTED = """() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector('.numbered pre'));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return getSelection().toString();
}"""


@pytest.fixture(scope="module")
def browser():
    with start_chromium() as browser:
        yield browser


def test_numbers_and_marks_are_seen_but_not_copied(browser, tmp_path):
    path = tmp_path / "A.html"
    path.write_text(page_with(HERE), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.evaluate(SELECTED).rstrip() == "def f():\n    return g()"
    content = "getComputedStyle(document.querySelector('{}'), '::before').content"
    assert "▶" in page.evaluate(content.format("mark.line"))
    assert "counter(line)" in page.evaluate(content.format("span.line"))
    spoken = page.locator("mark.line").text_content()
    assert spoken == "marked:     return g()"
    page.close()


def test_links_lead_to_the_exercise_on_the_other_page(browser, tmp_path):
    result = result_of(relu=WRONG, Net=WRONG)
    for notebook in (LAYERS, NETWORK):
        name = notebook.replace(".ipynb", ".html")
        (tmp_path / name).write_text(page_of(result, notebook, totals=totals_of()), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "My network.html").as_uri())
    page.locator("p.idea").first.get_by_role("link", name="relu").click()
    assert page.url == (tmp_path / "Layers.html").as_uri() + "#relu"
    page.get_by_role("link", name="My network").click()
    assert page.url == (tmp_path / "My network.html").as_uri()
    page.close()
