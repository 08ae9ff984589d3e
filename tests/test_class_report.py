"""The figures of the class report, and its page: correct, complete, and safe for any names of students."""

import base64
import hashlib
import itertools
import os
import re
import statistics
import subprocess
import sys
import time
import tracemalloc
import weakref
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from courses import CONTENT
from made_up_results import exercise, found_as, large_class, not_handed_in, outcome, stored

from autograder.errors import UsageError
from autograder.model import Problem, ProblemKind, Repair, RepairKind, State
from autograder.release.checks_record import bundle_path, write_proof
from autograder.report.command import write_report
from autograder.report.page import report_page
from autograder.report.statistics import summarize
from autograder.scoring.results import save_stored

ROOT = Path(__file__).parent.parent
VOID = {"meta", "br", "wbr", "link", "img", "input", "hr"}


ONE, TWO = "The one is wrong. Make it right.", "The two is wrong."


def small_class():
    """Two exercises of 4 and 6 points; tests of A weigh 1 and 3."""
    one, both = ONE, f"{ONE} {TWO}"
    blank = [outcome("b1", False, status="missing"), outcome("b2", False, status="skipped")]
    right_a, right_b = [outcome("a1"), outcome("a2", weight=3)], [outcome("b1"), outcome("b2")]
    bob = [outcome("a1"), outcome("a2", False, weight=3, misconception=both)]
    dee = [outcome("a1", False, misconception=one), outcome("a2", False, weight=3, misconception=one)]
    cid = [outcome("b1"), outcome("b2", False, status="timeout", message="no answer")]
    return [
        stored("ann", {"A": exercise(4, right_a), "B": exercise(6, right_b, attempted=False)}, seconds=2.5),
        stored("bob", {"A": exercise(4, bob), "B": exercise(6, right_b)}, seconds=9.0),
        stored("cid", {"A": exercise(4, right_a), "B": exercise(6, cid)}),
        stored("dee", {"A": exercise(4, dee), "B": exercise(6, blank, attempted=False)}, state="needs attention",
               problems=[not_handed_in("BatchNormalization.ipynb", "my diary.txt")]),
    ]  # fmt: skip


class Walk(HTMLParser):
    """Parse a page; every element must be closed by its own end tag."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.text, self.tables = [], [], "", []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "table":
            self.tables.append([])
        elif "table" in self.open:
            self.tables[-1].append((tag, dict(attributes)))
        self.text += " " * (tag in ("td", "th"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(results, **options):
    figures = summarize(results, {ONE, TWO})
    return report_page(figures, **{"name": "assignment2", "links": lambda student: [], **options})


def test_the_figures_of_a_small_class_match_those_computed_by_hand():
    figures = summarize(iter(small_class()), {ONE, TWO})
    assert [row.score for row in figures.rows] == [10, 7, 7, 0]
    assert figures.histogram() == [1, 0, 0, 0, 0, 0, 0, 2, 0, 1]
    assert figures.summary == {"mean": 6, "median": 7, "lower": 5.25, "upper": 7.75}
    a, b = figures.exercises["A"], figures.exercises["B"]
    # Ann has not touched the cell of B, but passes its tests: she wrote the function in a cell of her own.
    assert [(e.attempted, e.full, e.lost_wrong, e.lost_blank, e.misconceived) for e in (a, b)] == [
        (4, 2, 7, 0, 2),
        (3, 2, 3, 6, 0),
    ]
    assert {t.title: (t.passed, t.attempted) for e in (a, b) for t in e.tests.values()} == {
        "a1": (3, 4),
        "a2": (2, 4),
        "b1": (3, 3),
        "b2": (2, 3),
    }
    assert [(m.sentence, m.students, m.exercises) for m in figures.commonest(20)] == [
        (ONE, 2, {"A": 2}),
        (TWO, 1, {"A": 1}),
    ]
    assert [(name, t.title, t.unexplained, t.examples) for name, t in figures.unexplained(10)] == [
        ("B", "b2", {"timeout": 1}, ["cid"])
    ]
    assert [row.student for row in figures.slowest(2)] == ["bob", "ann"]
    assert figures.states == {"graded": 3, "needs attention": 1}


def test_discrimination_is_the_correlation_with_the_score_elsewhere():
    tests = {t.title: t for e in summarize(small_class()).exercises.values() for t in e.tests.values()}
    assert tests["a1"].discrimination == pytest.approx(statistics.correlation([1, 1, 1, 0], [6, 6, 3, 0]))
    assert tests["a2"].discrimination == pytest.approx(6 / (4 * 99) ** 0.5)
    assert tests["b1"].discrimination is None  # everybody who attempted it passes
    assert tests["b2"].discrimination == pytest.approx(-0.5)  # the students who pass have 4 and 1 points elsewhere


def test_without_variance_elsewhere_there_is_no_discrimination():
    tests = [[outcome("a", passed)] for passed in (True, False)]
    results = [stored(f"s{i}", {"A": exercise(4, t), "B": exercise(1.1, [outcome("b")])}) for i, t in enumerate(tests)]
    assert summarize(results).exercises["A"].tests["a"].discrimination is None


def test_the_page_shows_the_figures():
    walk = Walk(page_of(small_class(), without_result=["eve"]))
    text = " ".join(walk.text.split())
    for words in (
        "A 4 100 % 4/4 50 % 2/4 50 % 2/4 1.75 2",
        "a1 1 75 % 3/4 75 % 3/4 0.87",
        "b2 1 67 % 2/3 50 % 2/4 −0.50",
        f"2 {ONE} A",
        "1 b2 B 1 timeout cid",
        "dee BatchNormalization.ipynb was not handed in (there is my diary.txt)",
        "eve there is a submission without a result",
        "Scores are those of the hidden tests.",
    ):
        assert words in text


def test_complete_results_are_not_kept(assignment):
    results, alive = [], []

    def stream():
        for entry in large_class(assignment, 30):
            results.append(weakref.ref(entry.result))
            alive.append(sum(result() is not None for result in results))
            yield entry
            del entry

    assert len(summarize(stream()).rows) == 30
    assert max(alive) <= 3


@pytest.mark.slow
def test_a_thousand_students_make_one_small_page(course, assignment):
    for entry in large_class(assignment, 1000):
        save_stored(course, entry)
    start = time.perf_counter()
    target = write_report(course)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    summarize(large_class(assignment, 200))
    memory = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"1000 students: {seconds:.1f} s, {target.stat().st_size / 1e6:.2f} MB; 200 in {memory:.1f} MB of memory")
    page = target.read_text()
    assert target == course.root / "reports" / "assignment2" / "index.html"
    assert target.stat().st_size < 3e6
    assert page.count("student-") >= 1000
    assert re.search(r"misconceptions, 20 of \d{3}<", page)


@pytest.mark.parametrize("secret", [None, "secret"])
def test_the_page_is_self_contained_and_accessible(assignment, secret):
    page = page_of(large_class(assignment, 200), secret=secret, proof=["no hidden test is mentioned"], bundle="x.zip")
    walk = Walk(page)
    assert "://" not in page
    assert not walk.all("link")
    assert not walk.all("img")
    assert not re.search(r"@import|url\(", page)
    assert [attributes for attributes in walk.all("script") if attributes] == []
    ids = [attributes["id"] for _, attributes in walk.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(walk.tables) == 11
    for table in walk.tables:
        assert [tag for tag, _ in table].count("caption") == 1
        assert all(about.get("scope") for tag, about in table if tag == "th")
        columns = sum(about.get("scope") == "col" for tag, about in table if tag == "th")
        assert columns >= 2
    for drawing in walk.all("svg"):
        assert drawing["role"] == "img"
        assert set(drawing["aria-labelledby"].split()) <= set(ids)
    assert len(walk.all("svg")) == 2
    sections = {f"#{about['aria-labelledby']}" for about in walk.all("section")}
    assert {about["href"] for about in walk.all("a")} == sections | {"#content"}, "and the skip link"
    assert "no hidden test is mentioned" in walk.text


def test_only_our_own_script_may_run():
    page = page_of(small_class())
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in page


HOSTILE = ("<script>alert(1)<", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "a?b#c%2F d'&amp;", "x\u202ey")


def test_hostile_names_are_text_and_link_to_their_own_feedback(course):
    right = {"A": exercise(4, [outcome("a")])}
    for name in HOSTILE:
        problem = Problem(ProblemKind.LINK, "is a link", name)
        save_stored(course, stored(name, right, repairs=[found_as(name)], problems=[problem], state="needs attention"))
        page = course.feedback / name / "assignment2" / "BatchNormalization.html"
        page.parent.mkdir(parents=True)
        page.write_text(name)
    target = write_report(course)
    walk = Walk(target.read_text())
    assert len(walk.all("script")) == 1
    assert not walk.all("img")
    for name in HOSTILE:
        assert walk.text.count(name.replace("\u202e", " ")) >= 3
    links = {about["href"] for about in walk.all("a") if about["href"][0] != "#"}
    assert all(link.startswith("../../feedback/") for link in links)
    assert not any(set(link) & set("?#\"'<> ") for link in links)
    assert {(target.parent / unquote(link)).read_text() for link in links} == set(HOSTILE)


def test_links_lead_to_existing_pages_relative_to_the_file(course):
    for entry in small_class():
        save_stored(course, entry)
    page = course.feedback / "ann" / "assignment2" / "BatchNormalization.html"
    page.parent.mkdir(parents=True)
    page.write_text("feedback")
    target = write_report(course, output=course.root / "elsewhere" / "a" / "b" / "report.html")
    links = [about["href"] for about in Walk(target.read_text()).all("a") if about["href"][0] != "#"]
    assert set(links) == {"../../../feedback/ann/assignment2/BatchNormalization.html"}


def test_the_anonymous_page_has_no_names_and_no_text_of_students(course):
    assert course.secret, "grading makes it before there are results"
    entries = small_class()
    foreign = Repair(
        RepairKind.FOREIGN_NAME, {"file": "work of bob.ipynb", "student": "bob"}, "BatchNormalization.ipynb"
    )
    changes = {"repairs": (found_as("secret diary.ipynb"), foreign), "state": State.GRADED_AFTER_REPAIR}
    entries[2] = replace(entries[2], result=replace(entries[2].result, **changes))
    for entry in entries:
        save_stored(course, entry)
    (course.submitted / "zoe" / "assignment2").mkdir(parents=True)
    target = write_report(course, anonymous=True)
    assert target.name == "anonymous.html"
    text = Walk(target.read_text()).text
    page = target.read_text()
    assert not re.search(r"\b(ann|bob|cid|dee|zoe)\b|diary|no answer|\.ipynb|feedback/", page)
    assert all(f"Student\u00a0{number}" in text for number in (1, 2, 3, 4))
    assert text.count(foreign.phrase) >= 2
    assert "a notebook was not handed in" in text
    assert ONE in text
    assert not write_report(course).samefile(target)


def test_numbers_of_students_depend_only_on_the_secret():
    def scores(results, secret):
        page = page_of(results, secret=secret)
        return re.findall(r'<th scope="row">Student\u00a0\d+</th><td class="n">([\d.]+)<', page)

    results = [stored(f"s{i:02}", {"A": exercise(i + 1, [outcome("a")])}) for i in range(20)]
    in_order = [f"{i + 1}" for i in range(20)]
    one, other = scores(results, "one")[-20:], scores(results, "other")[-20:]
    assert one == scores(results[::-1], "one")[-20:]
    assert sorted(one, key=int) == sorted(other, key=int) == in_order
    assert len({tuple(order) for order in (one, other, in_order, in_order[::-1])}) == 4


def test_slow_ones_of_the_same_time_do_not_show_the_order_of_the_files():
    results = [stored(f"s{i:02}", {"A": exercise(4, [outcome("a")])}) for i in range(5)]
    assert page_of(results, secret="one") == page_of(results[::-1], secret="one")


def test_the_same_results_make_the_same_bytes(course, assignment):
    for entry in large_class(assignment, 25):
        save_stored(course, entry)
    command = [sys.executable, "-m", "autograder", "report", "--output"]
    pages = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        target = course.root / "reports" / f"{seed}.html"
        done = subprocess.run(
            [*command, target], cwd=course.root, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout == f"report: {target}\n"
        pages.append(target.read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (["bwrap", "bwrap"], []),
        (["bwrap", "inner"], ["have different isolation: 1 scored in a sandbox (bubblewrap"]),
        (["none", "none"], ["2 submissions were scored without a sandbox"]),
        (["none", "bwrap"], ["1 submission was scored without a sandbox", "have different isolation"]),
    ],
)
def test_a_weak_or_mixed_isolation_gives_a_warning(levels, words):
    results = [stored(f"s{i}", {"A": exercise(4, [outcome("a")])}, isolation=level) for i, level in enumerate(levels)]
    walk = Walk(page_of(results))
    assert len([about for about in walk.all("p") if about.get("class") == "warning"]) == len(words)
    assert all(word in " ".join(walk.text.split()) for word in words)


def test_results_of_other_tests_give_a_warning():
    results = [stored(f"s{i}", {"A": exercise(4, [outcome(title)])}) for i, title in enumerate(["a", "a", "old"])]
    assert "1 submission was scored with other tests or points than most" in page_of(results)


@pytest.mark.parametrize(("fails", "flag"), [(12, "negative"), (9, None)])
def test_a_bad_test_is_marked_when_enough_students_pass_and_fail(fails, flag):
    """The better half fails it."""
    results = [
        stored(f"s{i}", {"A": exercise(4, [outcome("a", i >= fails)]), "B": exercise(4, [outcome("b", i < fails)])})
        for i in range(30)
    ]
    assert ('class="flag">negative' in page_of(results)) == (flag == "negative")


def test_two_misconceptions_of_one_test_are_counted_separately():
    words = sorted({mutant.words for mutant in CONTENT.mutants})
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(words)]
    rows = [outcome("a", False, misconception=text) for text in [*pairs, "An old sentence. A second one."]]
    found = summarize([stored("ann", {"A": exercise(1, rows)})], words).misconceptions
    assert set(found) == {*words, "An old sentence. A second one."}


def test_the_checks_are_shown_while_they_apply_to_the_bundle(course):
    for entry in small_class():
        save_stored(course, entry)
    assert "There is no record of a release" in write_report(course).read_text()
    bundle = bundle_path(course, "assignment2")
    bundle.parent.mkdir()
    bundle.write_bytes(b"bundle")
    write_proof(bundle, ["no hidden test <named>"])
    assert "no hidden test &lt;named&gt;" in write_report(course).read_text()
    bundle.write_bytes(b"another")
    assert "There is no record of a release" in write_report(course).read_text()


def test_errors_say_what_to_do(course):
    with pytest.raises(UsageError, match=r"expected results of assignment2 in .*: run `make autograde` first"):
        write_report(course)
    save_stored(course, small_class()[0])
    with pytest.raises(UsageError, match=r"expected a file for the report, got the folder .*: give "):
        write_report(course, output=course.root)
    (course.root / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        write_report(course, output=course.root / "file" / "index.html")
