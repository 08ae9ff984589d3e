"""The site of the documentation: strict builds, no other hosts, and pages of reference that are current."""

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from samples import others_slow

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
# Files that a browser loads by itself. A link that a reader follows may lead to another host.
LOADED = re.compile(r"""<(?:script|img|iframe|source|object|embed)\b[^>]*\b(?:src|data)=["'](?:https?:)?//"""
                    r"""|<link\b(?![^>]*rel=["']canonical)[^>]*\bhref=["'](?:https?:)?//""", re.IGNORECASE)  # fmt: skip
LOADED_FILE = re.compile(r"""<(?:script|img|link)\b[^>]*\b(?:src|href)=["']([^"'#?]+)""")
LOADED_BY_STYLES = re.compile(r"""url\(["']?(?:https?:)?//|@import\s+["'](?:https?:)?//""", re.IGNORECASE)


@pytest.fixture(scope="module")
def site_tools():
    """The modules build_site and reference_pages of the folder docs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        import build_site
        import reference_pages

        yield build_site, reference_pages


@pytest.fixture(scope="module")
def site(site_tools, tmp_path_factory):
    """The built site; its build is strict."""
    folder = tmp_path_factory.mktemp("site")
    assert site_tools[0].build(folder) == 0
    return folder


def html_pages(site):
    """The pages, without the templates that a theme leaves among its files."""
    return [page for page in site.rglob("*.html") if "_static" not in page.parts]


@pytest.fixture
def small(site_tools, tmp_path):
    """A function that builds a site of two pages, with what is added to them: (exit status, what Sphinx prints)."""

    def build(capfd, **added):
        docs = tmp_path / "docs"
        docs.mkdir()
        shutil.copy(DOCS / "conf.py", docs)
        shutil.copytree(DOCS / "_templates", docs / "_templates")
        (tmp_path / "NOTES.md").write_text("# Notes\n\nSee [the guide](docs/guide.md#first-step).\n")
        (tmp_path / "code.py").write_text("")
        pages = {"index": "# Index\n\n[Guide](guide.md), [notes](../NOTES.md), [code](../code.py)\n"}
        pages["guide"] = "# Guide\n\n## First step\n"
        for name in pages | added:
            (docs / f"{name}.md").write_text(pages.get(name, "") + added.get(name, ""))
        parts = {"All": ["guide", "notes"]}
        status = site_tools[0].build(tmp_path / "html", docs=docs, parts=parts, top={"NOTES.md": "notes.md"})
        return status, capfd.readouterr().err

    return build


def test_the_build_accepts_pages_whose_links_are_right(small, capfd, tmp_path):
    assert small(capfd) == (0, "")
    index = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert 'href="notes.html"' in index
    assert "code.py" not in index, "a file that is not on the site becomes text"
    assert 'href="guide.html#first-step"' in (tmp_path / "html" / "notes.html").read_text(encoding="utf-8")


def test_the_build_fails_for_broken_links_and_for_pages_without_an_entry(small, capfd):
    """One build has all of these faults: each is a warning, and each warning is an error."""
    faults = {
        "[Gone](gone.md)": "cross-reference target not found: 'gone.md'",
        "[Gone](index.md#gone)": "local id not found in doc 'index': 'gone'",
        "[Gone](#nowhere)": "cross-reference target not found: 'nowhere'",
        "![Picture of nothing](gone.png)": "image file not readable: gone.png",
    }
    status, printed = small(capfd, guide="\n\n".join(["", *faults, ""]), hidden="# No page leads here\n")
    assert status != 0
    for warning in (*faults.values(), "hidden.md: WARNING: document isn't included in any toctree"):
        assert warning in printed
    assert printed.count("WARNING") == len(faults) + 1


def test_every_page_is_on_the_site_and_in_the_sidebar(site, site_tools):
    pages = [name for names in site_tools[0].PAGES.values() for name in names]
    assert len(pages) == len(set(pages))
    sidebar = (site / "index.html").read_text(encoding="utf-8").partition("bd-docs-nav")[2].partition("</nav>")[0]
    for name in pages:
        assert (site / f"{name}.html").is_file()
        assert f'href="{name}.html"' in sidebar


def test_no_page_loads_anything_from_another_host(site):
    pages, styles = html_pages(site), [*site.rglob("*.css")]
    assert len(pages) > 15
    assert styles
    assert [page for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []
    assert [style for style in styles if LOADED_BY_STYLES.search(style.read_text(encoding="utf-8"))] == []


def test_every_file_that_a_page_loads_is_on_the_site(site):
    for page in html_pages(site):
        for found in LOADED_FILE.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / unquote(found)).exists(), f"{page.name}: {found}"


def test_every_picture_has_an_alternative_text(site):
    pages = [page.read_text(encoding="utf-8") for page in html_pages(site)]
    pictures = [tag for page in pages for tag in re.findall(r"<img\b[^>]*>", page)]
    assert pictures
    assert [tag for tag in pictures if not re.search(r'alt="[^"]{10,}"', tag)] == []


@pytest.fixture(scope="module")
def chromium():
    from chromium import start_chromium  # skips without Chromium

    with start_chromium() as browser:
        yield browser


@pytest.mark.parametrize("name", others_slow(["index", "student", "reference/settings"], often=["index"]))
def test_axe_finds_nothing_on_a_page_of_the_site(site, chromium, name):
    from axe import DESK, PHONE, violations  # skips without axe-core

    page = chromium.new_page(viewport=DESK)
    page.goto((site / f"{name}.html").as_uri())
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert violations(page) == []
    page.close()


# ---------------------------------------------------------------- pages of reference


def test_the_pages_of_reference_are_current(site_tools):
    for path, text in site_tools[1].pages().items():
        assert (DOCS / path).read_text(encoding="utf-8") == text, f"docs/{path} is old: run `make docs`"


def test_every_setting_has_one_help_text():
    from autograder.course.config import OPTIONS
    from autograder.course.setting_help import ASSIGNMENT_HELP, COURSE_HELP
    from autograder.course.settings import SETTINGS

    assert COURSE_HELP.keys() == OPTIONS.keys()
    assert ASSIGNMENT_HELP.keys() == SETTINGS.keys()
