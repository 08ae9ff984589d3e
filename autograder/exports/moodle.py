"""Export the points of a class for the import into Moodle.

The best source is the assignment's grading worksheet from Moodle: it has every participant, and
only grades and comments change. Without it, a new file is made from the students' ids.
"""

import html
import re
from collections.abc import Mapping

from autograder.errors import UsageError
from autograder.exports.csv_files import Sheet, number
from autograder.exports.marks import Export, Marks
from autograder.exports.rosters import (
    cell,
    collected_name,
    collected_number,
    compare_points,
    exact,
    match,
    put,
    shown_name,
    wrong_file,
)
from autograder.exports.teams import TEAMS, letters, shared_out
from autograder.gradebook.student_grades import StudentGrades
from autograder.printable import clean

__all__ = ["fill_moodle", "moodle_file"]

KEYS = ("identifier", "email address", "id number", "username")
HEAD = (
    *("Identifier", "Full name", "Username", "Email address", "Grade", "Maximum Grade"),
    *("Last modified (grade)", "Feedback comments"),
)
ROSTER = "give Moodle's grading worksheet (--roster FILE)"
REMEDY = "enter their e-mail addresses (`nbgrader db student add ID --email ADDRESS`)"
SECOND_IMPORT = (
    "Moodle silently ignores rows that were graded there after the download of the worksheet: download a new worksheet"
    ' for each import, or tick "Allow updating records that have been modified more recently in Moodle than in the'
    ' spreadsheet"'
)


def moodle_file(marks: Marks) -> Export:
    """Make a new file, for Moodle's import of a grading worksheet or of grades.

    Students without a score are omitted: an empty cell could delete a grade in Moodle.

    The number in an id can be that of a team. In the worksheet, the same number belongs to another
    person. So it is written only if the gradebook has the student's name.

    Raises: UsageError if no student can be exported.
    """
    made = Export(notes=[SECOND_IMPORT])
    rows: list[list[str]] = [list(HEAD)]
    doubtful: list[str] = []
    for grades in marks.scored:
        known = collected_number(grades.student)
        is_person = known and _spelled(collected_name(grades.student)) == _spelled(_name_in_gradebook(grades))
        identifier = f"Participant {known}" if is_person else ""
        username = "" if known else exact(grades.student)
        email = exact(grades.email)
        if identifier or username or email:
            row = [identifier, shown_name(grades), username, email, number(grades.total)]
            rows.append([*row, number(marks.max_score), "-", _comment(marks, grades)])
        elif known:
            doubtful.append(clean(grades.student))
        else:
            made.problems.append(f"left out: {clean(grades.student)}: the id looks like a formula, and has no number")
    if doubtful:
        problem = f"the number may be that of a student or of a team in {', '.join(doubtful)}: {ROSTER}"
        if len(rows) == 1:
            raise UsageError(problem)
        made.problems.append(f"left out: {problem}")
    made.text = Sheet(rows).text()
    return made


def fill_moodle(marks: Marks, sheet: Sheet) -> Export:
    """Fill in the grades, and comments if it has such a column, of a grading worksheet.

    Comments that a person wrote stay. If the worksheet has a column with groups, the members of a
    team get its points. A number alone does not identify a student: it can be that of a group.

    Inputs:
    - marks: the points of the class.
    - sheet: the worksheet; changed in place.

    Raises: UsageError if the sheet is not a grading worksheet in English, or no student matches.
    """
    places = {text.strip().lower(): place for place, text in enumerate(sheet.rows[0])}
    if not {"identifier", "grade"} <= places.keys():
        source = "Download grading worksheet, with Moodle set to English"
        raise wrong_file(sheet.rows[0], "grading worksheet of Moodle", "Identifier, …, Grade, …", source)
    made = Export(notes=[SECOND_IMPORT])
    rows = sheet.rows[1:]
    known: list[dict[str, str]] = []
    teams: dict[str, list[str]] = {}
    for row in rows:
        texts = {name: cell(row, places.get(name)) for name in KEYS}
        participant, name = texts["identifier"], cell(row, places.get("full name"))  # "Participant 4711"
        digits = "".join(re.findall(r"[0-9]+$", participant))
        # If names are hidden, the download has "Participant" instead of the name.
        texts["identifier"] = digits and f"{digits} {_spelled(name or participant.removesuffix(digits))}"
        known.append(texts)
        if digits and (group := cell(row, places.get("group"))):
            teams.setdefault(group, []).append(f"{name or participant.removesuffix(digits)}_{digits}")
    class_grades, _, problems = shared_out(marks.scored, teams)
    made.problems += problems
    numbers = {texts["identifier"].partition(" ")[0] for texts in known} - {""}

    def why(grades: StudentGrades) -> str:
        if collected_number(grades.student) not in numbers:
            return ""
        return (
            "its number has another name there. For a team, give the worksheet with the column Group, or write"
            f" {TEAMS} (team,student); for a new name of a student, {REMEDY}"
        )

    filled = match(class_grades, known, _keys_of, made, why=why, remedy=REMEDY)
    limits = {place: cell(rows[place], places.get("maximum grade")) for place in filled}
    for limit in sorted(set(limits.values()) - {""}):
        compare_points(made, limit, marks, "Moodle's worksheet")
    for place, grades in filled.items():
        if limits[place] and (grades.total or 0) > marks.max_score:
            made.problems.append(f"{clean(grades.student)} has more points than the maximum: Moodle ignores the row")
        if cell(rows[place], places.get("grade can be changed")).lower() == "no":
            made.problems.append(f"{clean(grades.student)} has a locked grade in Moodle: not changed")
        else:
            _fill_row(rows[place], places, marks, grades)
    made.text = sheet.text()
    return made


def _fill_row(row: list[str], places: Mapping[str, int], marks: Marks, grades: StudentGrades) -> None:
    put(row, places["grade"], number(grades.total))
    comments = places.get("feedback comments")
    there = cell(row, comments)
    if comments is not None and (not there or there.startswith(_beginning(marks))):
        put(row, comments, _comment(marks, grades))


def _keys_of(grades: StudentGrades) -> list[tuple[str, str]]:
    keys = [(name, grades.lms_id) for name in ("id number", "username")]
    keys += [(name, grades.student) for name in ("id number", "username", "email address")]
    if known := collected_number(grades.student):
        names = {_spelled(collected_name(grades.student)), _spelled(_name_in_gradebook(grades))} - {""}
        keys += [("identifier", f"{known} {name}") for name in names]
    return [*keys, ("email address", grades.email)]


def _spelled(name: str) -> str:
    """Return the sorted letters of a name, so that the order of its parts does not matter."""
    return "".join(sorted(letters(name)))


def _name_in_gradebook(grades: StudentGrades) -> str:
    return f"{grades.first_name} {grades.last_name}"


def _comment(marks: Marks, grades: StudentGrades) -> str:
    """Return a short text for the student, escaped because Moodle reads comments as HTML."""
    lost = [
        f"{name} {number(score) or 'no score yet'} of {number(graded.max_score)}"
        for name, graded in marks.columns.items()
        if (score := grades.scores.get(graded)) is None or score < graded.max_score
    ]
    sentences = [f"{_beginning(marks)}{number(grades.total)} of {number(marks.max_score)} points."]
    if grades.late_penalty:
        sentences.append(f"Late penalty: {number(grades.late_penalty)} points.")
    if lost:
        sentences.append(f"Points lost in: {', '.join(lost)}.")
    return html.escape(" ".join(sentences), quote=False)


def _beginning(marks: Marks) -> str:
    """Return the start of our comments: the next export tells them from a person's by it."""
    return f"{marks.assignment}: "
