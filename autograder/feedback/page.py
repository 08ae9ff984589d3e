"""The feedback page: the findings of each test, next to the student's code.

It needs no network and no script.

The page is made by an nbconvert exporter, so nbgrader's `generate_feedback` makes the same page.
"""

import functools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import markupsafe
from jinja2 import Template
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import default

from autograder.feedback.code_style import code_styles
from autograder.feedback.fix_first import uses_words
from autograder.feedback.language import TRANSLATIONS, counted, html_language, shown
from autograder.feedback.safe_html import Attachments, numbered, plain, safe_code, safe_markdown
from autograder.feedback.texts import EXERCISE_TYPE, NO_RESPONSE, SUBMISSION_KEY, decision_text
from autograder.feedback.whole_tests import (
    LABELS,
    Finding,
    WholeTest,
    findings_told_once,
    in_words,
    misconceptions_in,
    whole_tests,
)
from autograder.language import ENGLISH, in_language, language, tr
from autograder.model import Place, TestOutcome, TestStatus, shown_outcome_from_json
from autograder.printable import rounded, sentence
from autograder.scoring.error_maps import describe_picture, is_picture
from autograder.templates import breakable, page_template

__all__ = ["FeedbackExporter", "NotebookTotal", "PageHead", "feedback_page"]

HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*$", re.MULTILINE)
OWN = "own-"  # prefix of the ids of cells that a student added, see merge_notebook
# Characters of a page that are converted to HTML; the rest stays plain text. The worst text takes 50 µs per character.
# In the source notebooks, all answers of a page have 1300 characters, all solutions 12,000.
MAX_TEXT, MAX_CODE = 20_000, 60_000
STYLES = Path(__file__).with_name("feedback.css")


@dataclass(frozen=True)
class NotebookTotal:
    """The points of a notebook of the submission.

    - score: after the late penalty.
    - ungraded: points that a person must still give.
    - has_page: whether its page is in the same folder.
    """

    name: str
    score: float
    max_score: float
    ungraded: float
    has_page: bool = True


@dataclass(frozen=True)
class PageHead:
    """The head of a page, with the names that nbgrader passes to exporters.

    - notebook: its name.
    - notebooks: totals of all notebooks of the submission.
    """

    notebook: str
    score: float
    max_score: float
    late_penalty: float
    notebooks: Sequence[NotebookTotal] = ()


@dataclass(frozen=True)
class ShownTest:
    """A hidden test on the page.

    - mark: symbol of the status.
    - result: the status in a word.
    - right: number of parts that are right, in words; "" without parts.
    - parts: symbol → parts; {} if no part is right.
    - findings: messages that are shown.
    - folded: messages that are shown after a click.
    - picture: see scoring.error_maps.
    """

    title: str
    is_passed: bool
    mark: str
    result: str
    right: str
    parts: dict[str, list[str]]
    findings: list[Finding]
    folded: list[Finding]
    picture: dict[str, Any] | None
    score: float
    points: float


@dataclass(frozen=True)
class ShownExercise:
    """The result of an exercise on the page.

    - exception: sentence about an exercise that does not count as usual, or "".
    - instead: text that replaces the tests, or "".
    - misconceptions: sentences, without duplicates.
    - fix_first: incorrect exercises that it uses, with their notebooks.
    - places: lines of the student's code that messages name.
    """

    name: str
    score: float
    points: float
    exception: str
    instead: str
    tests: list[ShownTest]
    misconceptions: list[str]
    fix_first: list[dict[str, str]]
    places: list[Place]

    @property
    def is_all_right(self) -> bool:
        """True if all tests passed without a message: the page folds them, to be short."""
        return all(test.is_passed and not test.findings and not test.folded for test in self.tests)


@dataclass(frozen=True)
class ExercisePart:
    """An exercise on the page.

    `score`: score in the gradebook, or None if a person must grade it.
    """

    kind: ClassVar[str] = "exercise"
    id: str
    heading: str
    score: float | None
    points: float
    source: str
    comment: str | None
    result: ShownExercise


@dataclass(frozen=True)
class QuestionPart:
    """A question on the page, with the student's answer.

    `score`: None until a person has graded it.
    """

    kind: ClassVar[str] = "question"
    id: str
    heading: str
    score: float | None
    points: float
    source: str
    comment: str | None
    pictures: Attachments | None


@dataclass(frozen=True)
class OwnCell:
    """A cell that the student added. `id`: unique on the page, `label`: in messages, `number`: from 1."""

    id: str
    number: int
    label: str
    is_code: bool
    source: str
    pictures: Attachments | None


@dataclass(frozen=True)
class OwnCells:
    """Consecutive cells that the student added."""

    kind: ClassVar[str] = "own"
    heading: str
    cells: list[OwnCell]


Section = ExercisePart | QuestionPart | OwnCells


class FeedbackExporter(Exporter):
    """nbconvert exporter of the feedback page, for an autograded notebook."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **keywords: Any
    ) -> tuple[Any, dict[str, Any]]:  # Exporter declares a notebook, but exporters of pages return text
        """Convert a notebook. Returns: (page as HTML, resources)."""
        nb, found = super().from_notebook_node(nb, resources, **keywords)
        head = PageHead(**{f.name: found["nbgrader"][f.name] for f in fields(PageHead) if f.name in found["nbgrader"]})
        return feedback_page(nb, head), found


def feedback_page(notebook: Mapping[str, Any], head: PageHead) -> str:
    """Return the feedback page as HTML.

    Inputs:
    - notebook: dict or NotebookNode. In their nbgrader metadata, cells with points need `score` and
      `points`, and solution cells need `comment`.
    - head: head of the page.
    """
    submission = notebook["metadata"].get(SUBMISSION_KEY, {})
    with in_language(submission.get("language", ENGLISH)):
        return _page(notebook, head, submission)


def _page(notebook: Mapping[str, Any], head: PageHead, submission: Mapping[str, Any]) -> str:
    """The page in the current language."""
    sections = _sections(notebook["cells"])
    pages = {total.name for total in head.notebooks if total.has_page}
    link = functools.partial(_link, head.notebook, pages)
    return _template().render(
        facts=head,
        submission=submission,
        sections=sections,
        fix_order=_fix_order(submission, head),
        link=link,
        ungraded=sum(part.points for part in sections if not isinstance(part, OwnCells) and part.score is None),
        uses=lambda part: _uses(part, link),
        marked=_marked_lines(sections, f"{head.notebook}.ipynb"),
        code=_Code(MAX_CODE),
        text=_Allowance(MAX_TEXT, _text),
        comment=_text,
        in_words=in_words,
        describe=describe_picture,
        decision_text=decision_text,
        squares=_squares,
        styles=_styles(),
        language=html_language(),
    )


def _sections(cells: Iterable[Mapping[str, Any]]) -> list[Section]:
    """Convert the cells to the sections of the page."""
    sections: list[Section] = []
    heading = ""
    added = 0
    solutions: dict[str, tuple[str, str | None]] = {}  # exercise → (source, comment)
    for cell in cells:
        about = cell["metadata"].get("nbgrader", {})
        grade_id = about.get("grade_id", "")
        source = cell["source"]
        found = [output["data"] for output in cell.get("outputs", ()) if EXERCISE_TYPE in output.get("data", {})]
        if cell.get("id", "").startswith(OWN):
            last = sections[-1] if sections else None
            if not isinstance(last, OwnCells):
                last = OwnCells(heading, [])
                sections.append(last)
            # Pages of earlier versions have no labels.
            label = cell["metadata"].get(SUBMISSION_KEY, "")
            added += 1
            is_code, pictures = cell["cell_type"] == "code", cell.get("attachments")
            last.cells.append(OwnCell(cell["id"], added, label, is_code, source, pictures))
        elif found:
            result = _for_the_page(found[0][EXERCISE_TYPE])
            code, comment = solutions.get(result.name, ("", None))
            sections.append(ExercisePart(result.name, heading, about["score"], about["points"], code, comment, result))
        elif about.get("solution") and about.get("grade"):
            score, comment = about.get("score"), about.get("comment")
            comment = tr(NO_RESPONSE) if comment == NO_RESPONSE else comment
            sections.append(
                QuestionPart(grade_id, heading, score, about["points"], source, comment, cell.get("attachments"))
            )
        elif about.get("solution"):
            comment = about.get("comment")  # the page replaces nbgrader's comment about an unchanged cell
            solutions[grade_id] = source, None if comment == NO_RESPONSE else comment
        elif cell["cell_type"] == "markdown" and (headings := HEADING.findall(source)):
            heading = re.sub(r"[*`_$]", "", headings[-1])
    return sections


def _for_the_page(facts: Mapping[str, Any]) -> ShownExercise:
    """Convert the facts of an exercise (see texts.exercise_facts), also those of earlier versions.

    A picture that can't be shown is left out: an earlier version may have stored it.
    """
    rows = [shown(shown_outcome_from_json(test)) for test in facts["tests"]]
    pictured = next((row for row in rows if is_picture(row.picture)), None)
    whole = whole_tests(rows)
    tests = [_test(test, findings, pictured) for test, findings in zip(whole, findings_told_once(whole), strict=True)]
    return ShownExercise(
        facts["name"],
        facts["score"],
        facts["points"],
        facts.get("exception", ""),
        facts.get("instead", ""),
        tests,
        misconceptions_in(rows),
        list(facts.get("fix_first", ())),
        [place for row in rows if not row.passed for place in row.places],
    )


def _fix_order(submission: Mapping[str, Any], head: PageHead) -> list[dict[str, str]]:
    """Return the exercises to fix in this order, if one of them is in this notebook."""
    order: list[dict[str, str]] = submission.get("fix_order", [])
    return order if any(Path(one["notebook"]).stem == head.notebook for one in order) else []


def _link(here: str, pages: Collection[str], exercise: Mapping[str, str]) -> markupsafe.Markup:
    """Return a link to an exercise's section; only its name if the page does not exist.

    Inputs:
    - here: the notebook of this page.
    - pages: the notebooks with a page in the same folder.
    - exercise: its "name" and "notebook".
    """
    notebook, name = Path(exercise["notebook"]).stem, exercise["name"]
    if notebook != here and notebook not in pages:
        return breakable(name)
    page = "" if notebook == here else f"{quote(notebook)}.html"
    return markupsafe.Markup('<a href="{}#{}">{}</a>').format(page, name, breakable(name))


def _uses(part: ExercisePart, link: Callable[[Mapping[str, str]], markupsafe.Markup]) -> markupsafe.Markup:
    """Return the sentences about the incorrect exercises that an exercise uses, with links."""
    places = [f"{{{number}}}" for number in range(len(part.result.fix_first))]
    return markupsafe.escape(uses_words(part.id, places)).format(*map(link, part.result.fix_first))


def _marked_lines(sections: Iterable[Section], notebook: str) -> dict[str, list[int]]:
    """Return label of a cell → lines that messages name, without cells whose label is not unique."""
    sections = list(sections)
    found: dict[str, set[int]] = {}
    for part in sections:
        if isinstance(part, ExercisePart):
            for place in part.result.places:
                if place.notebook == notebook:
                    found.setdefault(place.cell, set()).add(place.line)
    own = Counter(cell.label for part in sections if isinstance(part, OwnCells) for cell in part.cells if cell.is_code)
    return {label: sorted(lines) for label, lines in found.items() if own[label] < 2}


def _test(test: WholeTest, findings: Iterable[Finding], pictured: TestOutcome | None) -> ShownTest:
    """Convert a hidden test.

    The first message of each misconception is unfolded, and the first message without a
    misconception.

    Inputs:
    - findings: of the test, see findings_told_once.
    - pictured: the row whose picture the exercise shows, of this test or of another.
    """
    unfolded: list[Finding] = []
    folded: list[Finding] = []
    seen: set[str | None] = set()
    for finding in findings:
        again = finding.status is not TestStatus.PASSED and finding.misconception in seen
        (folded if again else unfolded).append(finding)
        seen.add(finding.misconception)
    return ShownTest(
        title=test.title,
        is_passed=test.is_passed,
        mark=test.mark,
        result=_result_word(test),
        right=test.right if test.summary else "",
        parts=test.marked_parts if any(row.passed for row in test.rows) else {},
        findings=unfolded,
        folded=folded,
        picture=pictured.picture if pictured and any(row is pictured for row in test.rows) else None,
        score=sum(row.weight for row in test.rows if row.passed),
        points=sum(row.weight for row in test.rows),
    )


def _result_word(test: WholeTest) -> str:
    """Return the result of a test in a word or two."""
    return tr("partly right") if not test.is_passed and test.earned else tr(LABELS[test.status])


def _squares(picture: Mapping[str, Any]) -> list[tuple[int, int, float]]:
    """Return (column, row, opacity) of each wrong value."""
    return [
        (x, y, round(0.15 + 0.85 * int(level) / 9, 2))
        for y, row in enumerate(picture["rows"])
        for x, level in enumerate(row)
        if level != "0"
    ]


class _Allowance:
    """Convert a limited number of characters to HTML; the rest is plain text."""

    def __init__(self, characters: int, convert: Callable[[str], markupsafe.Markup]) -> None:
        self.left, self.convert = characters, convert

    def __call__(self, source: str, pictures: Attachments | None = None) -> markupsafe.Markup:
        self.left -= len(source)
        if self.left < 0:
            return markupsafe.Markup(plain(source, pictures))
        # Without the cache: a text with pictures belongs to one student.
        if pictures:
            return markupsafe.Markup(safe_markdown(source, pictures, on_page=True))
        return self.convert(source)


class _Code:
    """Convert a limited number of characters of code to HTML with numbered lines; the rest is plain text."""

    def __init__(self, characters: int) -> None:
        self.left = characters

    def __call__(self, source: str, marked: Iterable[int], anchor: str, name: str) -> markupsafe.Markup:
        self.left -= len(source)
        return _code(source, tuple(marked), anchor, name, self.left < 0, language())


# Texts that many students share are converted once.
@functools.lru_cache(maxsize=256)
def _code(
    source: str, marked: tuple[int, ...], anchor: str, name: str, is_plain: bool, language: str
) -> markupsafe.Markup:
    convert = plain if is_plain else safe_code
    return markupsafe.Markup(numbered(source, convert, marked=marked, anchor=anchor, name=name))


def _text(source: str) -> markupsafe.Markup:
    return _text_in(source, language())


@functools.lru_cache(maxsize=256)
def _text_in(source: str, language: str) -> markupsafe.Markup:
    """`language`: of the words about pictures, the current one."""
    return markupsafe.Markup(safe_markdown(source, on_page=True))


@functools.cache
def _template() -> Template:
    filters: dict[str, Callable[..., object]] = {"points": rounded, "sentence": sentence, "counted": counted}
    filters["versions"] = lambda versions: tr(", ").join(f"{tr(name)} {version}" for name, version in versions.items())
    return page_template("autograder.feedback", "feedback.html.j2", translations=TRANSLATIONS, **filters)


@functools.cache
def _styles() -> markupsafe.Markup:
    """Return the styles of the page, with those of highlighted code."""
    return code_styles() + "\n" + markupsafe.Markup(STYLES.read_text(encoding="utf-8"))
