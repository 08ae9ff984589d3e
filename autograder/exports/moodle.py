"""The marks of a class as a file that Moodle takes in.

Best is the assignment's grading worksheet, which Moodle lets one download: it has every participant, and only grades
and comments change in it. Without it a new file is made of what the ids tell.
"""

import html
import re

from autograder.exports.csv_files import Sheet, number
from autograder.exports.marks import Export
from autograder.exports.rosters import cell, collected_number, compare_points, exact, match, put, shown_name, wrong_file
from autograder.plain_text import clean

__all__ = ["fill_moodle", "moodle_file"]

KEYS = ("identifier", "email address", "id number")
HEAD = ("Identifier", "Full name", "Username", "Email address", "Grade", "Maximum Grade")
HEAD += ("Last modified (grade)", "Feedback comments")


def moodle_file(marks):
    """A new file, good as a grading worksheet and for the import of grades.

    Returns: an Export. Students without a score are not in it: an empty cell could take away a grade that Moodle has.
    """
    made = Export()
    rows = [list(HEAD)]
    for standing in marks.scored:
        known = collected_number(standing.student)
        identifier = f"Participant {known}" if known else ""
        username = "" if known else exact(standing.student)
        email = exact(standing.email)
        if identifier or username or email:
            row = [identifier, shown_name(standing), username, email, number(standing.total)]
            rows.append([*row, number(marks.max_score), "-", _comment(marks, standing)])
        else:
            made.problems.append(f"{clean(standing.student)} reads as a formula and has no number: left out")
    made.text = Sheet(rows).text()
    return made


def fill_moodle(marks, sheet):
    """The grading worksheet of an assignment with grades and, where there is such a column, comments filled in.

    A comment that a person wrote stays.

    Returns: an Export.

    Raises: UsageError when it is no grading worksheet in English, or no student fits.
    """
    places = {text.strip().lower(): place for place, text in enumerate(sheet.rows[0])}
    if not {"identifier", "grade"} <= places.keys():
        source = "Download grading worksheet, with Moodle set to English"
        raise wrong_file(sheet.rows[0], "grading worksheet of Moodle", "Identifier, …, Grade, …", source)
    made = Export()
    rows = sheet.rows[1:]
    known = [{name: cell(row, places.get(name)) for name in KEYS} for row in rows]
    for row in known:
        row["identifier"] = "".join(re.findall(r"[0-9]+$", row["identifier"]))  # "Participant 4711"
    filled = match(marks.scored, known, _keys_of, made)
    limits = {place: cell(rows[place], places.get("maximum grade")) for place in filled}
    for limit in sorted(set(limits.values()) - {""}):
        compare_points(made, limit, marks, "Moodle's worksheet")
    for place, standing in filled.items():
        if limits[place] and standing.total > marks.max_score:
            made.problems.append(f"{clean(standing.student)} has more than all points, which Moodle passes over")
        if cell(rows[place], places.get("grade can be changed")).lower() == "no":
            made.problems.append(f"{clean(standing.student)} has a grade that is locked in Moodle, which stays")
        else:
            _fill_row(rows[place], places, marks, standing)
    made.text = sheet.text()
    return made


def _fill_row(row, places, marks, standing):
    put(row, places["grade"], number(standing.total))
    comments = places.get("feedback comments")
    there = cell(row, comments)
    if comments is not None and (not there or there.startswith(_beginning(marks))):
        put(row, comments, _comment(marks, standing))


def _keys_of(standing):
    keys = [("identifier", collected_number(standing.student)), ("id number", standing.lms_id)]
    keys += [("id number", standing.student), ("email address", standing.student), ("email address", standing.email)]
    return keys


def _comment(marks, standing):
    """A short text for the student; HTML, for that is what Moodle takes a comment for."""
    lost = [
        f"{name} {number(score) or 'no score yet'} of {number(graded.max_score)}"
        for name, graded in marks.columns.items()
        if (score := standing.scores.get(graded)) is None or score < graded.max_score
    ]
    sentences = [f"{_beginning(marks)}{number(standing.total)} of {number(marks.max_score)} points."]
    if standing.late_penalty:
        sentences.append(f"Handed in late: {number(standing.late_penalty)} points off.")
    if lost:
        sentences.append(f"Less than all: {', '.join(lost)}.")
    return html.escape(" ".join(sentences), quote=False)


def _beginning(marks):
    """How our comments begin, so that the next export can tell them from a person's."""
    return f"{marks.assignment}: "
