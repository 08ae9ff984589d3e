"""Similarity: copies are found, similar correct answers are not listed, and the page is safe to open."""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("copydetect")

from courses import CONTENT, SETTINGS, copy_content

from autograder.course.config import load_course
from autograder.course.manifest import released_texts
from autograder.gradebook.merge_notebook import stage_submission
from autograder.intake.submission import Submission, SubmittedCell
from autograder.release.code_texts import code_texts, translated_cell
from autograder.release.code_translation import CATALOGUE, read_code_translation
from autograder.sample_class.command import changed_submission, solved_submission
from autograder.similarity.comparison import MAX_PAIRS, Pair, Report, SharedUnit, compare_class
from autograder.similarity.fingerprints import MAX_CHARS, fingerprints
from autograder.similarity.page import similarity_page

ROOT = Path(__file__).parent.parent
# The gradient of max pooling, written as in no other submission.
UNUSUAL = """
def max_pool_backward_naive(dout, cache):
    images, settings = cache
    size = settings["pool_height"] * settings["pool_width"]
    shares = dict.fromkeys(np.ndindex(*images.shape), 0.0)
    queue = [(cell, dout[cell]) for cell in np.ndindex(*dout.shape) if dout[cell] != 0 or size == 1]
    while queue:
        (image, channel, row, column), gradient = queue.pop()
        corner = row * settings["stride"], column * settings["stride"]
        best, place = -np.inf, None
        for step in range(size):
            down, right = divmod(step, settings["pool_width"])
            spot = image, channel, corner[0] + down, corner[1] + right
            if images[spot] > best or place is None:
                best, place = images[spot], spot
        shares[place] += gradient
    gathered = np.fromiter(shares.values(), dtype=float, count=images.size)
    return gathered.reshape(images.shape).astype(np.result_type(images, dout))
"""
NAMES = {"images": "a", "settings": "prm", "size": "n", "shares": "table", "queue": "todo", "best": "m"}
NAMES |= {"corner": "origin", "spot": "at", "place": "winner", "step": "t", "gathered": "flat", "image": "i"}
NAMES |= {"gradient": "g", "column": "x"}


def renamed(text, names=NAMES):
    """Return a text with renamed variables, other blanks, and a comment."""
    text = re.sub(rf"\b({'|'.join(names)})\b(?![\"'])", lambda match: names[match[0]], text)
    return text.replace(" = ", "=").replace("\n    while", "\n\n    # one after the other\n    while")


# Programs that ask every number on its own are written for the limits of time, all of them in one way.
PLAIN_LOOPS = {"every-number", "asks-every-window"}


def variants_of(exercise):
    return [variant for variant in CONTENT.variants if variant.exercise == exercise]


def independent(assignment, number):
    """Correct submissions of independent students: no two use the same variant of an exercise."""
    choices = [[v for v in variants_of(exercise) if v.name not in PLAIN_LOOPS] for exercise in assignment.exercises]
    return [
        changed_submission(assignment, f"student {i}", [variants[i] for variants in choices if i < len(variants)])
        for i in range(number)
    ]


def with_text(submission, student, exercise, text):
    """Return a copy of a submission for another student, with another text of one exercise."""
    notebooks = {
        name: [SubmittedCell("code", text, exercise) if cell.grade_id == exercise else cell for cell in cells]
        for name, cells in submission.notebooks.items()
    }
    return Submission(student, notebooks, (), {}, submission.attempted)


def test_a_copy_with_other_names_is_found_first(assignment):
    people = independent(assignment, 10)
    people[2] = with_text(people[2], "ann", "max_pool_backward_naive", UNUSUAL)
    people[7] = with_text(people[7], "ben", "max_pool_backward_naive", renamed(UNUSUAL))
    assert "queue" not in people[7].code("ConvolutionalNetworks.ipynb")
    report = compare_class(people, assignment)
    assert [pair.students for pair in report.pairs] == [("ann", "ben")]
    unit = max(report.pairs[0].units, key=lambda unit: unit.shared)
    assert unit.name == "max_pool_backward_naive"
    assert unit.same == 0
    for alike, own in zip(unit.alike, unit.own, strict=True):
        assert len(alike) >= len(own) - 2


def test_ten_correct_answers_in_one_style_are_not_pairs(assignment):
    people = [solved_submission(assignment, f"student {i}") for i in range(10)]
    report = compare_class(people, assignment)
    assert report.pairs == []
    assert {figures.largest_group for figures in report.figures if figures.written} == {10}
    assert "No pairs found" in similarity_page(report, "assignment2")


def test_ten_correct_answers_in_different_styles_are_not_pairs(assignment):
    assert compare_class(independent(assignment, 10), assignment).pairs == []


def test_identical_submissions_come_first(assignment):
    people = independent(assignment, 10)
    people[2] = with_text(people[2], "ann", "max_pool_backward_naive", UNUSUAL * 2)
    people[7] = with_text(people[7], "ben", "max_pool_backward_naive", renamed(UNUSUAL) * 2)
    twin = Submission("twin", people[4].notebooks, (), {}, people[4].attempted)
    first, second, *_ = compare_class([*people, twin], assignment).pairs
    assert (first.students, first.whole) == (("student 4", "twin"), "letter")
    assert (second.students, second.whole) == (("ann", "ben"), "")
    assert all(unit.same >= 2 for unit in first.units)


def test_released_code_does_not_count_as_common(assignment):
    blank = [solved_submission(assignment, f"blank {i}", blank=assignment.exercises) for i in range(2)]
    # A cell that was touched, and still says nothing of its own.
    touched = [
        solved_submission(
            assignment,
            f"touched {i}",
            blank=assignment.exercises,
            change={name: lambda cell: cell.stub.replace("# YOUR CODE HERE", "# ?") for name in assignment.exercises},
        )
        for i in range(2)
    ]
    assert compare_class(blank, assignment).students == 0
    report = compare_class([*blank, *touched], assignment)
    assert report.students == 2
    assert report.pairs == []
    assert similarity_page(compare_class(blank, assignment), "assignment2")


def test_translated_docstrings_do_not_count_as_common(assignment):
    """Otherwise two students with the Chinese version would be a pair in a class with the English one."""
    people, texts = independent(assignment, 10), read_code_translation(assignment.folder / "zh" / CATALOGUE).texts
    for i in (2, 7):
        for name, source in assignment.notebooks.items():
            for cell in source.solution_cells:
                text = dict(people[i].code(name))[f"cell {cell.name}"]
                translated = translated_cell(text, code_texts(text), texts)
                people[i] = with_text(people[i], people[i].student, cell.name, translated)
    assert [pair.students for pair in compare_class(people, assignment).pairs] == [("student 2", "student 7")]
    released = released_texts(load_course(ROOT), "assignment2")
    assert compare_class(people, assignment, released).pairs == []


def test_a_missing_notebook_does_not_count_as_common(assignment):
    people = independent(assignment, 2)
    for submission in people:
        submission.notebooks["ConvolutionalNetworks.ipynb"].clear()
    report = compare_class(people, assignment)
    written = {figures.name for figures in report.figures if figures.written}
    assert "batchnorm_forward" in written
    assert not [name for name in written if name in assignment.exercises and "conv" in name.lower()]


def test_a_large_group_is_listed_but_gives_no_pairs(assignment):
    people = independent(assignment, 10)
    group = [with_text(people[i], f"member {i}", "max_pool_backward_naive", UNUSUAL) for i in range(6)]
    report = compare_class([*group, *people[6:]], assignment)
    assert report.limit == 4
    assert not [pair for pair in report.pairs if pair.students[0].startswith("member")]
    figures = next(f for f in report.figures if f.name == "max_pool_backward_naive")
    assert figures.largest_group == 6


STYLES = {"out": ["y", "res", "result"], "std": ["sigma", "sd", "s"], "window": ["patch", "win", "region"]}
STYLES |= {"x_hat": ["x_norm", "xn", "normed"], "top": ["h0", "row", "r"], "left": ["w0", "col", "c0"]}
STYLES |= {"out_h": ["Ho", "hh", "rows"], "out_w": ["Wo", "ww", "cols"], "mean": ["mu", "m", "avg"]}


def made_up_class(assignment, number, seed):
    """Students with independent variants, names and comments; some have mistakes."""
    draw = random.Random(seed)
    people = []
    for i in range(number):
        chosen = [
            draw.choice([*variants_of(exercise), *(m for m in CONTENT.mutants if m.exercise == exercise)])
            for exercise in assignment.exercises
            if draw.random() < 0.7
        ]
        names = {name: draw.choice([name, *others]) for name, others in STYLES.items()}
        submission = changed_submission(assignment, f"student {i:03}", chosen)
        notebooks = {
            name: [SubmittedCell(c.kind, _styled(c.source, names, draw), c.grade_id, c.follows) for c in cells]
            for name, cells in submission.notebooks.items()
        }
        people.append(Submission(submission.student, notebooks, (), {}, submission.attempted))
    return people


def _styled(text, names, draw):
    text = re.sub(rf"(?<![.\w])({'|'.join(names)})\b", lambda match: names[match[0]], text)
    lines = []
    for line in text.split("\n"):
        if draw.random() < 0.1:
            lines.append(f"    # {draw.choice(['shapes', 'the sum', 'loop', 'backward', 'done', 'normalize'])}")
        lines.append(line.replace(" * ", "*").replace(", ", ",") if draw.random() < 0.1 else line)
    return "\n".join(lines)


def test_copies_are_found_in_a_sample_class(assignment):
    people = made_up_class(assignment, 30, 1)
    whole = people[5].notebooks
    people[6] = Submission("all of 005", whole, (), {}, people[5].attempted)
    taken = {"conv_backward_naive", "batchnorm_forward", "max_pool_forward_naive", "spatial_groupnorm_backward"}
    cells = {cell.grade_id: cell for cells in people[10].notebooks.values() for cell in cells if cell.grade_id}
    mixed = {
        name: [cells[cell.grade_id] if cell.grade_id in taken else cell for cell in own]
        for name, own in people[11].notebooks.items()
    }
    people[11] = Submission("some of 010", mixed, (), {}, people[11].attempted)
    found = [pair.students for pair in compare_class(people, assignment).pairs]
    assert found[:2] == [("student 005", "all of 005"), ("student 010", "some of 010")]
    assert len(found) < 5


@pytest.mark.slow
def test_how_long_a_class_of_two_hundred_takes(assignment, capsys):
    people = made_up_class(assignment, 200, 2)
    began = time.perf_counter()
    report = compare_class(people, assignment)
    with capsys.disabled():
        print(f"\n200 submissions in {time.perf_counter() - began:.0f} s, {len(report.pairs)} pairs")
    assert report.students == 200


class Tags(HTMLParser):
    """Collect the tags and attributes of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}


def test_text_of_students_is_escaped(assignment):
    hostile = UNUSUAL + "    '</pre><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}\u202e\x1b[2J'\n"
    people = independent(assignment, 10)
    for i, name in ((2, "<script>ann</script>"), (7, '"><img src=x onerror=alert(3)>')):
        people[i] = with_text(people[i], name, "max_pool_backward_naive", hostile)
    page = similarity_page(compare_class(people, assignment), "assignment2")
    found = Tags(page)
    assert not found.tags & {"script", "img", "iframe", "link", "object"}
    assert not {name for name in found.attributes if name.startswith("on") or name == "src"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert "&lt;script&gt;ann" in page
    assert not set("\u202e\x1b") & set(page)


def test_the_page_gives_no_verdict(assignment):
    people = [solved_submission(assignment, name) for name in ("ann", "ben")]
    page = similarity_page(compare_class(people, assignment), "assignment2")
    assert "not a verdict about any student" in page
    assert "Only 2 submissions have code of their own" in page
    for word in ("plagiar", "cheat", "guilty", "suspect", "offen", "fraud", "probab"):
        assert word not in page.lower()


def test_the_page_stays_small():
    texts = tuple("\n".join([side + "<&>" * 100] * 300) for side in "ab")
    lines = frozenset(range(300))
    units = [SharedUnit(f"exercise {i}", 500.0, 0, texts, (lines, lines), (lines, lines)) for i in range(14)]
    pairs = [Pair((f"a{i}", f"b{i}"), 7000.0, "", units) for i in range(MAX_PAIRS)]
    page = similarity_page(Report(100, 5, 150.0, pairs, 3, [], [("eve", "exercise 1")] * 500), "assignment2")
    assert len(page) < 4_000_000
    assert "is not shown, to keep this page small" in page
    assert "3 less similar pairs are not shown" in page
    assert "<li>400 more" in page


def test_phrases_lead_back_to_their_lines():
    text = '''class Net:  # a comment
    """Words
    of several lines."""

    def run(self, values):

        total = sum(value * 2 for value in values)
        # nothing
        return total / max(1, len(values)) - self.offset
'''
    code, letter = fingerprints(text)
    part, _ = fingerprints("q = sum(w * 2 for w in ws)\n\n\nreturn q / max(1, len(ws)) - me.o\n")
    assert len(part.phrases) > 10
    assert code.lines_of(part.phrases) == {6, 8}
    assert code.lines_of(part.phrases[:0]) == set()
    assert letter.lines_of(letter.phrases) == {0, 1, 2, 4, 6, 7, 8}
    _, letter = fingerprints(text, given=frozenset({"class Net: # a comment", 'of several lines."""'}))
    assert letter.lines_of(letter.phrases) == {1, 4, 6, 7, 8}
    for nothing in ("", " \n\n"):
        assert [len(found.phrases) for found in fingerprints(nothing)] == [0, 0]


@pytest.mark.parametrize(
    "text",
    [" \n" * 25_000, "match" + " " * 49_000 + "x", "x = 1\n" + "\n" * 40_000 + "y = 2", "f'{" + " \t" * 20_000],
    ids=["blank lines", "blanks", "empty lines", "string"],
)
def test_blanks_do_not_slow_down_the_lexer(text):
    began = time.process_time()
    assert fingerprints(text) is not None
    assert time.process_time() - began < 3  # without squeezing them, ten and more


@pytest.mark.parametrize("unit", ["\x01", "\x01\x02\x03", "\u202e", "a\x7f"])
def test_invisible_characters_do_not_slow_down_the_lexer(unit):
    text = unit * (MAX_CHARS // len(unit))
    began = time.process_time()
    found = fingerprints(text)
    assert time.process_time() - began < 0.4
    assert fingerprints("a\x01b\nc") is not None
    assert fingerprints("a\x01b\nc")[1].read == "a b\nc"
    assert fingerprints(text) is found, "it is read once"


def test_a_text_that_is_too_long_is_reported(assignment):
    long = UNUSUAL + "    # " + "padding" * (MAX_CHARS // 7)
    people = [with_text(p, p.student, "max_pool_backward_naive", long) for p in independent(assignment, 2)]
    report = compare_class(people, assignment)
    assert report.not_compared == [(p.student, "max_pool_backward_naive") for p in people]
    assert "student 1: max_pool_backward_naive" in similarity_page(report, "assignment2")


def test_students_code_is_not_run(assignment, tmp_path):
    """The code need not even be valid Python."""
    trap = tmp_path / "trap"
    text = f"open({str(trap)!r}, 'w')\ndef max_pool_backward_naive(:\n  ]]] \x00 '''\n" + UNUSUAL
    people = [with_text(p, p.student, "max_pool_backward_naive", text) for p in independent(assignment, 6)[:2]]
    assert compare_class(people, assignment).pairs
    assert not trap.exists()


@pytest.fixture
def course_folder(tmp_path, assignment):
    """A course with three submissions, two of them the same."""
    shutil.copytree(ROOT / "source", tmp_path / "source")
    copy_content(tmp_path / "autograder" / "assignments")
    shutil.copy(SETTINGS, tmp_path)
    one, other = independent(assignment, 2)
    for student, submission in (("ann", one), ("ben", one), ("cat", other)):
        stage_submission(submission, assignment, tmp_path / "submitted" / student / "assignment2")
    return tmp_path


MAIN = "from autograder.cli import main; import sys; sys.exit(main(sys.argv[1:]))"


def run(folder, *words, code=MAIN, seed="0"):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", code, "similarity", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_command_writes_the_same_page_every_time(course_folder):
    first = run(course_folder, seed="1")
    assert first.returncode == 0, first.stderr
    page = course_folder / "reports" / "assignment2" / "similarity.html"
    assert str(page) in first.stdout
    assert "3 submissions compared" in first.stdout
    text = page.read_text(encoding="utf-8")
    assert text.index("ann and ben") < text.index("ann and cat")
    again = run(course_folder, "assignment2", "--output", "other/page.html", seed="2")
    assert again.returncode == 0, again.stderr
    assert (course_folder / "other" / "page.html").read_text(encoding="utf-8") == text


def test_without_copydetect_one_line_says_what_to_install(course_folder):
    done = run(course_folder, code=f"import sys; sys.modules['copydetect'] = None; {MAIN}")
    assert done.returncode == 2
    assert "pip install 'copydetect>=0.5'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (course_folder / "reports").exists()
