"""The feedback page for everybody: axe-core, the keyboard, a phone, paper, and the contrast of all colours.

docs/accessibility.md lists where the other pages are tested.
"""

import itertools
import re
from types import SimpleNamespace

import pytest

pytest.importorskip("copydetect")

from axe import CONTRAST, DESK, PHONE, tab_stops, violations
from chromium import keep_picture, playwright, start_chromium
from contrast import contrast
from courses import ASSIGNMENT
from made_up_pages import broken_page, full_page, right_page
from made_up_results import large_class
from pygments.token import STANDARD_TYPES

from autograder.feedback.code_style import DarkStyle, LightStyle
from autograder.feedback.language import html_language
from autograder.feedback.page import STYLES
from autograder.language import in_language
from autograder.report.page import report_page
from autograder.report.statistics import summarize
from autograder.similarity.comparison import ClassFigures, Pair, Report, SharedUnit
from autograder.similarity.page import similarity_page

expect = playwright.expect


def report_of_a_class():
    """A class report with each of its tables."""
    few = SimpleNamespace(exercises=dict(itertools.islice(ASSIGNMENT.exercises.items(), 5)))
    figures = summarize(large_class(few, 30))
    link = [("Dropout", "Dropout.html")]
    return report_page(figures, name="assignment2", links=lambda student: link, without_result=["zoe"], proof=["one"])


def similar_pairs():
    """A similarity page, with a text that is wider than the page."""
    text = "def relu(x):\n    return np.maximum(x, 0)" + "  # the same long comment in both texts" * 5
    both = frozenset({0, 1})
    units = [SharedUnit(name, 500.0, 3, (text, text), (both, both), (both, both)) for name in ("relu", "conv")]
    pairs = [Pair(("ann", "ben"), 1000.0, "letter", units), Pair(("ann", "cid"), 400.0, "", units[:1])]
    found = Report(12, 3, 150.0, pairs, 1, [ClassFigures("relu", 12, 0.5, 3)], [("eve", "conv")])
    return similarity_page(found, "assignment2", left_out={"dee": "no notebook"})


PAGES = {"full": full_page, "right": right_page, "broken": broken_page, "report": report_of_a_class,
         "similar": similar_pairs}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    with start_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Name → address."""
    folder = tmp_path_factory.mktemp("pages")
    for name, make in PAGES.items():
        (folder / f"{name}.html").write_text(make(), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in PAGES}


@pytest.fixture
def open_page(browser, pages):
    """Function of the name of a page and options of the browser → page."""
    contexts = []

    def open_one(name="full", **options):
        contexts.append(browser.new_context(**{"viewport": DESK, **options}))
        page = contexts[-1].new_page()
        page.goto(pages[name])
        return page

    yield open_one
    for context in contexts:
        context.close()


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_page(open_page, name):
    page = open_page(name)
    unfold(page)
    keep_picture(page, f"11-{name}-light.png", full_page=True)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    keep_picture(page, f"11-{name}-dark.png", full_page=True)
    assert violations(page, only=CONTRAST) == []


@pytest.mark.parametrize(("name", "scrolled"), [("full", ".numbered"), ("report", ".wide"), ("similar", "pre")])
def test_axe_finds_nothing_on_a_phone(open_page, name, scrolled):
    page = open_page(name, viewport=PHONE)
    unfold(page)
    keep_picture(page, f"11-{name}-phone.png", full_page=True)
    assert violations(page, off=CONTRAST) == []
    wide = f"[...document.querySelectorAll('{scrolled}')].some(e => e.scrollWidth > e.clientWidth)"
    assert page.evaluate(wide), "what has to be scrolled is among what axe saw"


def test_a_phone_shows_the_text_of_a_test_and_whole_names(open_page):
    page = open_page(viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    title = page.locator(".tests th[scope=row]", has_text="The shape of the output.").first
    assert title.bounding_box()["width"] > 0.55 * PHONE["width"]
    message = page.locator(".tests .more td").first
    assert message.bounding_box()["width"] > 0.9 * PHONE["width"]
    name = page.get_by_role("link", name="ThreeLayerConvNet", exact=True)
    assert name.evaluate("e => e.getClientRects().length") == 1


def test_a_screen_reader_gets_names_captions_and_short_headings(open_page):
    page = open_page()
    unfold(page)
    tests = page.get_by_role("table", name="Hidden tests of conv_forward_naive")
    headings = [
        tests.get_by_role("columnheader", name=name, exact=True).count() for name in ("Result", "Test", "Points")
    ]
    assert headings == [1, 1, 1]
    assert tests.get_by_role("rowheader").all_inner_texts()[1] == "The output of one window."
    assert tests.get_by_role("cell", name="failed", exact=True).count() == 2
    message = tests.get_by_role("cell", name=re.compile("^out.0, 1. is 0.1234567")).first
    assert page.locator(f"#{message.get_attribute('headers')}").inner_text() == "The output of one window."
    for name in ("Your code of conv_forward_naive", "Your answer to question_stride", "Cell 2 that you added"):
        assert page.get_by_role("region", name=name, exact=True).count() == 1
    names = page.evaluate("[...document.querySelectorAll('[role=region]')].map(e => e.getAttribute('aria-label'))")
    assert len(names) == len(set(names))
    assert page.locator("html").get_attribute("lang") == "en"


STOPS = {
    "full": ["Skip to the points of this notebook", "FullyConnectedNets", "conv_forward_naive", "Your code",
             "Your code of conv_forward_naive", "Your answer to question_stride", "Cell 3 that you added"],
    "report": ["Skip to the content", "Scores", "The same as a table", "Table of the exercises",
               "Table of the students", "Score", "Dropout"],
    "similar": ["Table of the pairs", "ann and ben", "relu", "relu of ann, pair 1", "Table of the exercises"],
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_the_keyboard_gets_to_everything_in_order(open_page, name):
    page = open_page(name)
    unfold(page)
    stops = tab_stops(page)
    assert [stop["at"] for stop in stops] == sorted(stop["at"] for stop in stops)
    assert [stop for stop in stops if not stop["outline"]] == [], "the focus is seen"
    names = iter([stop["name"] for stop in stops])
    assert [name for name in STOPS[name] if name not in names] == [], "in this order"


def test_tests_that_all_passed_are_folded(open_page):
    page = open_page("right")
    section = page.locator("section#conv_forward_naive")
    assert not section.get_by_text("It is right.").is_visible()
    section.locator("summary", has_text="The hidden test passed").click()
    assert section.get_by_text("It is right.").is_visible()
    failed = open_page("full").locator("section#conv_forward_naive")
    assert failed.get_by_text("The shape of the output.").is_visible(), "with failures, all tests are seen"


def test_enter_opens_a_folded_part_and_follows_the_skip_link(open_page):
    page = open_page()
    summary = page.locator("summary", has_text="Findings for db")
    inside = page.get_by_text("db has shape (3,)")
    assert not inside.is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    expect(inside).to_be_visible()
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#the-points$"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "conv_forward_naive"


def test_a_printed_page_is_light_and_shows_folded_parts_and_whole_lines(open_page):
    page = open_page(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) != "rgb(255, 255, 255)"
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.highlight .k')).color") == "rgb(123, 31, 92)"
    assert page.get_by_text("db has shape (3,)").is_visible()
    clipped = (
        "[...document.querySelectorAll('.highlight, .comment')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert page.evaluate(clipped) == 0


# ---------------------------------------------------------------- language


def test_the_page_names_its_language():
    assert '<html lang="en">' in right_page()
    with in_language("fr"):
        assert html_language() == "fr"
    with in_language("zh"):
        assert html_language() == "zh-Hans"


def test_every_sentence_of_the_template_can_be_translated():
    """What is left without Jinja's parts and tags has no words, and no attribute for people is a plain text."""
    template = (STYLES.parent / "feedback.html.j2").read_text(encoding="utf-8")
    assert template.count("_(") > 30
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template, flags=re.DOTALL)
    assert re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", "", text)) == []
    assert re.findall(r'(?:aria-label|title|alt)="[^{"]+', template) == []


# ---------------------------------------------------------------- colours


def colours_of(theme):
    """The colours of the page's styles: name → #rrggbb, and the ground of a marked line as "mark"."""
    parts = STYLES.read_text(encoding="utf-8").split("@media", 1)
    block = {"light": parts[0], "dark": parts[1]}[theme].partition("* {")[0]
    found = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block))
    found = {
        name: value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:]) for name, value in found.items()
    }
    (off,) = re.findall(r"--off: (\d+), (\d+), (\d+);", block)
    under = [int(found["panel"][i : i + 2], 16) for i in (1, 3, 5)]
    found["mark"] = "#" + "".join(f"{round(0.86 * a + 0.14 * int(b)):02x}" for a, b in zip(under, off, strict=True))
    return found


def test_contrast_is_that_of_wcag():
    assert contrast("#ffffff", "#000000") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert round(contrast("#60a0b0", "#f6f8fa"), 2) == 2.76  # comments in an earlier style of this page


@pytest.mark.parametrize(("theme", "style"), [("light", LightStyle), ("dark", DarkStyle)])
def test_every_colour_of_code_can_be_read(theme, style):
    colours = colours_of(theme)
    of_code = {f"#{style.style_for_token(token)['color']}" for token in STANDARD_TYPES} - {"#None"}
    assert len(of_code) == 6
    for ground in ("panel", "mark"):
        assert {colour: contrast(colour, colours[ground]) for colour in of_code | {colours["text"]}
                if contrast(colour, colours[ground]) < 4.5} == {}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_of_text_can_be_read(theme):
    colours = colours_of(theme)
    pairs = [(text, ground) for text in ("text", "faint", "good", "bad") for ground in ("ground", "panel")]
    for text, ground in [*pairs, ("bad", "mark")]:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["focus"], colours["ground"]) >= 3
