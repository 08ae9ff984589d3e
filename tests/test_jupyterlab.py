"""A student's first exercise in JupyterLab, in a real browser: a wrong answer, what its check says, the right one."""

import json
import re
from pathlib import Path

import pytest
from axe import CONTRAST, PHONE, violations
from chromium import keep_picture, playwright, start_chromium
from courses import CONTENT, jupyter_server, unpack_bundle

from autograder.sample_class.command import changed_submission

EXERCISE, NOTEBOOK = "batchnorm_forward", "BatchNormalization.ipynb"
MISTAKE = next(mutant for mutant in CONTENT.mutants if mutant.id == f"{EXERCISE}/beta-forgotten")
COMPARED = "means compared with beta"
RELEASE = Path(__file__).parent.parent / "release" / "assignment2"
PATIENCE = 30_000  # milliseconds; where nothing else runs, the kernel answers after two seconds
QUIET = {"notification": {"fetchNews": "false", "checkForUpdates": False}}  # else JupyterLab asks whether it may
OWN_FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")
# What a released notebook brings into JupyterLab: rendered text, and output. All around it is JupyterLab's.
OURS = (".jp-Notebook .jp-RenderedMarkdown", ".jp-Notebook .jp-OutputArea-output")
NOT_OURS = (
    ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']",  # IPython's colours of a traceback
)
SCROLLED_BY_KEYBOARD = "scrollable-region-focusable"  # JupyterLab's: a wide formula scrolls, but never has the focus
# axe-core takes everything in JupyterLab for hidden, since its body is 0 pixels high.
FAINT = {"Light": "#888", "Dark": "#555"}
VISIBLE = "body { overflow: visible !important; }"
expect = playwright.expect


@pytest.fixture(scope="module")
def answers(assignment):
    """The whole cell of the exercise, with a mistake and without."""

    def source(*changes):
        cells = changed_submission(assignment, "ann", changes).notebooks[NOTEBOOK]
        return next(cell.source for cell in cells if cell.grade_id == EXERCISE)

    return source(MISTAKE), source()


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """A folder with what a student unpacked, and the address of JupyterLab on that."""
    folder = tmp_path_factory.mktemp("student")
    unpack_bundle(folder)
    with jupyter_server(folder / "assignment2", **{name: str(folder / name) for name in OWN_FOLDERS}) as address:
        yield folder, address


@pytest.fixture
def page():
    """A page that nothing outside of this machine gets to, and no error in it."""
    errors = []
    with start_chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        expect.set_options(PATIENCE)
        page.route(lambda address: not address.startswith(("http://127.0.0.1", "data:", "blob:")), lambda r: r.abort())
        page.on("pageerror", lambda error: errors.append(error))
        yield page
    assert errors == []


def choose_settings(folder, **groups):
    """A user's choices in JupyterLab's settings: one dict for each group."""
    folder = folder / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True, exist_ok=True)
    for group, values in groups.items():
        (folder / f"{group}.jupyterlab-settings").write_text(json.dumps(values))


def cell_number(path, grade_id):
    """Where a cell is in a notebook, from 0 on."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return next(i for i, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


class Notebook:
    """A notebook that is open in JupyterLab, worked on by keyboard from its first cell on."""

    def __init__(self, page):
        self.page = page
        self.at = 0
        expect(page.get_by_text("(ipykernel) | Idle")).to_be_visible()  # what is run before that is lost
        self.cell(0).click()
        page.keyboard.press("Escape")

    def cell(self, number):
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")

    def run_to(self, number):
        """Run cells until that one is the active cell."""
        self._press("Shift+Enter", number - self.at)

    def go_up_to(self, number):
        self._press("ArrowUp", number - self.at)

    def type(self, text):
        """Put a text in the place of the active cell's. In one go: key by key, the editor would add brackets."""
        for key in ("Enter", "Control+A"):
            self.page.keyboard.press(key)
        self.page.keyboard.insert_text(text)

    def _press(self, key, way):
        for _ in range(abs(way)):
            self.page.keyboard.press(key)
        self.at += way
        expect(self.cell(self.at)).to_have_class(re.compile("jp-mod-active"))


def assert_accessible(page, theme):
    """axe-core finds nothing in what a notebook brings, and would find a colour that can hardly be read."""
    page.add_style_tag(content=VISIBLE)
    shown = [selector for selector in OURS if page.locator(selector).count()]
    assert violations(page, include=shown, exclude=NOT_OURS) == []
    page.add_style_tag(
        content=f".jp-RenderedMarkdown p, .jp-OutputArea-output pre {{ color: {FAINT[theme]} !important; }}"
    )
    assert any(line.startswith("color-contrast") for line in violations(page, include=shown, only=["color-contrast"]))


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("notebook", sorted(f"{path.stem}.ipynb" for path in RELEASE.glob("*.ipynb")))
def test_axe_finds_nothing_in_a_released_notebook(student, page, theme, notebook):
    folder, address = student
    choose_settings(folder, themes={"theme": f"JupyterLab {theme}"}, **QUIET)
    page.goto(f"{address}/lab/tree/{notebook}?token=secret&reset")
    expect(page.locator(".jp-Notebook .jp-RenderedMarkdown").nth(5)).to_be_attached()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", f"JupyterLab {theme}")
    assert_accessible(page, theme)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Dropout.ipynb", "ConvolutionalNetworks.ipynb"])
def test_axe_finds_nothing_in_a_released_notebook_on_a_phone(student, page, name):
    """Without JupyterLab's file browser, which leaves a notebook no room there."""
    folder, address = student
    choose_settings(folder, themes={"theme": "JupyterLab Light"}, **QUIET)
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/doc/tree/{name}?token=secret&reset")
    rendered = page.locator(OURS[0])
    expect(rendered.nth(5)).to_be_attached()
    formula = page.locator(".jp-Notebook mjx-container[display=true]").first
    formula.scroll_into_view_if_needed()
    keep_picture(page, f"12-jupyterlab-phone-{name}.png")
    wide = rendered.evaluate_all("""all => all.filter(e => e.scrollWidth > e.clientWidth + 1)
        .map(e => [getComputedStyle(e).overflowX, e.textContent.slice(0, 40)])""")
    assert wide, "a formula is wider than a phone"
    assert [text for overflow, text in wide if overflow != "auto"] == [], "what is too wide scrolls by itself"
    page.add_style_tag(content=VISIBLE)
    assert violations(page, include=OURS[:1], off=(*CONTRAST, SCROLLED_BY_KEYBOARD)) == []
    assert violations(page, include=OURS[:1], only=[SCROLLED_BY_KEYBOARD]), "JupyterLab can do it now: test it"


@pytest.mark.parametrize("theme", ["Light", pytest.param("Dark", marks=pytest.mark.slow)])
def test_a_check_says_what_is_wrong_and_then_that_all_is_right(student, answers, page, theme):
    folder, address = student
    wrong, right = answers
    path = folder / "assignment2" / NOTEBOOK
    exercise, check = cell_number(path, EXERCISE), cell_number(path, f"check_{EXERCISE}")
    choose_settings(folder, themes={"theme": f"JupyterLab {theme}"}, **QUIET)
    page.goto(f"{address}/lab/tree/{NOTEBOOK}?token=secret&reset")
    notebook = Notebook(page)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", f"JupyterLab {theme}")
    output = notebook.cell(check).locator(".jp-Cell-outputArea")

    notebook.run_to(exercise)
    notebook.type(f"{wrong}\n\nimport cs231n\nprint(cs231n.__file__)")
    notebook.run_to(check + 1)
    expect(output).to_contain_text(f"✘ {COMPARED}: relative error 1 is above the tolerance")
    expect(output).not_to_contain_text("Traceback")
    expect(output).not_to_contain_text("✔")
    imported = notebook.cell(exercise).locator(".jp-Cell-outputArea")
    expect(imported).to_have_text(str(folder / "assignment2" / "cs231n" / "__init__.py"))  # not the kit's own
    output.scroll_into_view_if_needed()
    keep_picture(page, f"10-jupyterlab-{theme.lower()}-wrong.png")

    notebook.go_up_to(exercise)
    notebook.type(right)
    notebook.run_to(check + 1)
    expect(output).to_contain_text(re.compile(f"{COMPARED}.*✔.*stds compared with gamma.*✔\\s*$", re.DOTALL))
    output.scroll_into_view_if_needed()
    keep_picture(page, f"10-jupyterlab-{theme.lower()}-right.png")
    assert_accessible(page, theme)


@pytest.mark.slow
def test_a_figure_has_the_colour_of_the_text_in_the_dark_theme(student, page):
    folder, address = student
    name = "Dropout.ipynb"
    path = folder / "assignment2" / name
    picture = cell_number(path, "picture_dropout")
    choose_settings(folder, themes={"theme": "JupyterLab Dark"}, **QUIET)
    page.goto(f"{address}/lab/tree/{name}?token=secret&reset")
    notebook = Notebook(page)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Dark")
    notebook.run_to(picture + 1)
    figure = notebook.cell(picture).locator(".jp-Cell-outputArea svg[role=img]")
    expect(figure).to_be_visible()
    expect(figure).to_have_attribute("aria-label", re.compile("^A network in two steps of training"))
    expect(notebook.cell(picture).locator(".jp-Cell-outputArea img")).to_have_count(0)
    colours = "svg => [svg, document.querySelector('.jp-RenderedMarkdown')].map(e => getComputedStyle(e).color)"
    drawn, text = figure.evaluate(colours)
    assert drawn == text
    assert min(map(int, re.findall(r"\d+", drawn)[:3])) > 200  # light
    figure.scroll_into_view_if_needed()
    keep_picture(page, "11-jupyterlab-dark-figure.png")
