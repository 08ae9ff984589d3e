"""Text from students in a terminal, a page and a file: it is shown as text, and short."""

import json
import shutil
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from courses import copy_course
from in_process import run_here

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.feedback import safe_html
from autograder.feedback.page import PageHead, feedback_page
from autograder.feedback.safe_html import safe_code, safe_markdown, served_from
from autograder.feedback.texts import SUBMISSION_KEY
from autograder.printable import clean, clean_lines, sentence
from autograder.scoring.results import load_stored
from autograder.templates import breakable

ROOT = Path(__file__).parent.parent
SCRIPT = "<script>alert(1)</script>"
RAISES = r"""
def layernorm_forward(x, gamma, beta, ln_param):
    print("\x1b[2Jprinted <b>")
    raise ValueError("\x1b[31m<script>alert(2)</script>\u202e" + "a" * 100_000 + "\n24 passed")
"""
NAMES = r"""
def layernorm_backward(dout, cache):
    return type("<img src=x onerror=alert(3)>\x1b]0;title\x07", (), {})()
"""
MARKDOWN = f"""{SCRIPT} <img src=x onerror=alert(4)> <b onclick="alert(5)">bold</b> [link](javascript:alert(6))
<iframe src="http://localhost"></iframe> <style>body {{ display: none }}</style> <a href="data:text/html,x">x</a>
[again](JaVaScRiPt&colon;alert(7)) ![picture](http://localhost/track.png) <svg onload=alert(8)>"""


class Active(HTMLParser):
    """Collect elements that could run, load or hide something."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag in ("iframe", "object", "embed", "form", "svg", "img", "base"):
            self.found.append(tag)
        for name, value in attributes:
            if name.startswith("on") or (value or "").strip().lower().startswith(("javascript:", "data:text")):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data):
        if self.get_starttag_text() and self.get_starttag_text().startswith("<script") and "alert(" in data:
            self.found.append(f"script {data}")


def active(html):
    parser = Active()
    parser.feed(html)
    return parser.found


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(course folder, what `grade` printed) of one hostile submission."""
    folder = tmp_path_factory.mktemp("course")
    copy_course(folder)
    target = folder / "submitted" / "mallory" / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", target)
    path = target / "BatchNormalization.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = {"layernorm_forward": RAISES, "layernorm_backward": NAMES}.get(grade_id, cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": SCRIPT}}]
    notebook["cells"].insert(2, {"cell_type": "markdown", "metadata": {}, "source": MARKDOWN})
    path.write_text(json.dumps(notebook))
    done = run_here(folder, "grade", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_terminal_gets_no_control_characters(graded):
    assert "layernorm_forward: error: ValueError: " in graded[1].replace("\n", " ").replace("  ", "")
    assert all(line.isprintable() for line in graded[1].splitlines())


def test_the_result_holds_short_printable_texts_only(graded):
    result = load_stored(load_course(graded[0]), "assignment2", "mallory").result
    for test in (test for exercise in result.exercises.values() for test in exercise.tests):
        assert test.message.isprintable()
        assert len(test.message) < 700
        assert all(line.isprintable() for line in test.output.splitlines())


def test_no_page_of_feedback_holds_anything_that_could_run(graded):
    pages = sorted((graded[0] / "feedback" / "mallory" / "assignment2").glob("*.html"))
    assert len(pages) == len(load_assignment(load_course(graded[0])).notebooks)
    ours = {name: len(active(path.read_text())) for name, path in ((path.name, path) for path in pages)}
    text = pages[0].read_text()
    assert ours["BatchNormalization.html"] == ours["ConvolutionalNetworks.html"]
    assert SCRIPT not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("line", MARKDOWN.splitlines())
def test_markdown_loses_whatever_could_run_load_or_hide(line):
    html = safe_markdown(line)
    assert active(html) == []
    assert "<style" not in html
    assert "<script" not in html


def test_markdown_keeps_safe_formatting():
    html = safe_markdown(
        "# Title\n\n*a* **b** `c < d` $x < y$\n\n| h |\n|---|\n| 1 |\n\n```python\nx = 1\n```\n\n- [l](https://e.org)"
    )
    for part in ("<h1", "<em>a", "<strong>b", "<code>c &lt; d", "$x &lt; y$", "<td>1", "<pre", "<li>", "https://e.org"):
        assert part in html


@pytest.mark.parametrize(
    "text",
    [
        "![x](attachment:x.png)",
        "![x][1]\n\n[1]: attachment:x.png",
        "![x](attachment&#58;x.png)",
        "[![x](attachment:x.png)](https://e.org)",
        "- > ![](<attachment:x.png> 'title')",
    ],
)
def test_a_picture_that_was_pasted_into_a_cell_is_named(text):
    assert "(picture x.png, which is not shown)" in safe_markdown(text)
    assert active(safe_markdown("![x](attachment:<img/src=x>)")) == []


PICTURE = {"y.png": {"image/png": "AAAA"}, 'v".svg': {"application/octet-stream": "QUJD"}}
SHOWN = '<img src="data:image/png;base64,AAAA" alt="'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('<img src="attachment:y.png" onerror=alert(1) style=x class=z srcset="http://e.org/a.png">', 1),
        ('![a" onerror=alert(1) x="](attachment:y.png)', 1),
        ("![a ![b](attachment:y.png) c](attachment:y.png)", 1),
        (
            "<svg><image href=attachment:y.png></svg><picture><source srcset=http://e.org/a><img src=attachment:y.png>",
            1,
        ),
        ("<style><img src=attachment:y.png></style><textarea><img src=attachment:y.png></textarea>", 2),
        ('<div><a title="\n\n![x](attachment:y.png)\n\n">', 0),
        ("<a href=https://e.org title=\"a<img src='attachment:y.png'>b\">t</a>", 0),
        ('<img alt="<img src=attachment:y.png>" src=x>', 0),
        ("`![x](attachment:y.png)` <!-- <img src=attachment:y.png> --> <img", 0),
        (
            "![](data:image/svg+xml,x) ![](//e.org/a) ![](http:/a) <img src=javascript:alert(1)> <img srcset=http://e.org/a>",
            0,
        ),
    ],
)
def test_a_picture_of_the_cell_is_the_only_one_that_a_page_shows(text, shown):
    html = safe_markdown(text, PICTURE)
    assert html.count(SHOWN) == shown
    assert active(html.replace(SHOWN, '<b alt="')) == []
    assert "srcset" not in html.replace("&lt;source srcset", "")


def test_a_picture_of_an_unsafe_type_is_a_download(monkeypatch):
    link = '<a download="v&quot;.svg" href="data:application/octet-stream;base64,QUJD">'
    assert link in safe_markdown("![x](<attachment:v%22.svg>)", PICTURE)
    for text in ("a" * (safe_html.MAX_MARKDOWN + 1), "short"):
        monkeypatch.setattr(safe_html, "MarkdownWithMath", None)
        assert SHOWN in safe_markdown(text, PICTURE), "a text that stays plain has its pictures below"
        assert link in safe_markdown(text, PICTURE)


def test_text_that_a_library_cannot_convert_stays_plain(monkeypatch):
    def fail(*_, **__):
        raise RecursionError

    monkeypatch.setattr(safe_html.MarkdownWithMath, "render", fail)
    monkeypatch.setattr(safe_html.Highlight2HTML, "__call__", fail)
    for convert in (safe_markdown, safe_code):
        assert "<pre>a &lt; b" in convert("a < b")
        assert active(convert(MARKDOWN)) == []


def own_cells(kind, texts):
    cells = [{"cell_type": kind, "id": f"own-{i}", "metadata": {}, "source": text} for i, text in enumerate(texts)]
    metadata = {SUBMISSION_KEY: {"notes": [], "isolation": "", "versions": {}}}
    return {"cells": cells, "metadata": metadata}, PageHead("x", 0, 1, 0)


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("markdown", "\n#"),
        ("markdown", "\na\n="),
        ("markdown", "$x$ "),
        ("markdown", "$$\\hat x$$"),
        ("code", "\x01"),
        ("code", "$"),
        ("code", "\u202e"),
    ],
)
def test_a_page_of_hostile_text_is_made_in_seconds(kind, unit):
    total = {"markdown": 50_000, "code": 400_000}[kind]  # what a notebook may have
    size = {"markdown": 4990, "code": 7990}[kind]
    texts = [f"{number}\n" + unit * (size // len(unit)) for number in range(total // size)]
    began = time.process_time()
    page = feedback_page(*own_cells(kind, texts))
    assert time.process_time() - began < 5
    assert all(f"{number}\n" in page or f">{number}<" in page for number in range(len(texts))), "nothing is left out"


def test_joined_letters_are_kept():
    assert "\u0645\u06cc\u200c\u0634\u0648\u062f" in safe_markdown("\u0645\u06cc\u200c\u0634\u0648\u062f")


KEPT = [
    "https://arxiv.org/abs/1502.03167", "http://e.org", "https://e.org:8080/a_(b)?x=1&y=%20#z", "https://xn--bcher-kva.de/",
    "mailto:ann.b+c@cs.e.org", "#batch-normalization", "HTTPS://E.org/", "https://localhost.example.org/",
]  # fmt: skip
DROPPED = [
    "a.html", "./a.html", "../../x.html", "..%2f..%2fx.html", "/files/x.html", "//e.org/x", "\\\\e.org", "/\\e.org",
    "?path=x", "http:/files/x", "http:x.html", "http:///files/x", "https:\\\\e.org", "http:\\files",
    "http://e.org\\@localhost/",
    "http://localhost/", "http://LOCALHOST:8888/", "http://localhost./", "http://a.localhost/x", "http://hub/x",
    "http://127.0.0.1:8888/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.0x1/", "http://[::1]/", "http://0/",
    "http://good.org@evil.org/", "http://a:b@e.org/", "http://e.org:80@localhost/", "http://%6cocalhost/", "http://e.org./",
    "http://e.org%2f@x/", "http://\uff4cocalhost/", "http://127\u30020\u30020\u30021/", "http://-",
    "http://b\u00fccher.de/", "http://e.org:x/", "http://", "",
    "attachment:x.html", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
    "ftp://e.org/", "blob:http://e.org/1", "view-source:http://e.org/", "http&#58;/files/x", "ht&Tab;tp:/x",
    "&sol;files/x", "mailto:", "mailto:a@b?cc=c", "http://grader.e.org/formgrader", "https://GRADER.e.org:9999/",
    "http://front.e.org/x",
]  # fmt: skip


def hrefs(html):
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.extend(value for name, value in attributes if name == "href")
    parser.feed(html)
    return found


@pytest.mark.parametrize("link", KEPT)
def test_a_complete_link_is_kept(link):
    for text in (f"[words]({link})", f'<a href="{link.replace("&", "&amp;")}">words</a>'):
        html = safe_markdown(text)
        assert hrefs(html) == [link]
        assert "words" in html


@pytest.mark.parametrize("link", DROPPED)
def test_a_link_to_the_readers_own_server_loses_its_address_but_not_its_text(link):
    with served_from({"Grader.e.org", "front.e.org", None}):
        tags = (f'<a href="{link}">words</a>', f"<a href='\t{link}\n'>words</a>")
        for text in (*tags, f"[words](<{link}>)", f"[words][1]\n\n[1]: {link}"):
            html = safe_markdown(text)
            assert hrefs(html) == [], text
            assert "words" in html
    assert hrefs(safe_markdown("[words](https://grader.e.org/)")) == ["https://grader.e.org/"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb\x1b[31m", "a b [31m"), ("\u202egnp.exe", "gnp.exe"), ("x" * 1000, "x" * 500), (None, ""), (b"x", "")],
)
def test_a_message_is_one_short_printable_line(text, shown):
    assert clean(text) == shown


def test_output_keeps_its_lines():
    assert clean_lines("a\n\x07b\r\nc", limit=100) == "a\nb\nc"


@pytest.mark.parametrize(("text", "whole"), [("a", "a."), ("a.", "a."), ("a?", "a?"), ("a (b.)", "a (b.).")])
def test_a_note_ends_with_one_full_stop(text, whole):
    assert sentence(text) == whole


def test_a_long_name_breaks_after_underscores_only():
    assert breakable("max_pool__x_") == "max_<wbr>pool__<wbr>x_"
    assert breakable("ThreeLayerConvNet<b>") == "ThreeLayerConvNet&lt;b&gt;"
