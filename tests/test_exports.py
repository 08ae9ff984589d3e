"""Exports from a real gradebook, read with the csv module and compared with sample files of each system."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from courses import TWO, copy_course
from made_up_results import found_as, stored
from sqlalchemy import event

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.exports import FORMATS
from autograder.exports.csv_files import Sheet, harmless, number, read_sheet
from autograder.exports.formats import export
from autograder.exports.rosters import collected_number
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.scoring.results import save_stored

ROOT = Path(__file__).parent.parent
SAMPLES = Path(__file__).parent / "exports"
ASSIGNMENT = "assignment2"
FORMULA = "=HYPERLINK(\"http://x\";'a')"
NAMES = {
    "doejane_4711": {"first_name": "Jane", "last_name": "Doe", "email": "jane.doe@example.edu"},
    "o'neilken_12": {"first_name": 'Ken "K"', "last_name": "O'Neil,\njunior", "email": "ken@example.edu"},
    "asmith": {"email": "asmith@EXAMPLE.edu"},
    "müllerjörg_99": {},
    FORMULA: {"first_name": "@SUM(1)", "last_name": "+1;-2"},
    "leebo_5023": {"first_name": "Bo", "last_name": "Lee"},  # handed in nothing
}
BY_HAND = {("BatchNormalization", "explain_caches"): 4, ("ConvolutionalNetworks", "draw"): 3}


def new_course(folder):
    copy_course(folder, notebooks=TWO)
    return load_course(folder)


def enter_assignment(gradebook, assignment):
    gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-11-19 10:00:00 UTC")
    for name in assignment.notebooks:
        gradebook.update_or_create_notebook(name.removesuffix(".ipynb"), ASSIGNMENT)
    for exercise in assignment.exercises.values():
        where = (exercise.notebook.removesuffix(".ipynb"), ASSIGNMENT)
        points = {"max_score": exercise.points, "cell_type": "code"}
        gradebook.update_or_create_grade_cell(exercise.grade_cell, *where, **points)
    (essay_in, essay), (drawing_in, drawing) = BY_HAND
    gradebook.update_or_create_grade_cell(essay, essay_in, ASSIGNMENT, max_score=4, cell_type="markdown")
    gradebook.update_or_create_task_cell(drawing, drawing_in, ASSIGNMENT, max_score=3, cell_type="markdown")


def enter_student(gradebook, student, auto, by_hand=1.0, **facts):
    """Give each exercise `auto` of its points, and each cell that people grade `by_hand` points, or none yet."""
    gradebook.update_or_create_student(student, **NAMES.get(student, {}), **facts)
    submission = gradebook.update_or_create_submission(ASSIGNMENT, student, timestamp="2026-11-20 11:30:05 UTC")
    for part in submission.notebooks:
        for grade in part.grades:
            if (part.name, grade.name) in BY_HAND:
                grade.manual_score, grade.needs_manual_grade = by_hand, by_hand is None
            else:
                grade.auto_score, grade.needs_manual_grade = auto * grade.cell.max_score, False
    gradebook.db.commit()
    return submission


@pytest.fixture(scope="module")
def no_marks(tmp_path_factory):
    """The gradebook of a class without submissions; it takes seconds to make."""
    course = new_course(tmp_path_factory.mktemp("empty"))
    with NbGrader(course).open() as gradebook:
        enter_assignment(gradebook, load_assignment(course))
        gradebook.db.commit()
    return course.root / "gradebook.db"


@pytest.fixture
def empty(tmp_path, no_marks):
    """A course with the empty gradebook."""
    course = new_course(tmp_path / "course")
    shutil.copy(no_marks, course.root)
    return course


@pytest.fixture(scope="module")
def course(tmp_path_factory, no_marks):
    """A course whose gradebook has scores by hand, extra credit, late penalties and a student without a submission."""
    course = new_course(tmp_path_factory.mktemp("course"))
    shutil.copy(no_marks, course.root)
    with NbGrader(course).open() as gradebook:
        enter_student(gradebook, "doejane_4711", 1.0, by_hand=None)
        ken = enter_student(gradebook, "o'neilken_12", 0.5)
        ken.notebooks[0].late_submission_penalty = 5.0
        ken.notebooks[1].late_submission_penalty = 2.5
        grade = gradebook.find_grade("check_conv_forward_naive", "ConvolutionalNetworks", ASSIGNMENT, "o'neilken_12")
        grade.manual_score, grade.extra_credit = 1.25, 0.5
        enter_student(gradebook, "asmith", 1 / 3)
        late = enter_student(gradebook, "müllerjörg_99", 0.0, by_hand=0.0)
        late.notebooks[0].late_submission_penalty = 50.0  # more than there is to take
        enter_student(gradebook, FORMULA, 0.25)
        gradebook.update_or_create_student("leebo_5023", **NAMES["leebo_5023"])
        gradebook.db.commit()
    repairs = [found_as("a.ipynb"), found_as("b.ipynb")]
    save_stored(course, stored("doejane_4711", {}))
    save_stored(course, stored("asmith", {}, state="graded after repair", repairs=repairs))
    return course


@pytest.fixture(scope="module")
def points(course):
    return {name: exercise.points for name, exercise in load_assignment(course).exercises.items()}


def table(text):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert all(None not in row and None not in row.values() for row in rows)  # each row as long as the header
    return rows


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_has_every_exercise_and_the_totals_that_nbgrader_counts(course, points):
    rows = {row["student"].removeprefix("'"): row for row in table(export(course).text)}
    assert rows.keys() == NAMES.keys()
    jane, ken = rows["doejane_4711"], rows["o'neilken_12"]
    assert {name: float(jane[name]) for name in points} == points
    assert (jane["last_name"], jane["state"], jane["repairs"], jane["isolation"]) == ("Doe", "graded", "0", "bwrap")
    assert rows["asmith"]["repairs"] == "2"
    assert float(ken["conv_forward_naive"]) == 1.75  # by hand, with extra credit
    assert float(ken["late_penalty"]) == 7.5
    assert ken["state"] == ""  # there is no stored result
    assert {row["max_score"] for row in rows.values()} == {"107"}
    with NbGrader(course).open() as gradebook:
        submissions = gradebook.assignment_submissions(ASSIGNMENT)
        counted = {s.student_id: max(0, s.score - s.late_submission_penalty) for s in submissions}
    assert {s: float(row["total"]) for s, row in rows.items() if row["total"]} == pytest.approx(counted, abs=1e-4)
    assert counted["müllerjörg_99"] == 0


def test_a_student_without_a_submission_has_empty_cells_not_zeros(course, points):
    made = export(course)
    bo = next(row for row in table(made.text) if row["student"] == "leebo_5023")
    assert bo["state"] == "no submission"
    assert {bo[name] for name in (*points, "explain_caches", "draw", "total", "late_penalty")} == {""}
    assert "1 of 6 students have no submission and no score" in made.notes


def test_a_missing_manual_score_is_empty_and_reported(course):
    made = export(course)
    jane = next(row for row in table(made.text) if row["student"] == "doejane_4711")
    assert (jane["explain_caches"], jane["draw"], jane["total"]) == ("", "", "100")
    assert jane["pending"] == "explain_caches draw"
    answers = "explain_caches (1 to grade); draw (1 to grade)"
    assert made.problems == [f"not completely graded, so the total may change: doejane_4711: {answers}"]


def test_a_result_missing_in_the_gradebook_is_reported(course):
    save_stored(course, stored("lost", {}))
    try:
        assert any("there is a result: lost" in line for line in export(course).problems)
    finally:
        (course.results / ASSIGNMENT / "lost.json").unlink()


def test_json_is_exact_and_has_no_date(course, points):
    text = export(course, form="json").text
    whole = json.loads(text)
    assert (whole["assignment"], whole["max_score"]) == (ASSIGNMENT, 107)
    assert list(whole["cells"]) == [*points, "explain_caches", "draw"]
    students = {student["student"]: student for student in whole["students"]}
    assert students.keys() == NAMES.keys()
    assert students["o'neilken_12"]["last_name"] == "O'Neil,\njunior"
    assert students["asmith"]["scores"]["conv_forward_naive"] == points["conv_forward_naive"] / 3
    assert students["leebo_5023"]["total"] is None
    assert set(students["leebo_5023"]["scores"].values()) == {None}
    assert students["doejane_4711"]["pending"] == ["explain_caches", "draw"]
    assert text == export(course, form="json").text
    assert "2026" not in text


def test_a_grade_id_of_two_notebooks_gets_two_columns(empty):
    with NbGrader(empty).open() as gradebook:
        for notebook in ("BatchNormalization", "ConvolutionalNetworks"):
            gradebook.add_grade_cell("essay", notebook, ASSIGNMENT, max_score=1, cell_type="markdown")
        gradebook.add_grade_cell("total", "BatchNormalization", ASSIGNMENT, max_score=1, cell_type="markdown")
        enter_student(gradebook, "ann", 1.0)
    (row,) = table(export(empty).text)
    assert {"BatchNormalization/essay", "ConvolutionalNetworks/essay", "BatchNormalization/total"} < row.keys()
    assert float(row["total"]) == 105


def test_the_gradebook_is_read_in_few_queries(empty):
    counts = []

    def queries():
        seen = []
        gradebook = NbGrader(empty)
        real = gradebook.open

        def open_and_count():
            opened = real()
            event.listen(opened.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
            return opened

        gradebook.open = open_and_count
        assert len(gradebook.class_grades(ASSIGNMENT)[1]) == len(students)
        counts.append(len(seen))

    students = []
    with NbGrader(empty).open() as gradebook:
        for number_of in (2, 12):
            while len(students) < number_of:
                students.append(f"s{len(students)}")
                enter_student(gradebook, students[-1], 1.0)
            queries()
    assert counts[0] == counts[1] <= 10


# Formulas


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\ra", " =1", "a;=1", "a;@b", "\uff1d1", "a\n-1"])
def test_a_formula_gets_an_apostrophe(text):
    safe = harmless(text)
    assert safe.replace("'", "") == text
    assert not re.search(r"(?:^|[;\t\r\n])\s*[=+\-@\uff1d]", safe)
    assert harmless(safe) == safe


@pytest.mark.parametrize("text", ["", "doejane_4711", "Anne-Marie", "a@b.c", "O'Neil", "1+1", "a, -b"])
def test_other_text_is_unchanged(text):
    assert harmless(text) == text


@pytest.mark.parametrize("form", ["csv", "gradescope", "canvas", "moodle"])
def test_no_cell_of_any_file_is_a_formula(course, form):
    rows = rows_of(export(course, form=form).text)
    cells = [cell for row in rows for cell in row if not re.fullmatch(r"-?[\d.]*", cell) and cell != "-"]
    assert len(cells) > 10
    assert [cell for cell in cells if re.search(r"(?:^|[;\t\r\n])\s*[=+\-@]", cell)] == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), (-0.0, "0"), (10, "10"), (2 / 3, "0.6667"), (12.5, "12.5"), (1e6, "1000000")],
)
def test_numbers_are_short_without_loss(value, text):
    assert number(value) == text


# Canvas


def canvas_rows(text):
    return {row["ID"] or row["SIS Login ID"]: row for row in table(text)}


def test_only_one_column_of_canvas_gradebook_changes(course):
    made = export(course, form="canvas", roster=SAMPLES / "canvas_gradebook.csv")
    before, after = rows_of((SAMPLES / "canvas_gradebook.csv").read_text(encoding="utf-8")), rows_of(made.text)
    target = before[0].index("Assignment 2: ConvNets (815)")
    assert [row[:target] + row[target + 1 :] for row in after] == [row[:target] + row[target + 1 :] for row in before]
    jane, ken, ann, jörg, bo, test = (row[target] for row in after[3:])
    ken_total = next(row["total"] for row in table(export(course).text) if row["student"] == "o'neilken_12")
    assert (jane, ken) == ("100", ken_total)  # by their numbers
    assert float(ann) == pytest.approx(100 / 3 + 2, abs=1e-3)  # by the e-mail address, which is the login there
    assert jörg == "EX"
    assert (bo, test) == ("77.00", "")
    assert "müllerjörg_99 has EX in Canvas: not changed" in made.notes
    assert "rows of the roster without a score here, not changed: 2" in made.notes
    assert f"left out: {FORMULA} is not in the roster" in made.problems


def test_canvas_columns_are_found_by_name_title_or_number(course):
    roster = SAMPLES / "canvas_gradebook.csv"
    chosen = [export(course, form="canvas", roster=roster, column=c).text for c in ("815", "Assignment 2: ConvNets")]
    assert set(chosen) == {export(course, form="canvas", roster=roster).text}
    other = canvas_rows(export(course, form="canvas", roster=roster, column="Assignment 20 (816)").text)
    assert other["99"]["Assignment 20 (816)"] == "N/A"
    assert (other["4711"]["Assignment 20 (816)"], other["4711"]["Assignment 2: ConvNets (815)"]) == ("100", "")


def test_another_maximum_in_canvas_is_reported(course):
    made = export(course, form="canvas", roster=SAMPLES / "canvas_gradebook.csv", column="816")
    assert any("Assignment 20 (816) of Canvas has a maximum of 10.00 points" in line for line in made.problems)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Assignment 2: ConvNets (815)", "Homework (815)"), r"begins with assignment2 in .*--column"),
        (("Assignment 20 (816)", "assignment_2 (816)"), r"Assignment 2: ConvNets \(815\), assignment_2 \(816\)"),
        (("Section", "Group"), r"expected a gradebook of Canvas with the first row Student, ID"),
        (("4711", "1"), None),
    ],
)
def test_a_wrong_canvas_file_is_refused(course, tmp_path, change, words):
    roster = tmp_path / "roster.csv"
    roster.write_text((SAMPLES / "canvas_gradebook.csv").read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    if words:
        with pytest.raises(UsageError, match=words):
            export(course, form="canvas", roster=roster)
    else:
        made = export(course, form="canvas", roster=roster)
        assert "left out: doejane_4711 is not in the roster" in made.problems


def test_a_roster_of_another_course_is_refused(course, tmp_path):
    (tmp_path / "roster.csv").write_text("Student,ID,SIS Login ID,Section,assignment2 (1)\nX,1,x,S,\n")
    with pytest.raises(UsageError, match=r"none of the .* is in the roster"):
        export(course, form="canvas", roster=tmp_path / "roster.csv")


def test_nobody_gets_a_score_on_a_doubtful_match(course, tmp_path):
    rows = "A,4711,a,S,\nB,5,asmith,S,\nC,6,asmith@example.edu,S,\n"
    (tmp_path / "roster.csv").write_text("Student,ID,SIS Login ID,Section,assignment2 (1)\n" + rows)
    made = export(course, form="canvas", roster=tmp_path / "roster.csv")
    assert "left out: asmith matches 2 rows of the roster" in made.problems
    assert [row["assignment2 (1)"] for row in table(made.text)] == ["100", "", ""]


def test_a_number_in_the_gradebook_comes_first(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "smith_2", 1.0, lms_user_id="5021")
        enter_student(gradebook, "smith_3", 0.0)
        enter_student(gradebook, "other_3", 0.0)
    roster = tmp_path / "roster.csv"
    roster.write_text("Student,ID,SIS Login ID,Section,assignment2 (1)\nB,2,b,S,\nA,5021,smith_2,S,\nC,3,c,S,9\n")
    made = export(empty, form="canvas", roster=roster)
    assert [row["assignment2 (1)"] for row in table(made.text)] == ["", "102", "9"]
    assert "left out: smith_3 matches the same row of the roster as another" in made.problems


@pytest.mark.parametrize(
    ("student", "known"), [("doejane_4711", "4711"), ("eve_\u0664\u0667", ""), ("eve_\uff14\uff17", ""), ("eve", "")]
)
def test_only_ascii_digits_are_a_number_of_the_system(student, known):
    assert collected_number(student) == known


def test_without_a_roster_canvas_gets_whom_the_ids_name(course):
    made = export(course, form="canvas")
    sample = rows_of((SAMPLES / "canvas_gradebook.csv").read_text(encoding="utf-8"))
    head, possible, *rows = rows_of(made.text)
    assert head == [*sample[0][:5], ASSIGNMENT]
    assert possible == [*sample[2][:5], "107"]
    by_key = {row[1] or row[3]: row for row in rows}
    assert by_key.keys() == {"4711", "12", "99", "asmith"}  # no row for students without a score: it would delete one
    assert by_key["4711"] == ["Doe, Jane", "4711", "", "", "", "100"]
    assert by_key["99"][0] == "müllerjörg"
    assert any(line.startswith(f"left out: {FORMULA}") for line in made.problems)
    assert rows_of(export(course, form="canvas", column="Conv (815)").text)[0][5] == "Conv (815)"


# Moodle


def test_moodles_own_worksheet_is_filled_in_and_otherwise_unchanged(course):
    made = export(course, form="moodle", roster=SAMPLES / "moodle_worksheet.csv")
    before, after = rows_of((SAMPLES / "moodle_worksheet.csv").read_text(encoding="utf-8")), rows_of(made.text)
    ours = (before[0].index("Grade"), before[0].index("Feedback comments"))
    for old, new in zip(before, after, strict=True):
        assert [c for i, c in enumerate(new) if i not in ours] == [c for i, c in enumerate(old) if i not in ours]
    rows = {row["Full name"]: row for row in table(made.text)}
    jane, ken, ann = rows["Jane Doe"], rows["Ken O'Neil"], rows["Ann Smith"]
    assert jane["Grade"] == "100"
    beginning = "assignment2: 100 of 107 points. Points lost in: explain_caches no score yet of 4, draw"
    assert jane["Feedback comments"].startswith(beginning)
    assert "Late penalty: 7.5 points." in ken["Feedback comments"]  # over our own comment of an earlier export
    assert "conv_forward_naive 1.75 of" in ken["Feedback comments"]
    assert float(ann["Grade"]) == pytest.approx(100 / 3 + 2, abs=1e-3)
    assert ann["Feedback comments"] == before[3][ours[1]]  # a person wrote that
    assert rows["Jörg Müller"]["Grade"] == "50.00"
    assert any("müllerjörg_99 has a locked grade" in line for line in made.problems)
    assert rows["Bo Lee"]["Grade"] == "77.00"
    assert "rows of the roster without a score here, not changed: 1" in made.notes


def test_points_that_moodle_would_not_take_are_told(course, empty, tmp_path):
    text = (SAMPLES / "moodle_worksheet.csv").read_text(encoding="utf-8")
    (tmp_path / "sheet.csv").write_text(text.replace("107.00", "100.00"), encoding="utf-8")
    problems = export(course, form="moodle", roster=tmp_path / "sheet.csv").problems
    assert "Moodle's worksheet has a maximum of 100.00 points, the assignment 107" in problems
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "doejane_4711", 1.0, by_hand=5.0)
    problems = export(empty, form="moodle", roster=SAMPLES / "moodle_worksheet.csv").problems
    assert problems == ["doejane_4711 has more points than the maximum: Moodle ignores the row"]


def test_without_a_roster_moodle_gets_identifying_columns(course):
    made = export(course, form="moodle")
    sample = table((SAMPLES / "moodle_worksheet.csv").read_text(encoding="utf-8"))
    rows = table(made.text)
    assert set(rows[0]) <= {*sample[0], "Username"}
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(rows[0])  # what Moodle insists on
    assert [(r["Identifier"], r["Username"], r["Email address"]) for r in rows] == [
        ("", "asmith", "asmith@EXAMPLE.edu"),
        ("Participant 4711", "", "jane.doe@example.edu"),  # the gradebook has the name as well
        ("", "", "ken@example.edu"),
    ]
    assert {row["Maximum Grade"] for row in rows} == {"107"}
    assert any(line.startswith(f"left out: {FORMULA}") for line in made.problems)
    doubtful = "the number may be that of a student or of a team in müllerjörg_99: give Moodle's grading worksheet"
    assert any(line.startswith(f"left out: {doubtful}") for line in made.problems)


def test_a_note_warns_of_moodles_second_import(course):
    for roster in (None, SAMPLES / "moodle_worksheet.csv"):
        notes = export(course, form="moodle", roster=roster).notes
        assert any("Allow updating records that have been modified more recently in Moodle" in note for note in notes)


SHEET_HEAD = "Identifier,Full name,Username,ID number,Group,Grade,Last modified (grade)\n"


def filled(course, tmp_path, text):
    """(Export, dict of full name → grade) of a worksheet."""
    (tmp_path / "sheet.csv").write_text(text, encoding="utf-8")
    made = export(course, form="moodle", roster=tmp_path / "sheet.csv")
    return made, {row["Full name"]: row["Grade"] for row in table(made.text)}


def test_moodles_user_names_are_matched(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "jdoe", 1.0)
        enter_student(gradebook, "kenny", 0.0, lms_user_id="koneil")
    rows = "Participant 1,Jane Doe,JDoe,,,,-\nParticipant 2,Ken O'Neil,koneil,,,,-\n"
    made, grades = filled(empty, tmp_path, SHEET_HEAD + rows)
    assert grades == {"Jane Doe": "102", "Ken O'Neil": "2"}
    assert made.problems == []


TEAM_SHEET = SHEET_HEAD + (
    "Participant 5021,Ann Smith,a,,Team B,,-\nParticipant 1,Jane Doe,j,,Team_A,,-\nParticipant 2,Ken Poe,k,,Team_A,,-\n"
    "Participant 3,Bo Lee,b,,Default group,,-\nParticipant 4,Eva Roe,e,,Default group,,-\n"
)


def test_only_members_get_the_points_of_a_team(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "Team A_5021", 1.0)
        enter_student(gradebook, "Default group", 0.0)
    made, grades = filled(empty, tmp_path, TEAM_SHEET)
    assert grades == {"Ann Smith": "", "Jane Doe": "102", "Ken Poe": "102", "Bo Lee": "2", "Eva Roe": "2"}
    assert made.problems == []


def test_a_team_with_unknown_members_is_reported_and_no_student_gets_its_points(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "Team A_5021", 1.0)
    with pytest.raises(UsageError, match=r"its number has another name there. For a team, give .* teams\.csv"):
        filled(empty, tmp_path, TEAM_SHEET.replace(",Team_A,", ",,"))
    with pytest.raises(
        UsageError, match=r"of a team in Team A_5021: give Moodle's grading worksheet \(--roster FILE\)"
    ):
        export(empty, form="moodle")
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "Lee Bo_3", 0.0)
    made, grades = filled(empty, tmp_path, TEAM_SHEET.replace("Group", "Other"))
    assert {name for name, grade in grades.items() if grade} == {"Bo Lee"}
    (problem,) = made.problems
    assert problem.startswith("left out: Team A_5021 is not in the roster: its number has another name there")


def test_if_moodle_hides_names_the_number_counts(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "Participant_4711", 1.0)
        enter_student(gradebook, "Team A_4712", 1.0)
    text = "Identifier,Grade\nParticipant 4711,\nParticipant 4712,\n"
    (tmp_path / "sheet.csv").write_text(text)
    made = export(empty, form="moodle", roster=tmp_path / "sheet.csv")
    assert made.text == text.replace("4711,", "4711,102")


def test_two_groups_with_one_name_match_no_student(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "Team A_5021", 1.0)
        enter_student(gradebook, "Ann Smith_5021", 0.0)
    made, grades = filled(empty, tmp_path, TEAM_SHEET.replace(",j,,Team_A", ",j,,Team A"))
    assert {name for name, grade in grades.items() if grade} == {"Ann Smith"}
    assert "Team A_5021 matches 2 teams, so no student gets its points" in made.problems


def test_teams_csv_gives_points_to_members_in_every_format(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "Team A_5021", 1.0)
        enter_student(gradebook, "ann", 0.0)
        gradebook.update_or_create_student("ken", first_name="Ken", last_name="Poe", email="ken@example.edu")
    text = "Team,Student\nteam a,jane@example.edu\nteam a,ken\nteam a,jane@example.edu\nother,x\n"
    (empty.root / "teams.csv").write_text(text)
    save_stored(empty, stored("Team A_5021", {}))
    made = export(empty)
    rows = {row["student"]: row for row in table(made.text)}
    assert {student: (row["total"], row["state"]) for student, row in rows.items()} == {
        "ann": ("2", ""),
        "jane@example.edu": ("102", "graded"),
        "ken": ("102", "graded"),
    }
    assert rows["ken"]["last_name"] == "Poe"
    assert made.problems == []
    head = "Student,ID,SIS Login ID,Section,assignment2 (1)\n"
    (tmp_path / "roster.csv").write_text(f"{head}J,1,jane@example.edu,S,\nK,2,ken,S,\nT,5021,t,S,\nA,3,ann,S,\n")
    filled_in = export(empty, form="canvas", roster=tmp_path / "roster.csv")
    assert [row["assignment2 (1)"] for row in table(filled_in.text)] == ["102", "102", "", "2"]


def test_a_student_with_points_from_two_sources_is_left_out(empty):
    with NbGrader(empty).open() as gradebook:
        for student in ("A_1", "B_2", "ann"):
            enter_student(gradebook, student, 1.0)
    (empty.root / "teams.csv").write_text("team,student\nA,ann\nA,bo\nA,cy\nB,bo\nB,dan\n")
    made = export(empty)
    assert [row["student"] for row in table(made.text)] == ["cy", "dan"]
    assert made.problems == [
        "left out: ann has points of A_1 and a submission of their own",
        "left out: bo has points of A_1 and of B_2",
    ]


@pytest.mark.parametrize(("text", "words"), [("", "is empty"), ("a,b\n", "expected a first row with team and student")])
def test_a_file_of_teams_without_its_columns_is_refused(empty, text, words):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "ann", 1.0)
    (empty.root / "teams.csv").write_text(text)
    with pytest.raises(UsageError, match=words):
        export(empty)


def test_an_anonymous_name_of_canvas_is_not_a_number(empty, tmp_path):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "anon_12345", 1.0)
        enter_student(gradebook, "anon_xK9p2", 0.0, lms_user_id="7")
    made = export(empty, form="canvas")
    assert [row[1] for row in rows_of(made.text)[2:]] == ["7"]
    hidden = "Canvas hides the name: enter Canvas's numbers (`nbgrader db student add ID --lms-user-id NUMBER`)"
    assert made.problems == [f"left out: anon_12345: {hidden}"]
    head = "Student,ID,SIS Login ID,Section,assignment2 (1)\n"
    (tmp_path / "roster.csv").write_text(f"{head}A,12345,a,S,\nB,7,b,S,\n")
    made = export(empty, form="canvas", roster=tmp_path / "roster.csv")
    assert [row["assignment2 (1)"] for row in table(made.text)] == ["", "2"]
    assert made.problems == [f"left out: anon_12345 is not in the roster: {hidden}"]


def test_a_worksheet_in_another_language_is_refused(course, tmp_path):
    (tmp_path / "sheet.csv").write_text("ID,Name,Bewertung\nTeilnehmer 4711,Jane Doe,\n")
    with pytest.raises(UsageError, match=r"expected a grading worksheet of Moodle .*Bewertung.* set to English"):
        export(course, form="moodle", roster=tmp_path / "sheet.csv")


# Gradescope


def test_gradescope_has_the_columns_and_cells_of_its_own_download(course, points):
    sample = table((SAMPLES / "gradescope_grades.csv").read_text(encoding="utf-8"))
    rows = table(export(course, form="gradescope").text)
    question = re.compile(r"\d+: .+ \(\d+\.\d+ pts\)")
    assert [h for h in rows[0] if not question.fullmatch(h)] == [h for h in sample[0] if not question.fullmatch(h)]
    assert len(points) + 2 == sum(bool(question.fullmatch(heading)) for heading in rows[0])
    shapes = {"Total Score": r"(\d+\.\d+)?", "Max Points": r"\d+\.\d+", "Status": "Graded|Ungraded|Missing"}
    shapes["Submission Time"] = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})?"
    shapes["Lateness (H:M:S)"] = r"(\d\d+:\d\d:\d\d)?"
    for row in [*sample, *rows]:
        for name, shape in shapes.items():
            assert re.fullmatch(shape, row[name]), (name, row[name])
    by_id = {row["SID"].removeprefix("'"): row for row in rows}
    ken = by_id["o'neilken_12"]
    assert (ken["Status"], ken["Submission Time"]) == ("Graded", "2026-11-20 11:30:05 +0000")
    assert ken["Lateness (H:M:S)"] == "25:30:05"
    assert (by_id["doejane_4711"]["Status"], by_id["doejane_4711"]["Total Score"]) == ("Ungraded", "100.0")
    missing = by_id["leebo_5023"]
    assert {value for name, value in missing.items() if question.fullmatch(name)} == {""}
    assert (missing["Status"], missing["Total Score"], missing["Lateness (H:M:S)"]) == ("Missing", "", "")


# Files


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_written_as_it_was_read(tmp_path, bom, end, delimiter):
    cells = [["a", "b c", "d"], ['say "x"', f"one{delimiter}two", "1,5"], ["", "line\nline", "ü"], []]
    text = bom + Sheet(cells, delimiter, end).text()
    (tmp_path / "x.csv").write_bytes(text.encode())
    sheet = read_sheet(tmp_path / "x.csv")
    assert (sheet.rows, sheet.text()) == (cells, text)


def test_a_lone_carriage_return_does_not_end_a_row():
    assert rows_of(Sheet([["a\rb", "c"]]).text()) == [["a\rb", "c"]]


def test_semicolons_and_decimal_commas_are_understood(course, tmp_path):
    text = "Student;ID;SIS Login ID;Section;assignment2 (1)\n    Points Possible;;;;107,00\nA;4711;a;S;3,5\n"
    (tmp_path / "roster.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    made = export(course, form="canvas", roster=tmp_path / "roster.csv")
    assert made.text == "\ufeff" + text.replace("3,5", "100")
    assert not any("has a maximum of" in line for line in made.problems)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read"),
        (b"", "is empty"),
        ("Prénom,ID".encode("latin-1"), "is not UTF-8"),
        (b'a,"' + b"x" * 200_000, "is not a CSV file"),
    ],
)
def test_a_file_that_is_not_csv_is_refused(tmp_path, content, words):
    if content is not None:
        (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read_sheet(tmp_path / "x.csv")


# The command


def run(course, monkeypatch, capsys, *words):
    """(exit status, what was printed, lines on stderr)"""
    monkeypatch.chdir(course.root)
    status = main(["export", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err.splitlines()


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_writes_the_file_and_reports_problems(course, monkeypatch, capsys, form):
    status, out, err = run(course, monkeypatch, capsys, "--format", form)
    name = {"csv": "grades.csv", "json": "grades.json"}.get(form, f"grades-{form}.csv")
    assert status == 1
    assert out == f"grades: {course.root / name}\n"
    assert (course.root / name).read_bytes().decode() == export(course, form=form).text
    assert all(line.startswith("autograder: ") for line in err)
    assert any("not completely graded" in line for line in err)


def test_without_problems_the_exit_status_is_0(empty, tmp_path, monkeypatch, capsys):
    with NbGrader(empty).open() as gradebook:
        enter_student(gradebook, "ann", 1.0)
    status, _, err = run(empty, monkeypatch, capsys, ASSIGNMENT, "--output", str(tmp_path / "sub" / "x.csv"))
    assert (status, err) == (0, [])
    assert table((tmp_path / "sub" / "x.csv").read_text(encoding="utf-8"))[0]["total"] == "102"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--roster", "x.csv"], "expected --roster with --format canvas or moodle only, got --format csv"),
        (["--format", "moodle", "--column", "x"], "expected --column with --format canvas only, got --format moodle"),
        (["--format", "canvas", "--roster", "none.csv"], "cannot read none.csv"),
        (["assignment9"], ", got 'assignment9'"),
        (["--output", "source"], "cannot write source"),
    ],
)
def test_bad_usage_gives_one_line_and_exit_status_2(course, monkeypatch, capsys, words, message):
    status, _, err = run(course, monkeypatch, capsys, *words)
    assert (status, len(err)) == (2, 1)
    assert message in err[0]


def test_without_a_gradebook_none_is_made(tmp_path, monkeypatch, capsys):
    course = new_course(tmp_path / "course")
    status, _, err = run(course, monkeypatch, capsys)
    assert (status, len(err)) == (2, 1)
    assert "expected a gradebook at" in err[0]
    assert not (course.root / "gradebook.db").exists()


def test_a_gradebook_without_submissions_is_refused(empty, monkeypatch, capsys):
    with NbGrader(empty).open() as gradebook:
        gradebook.add_student("ann")
    assert "has no submission of assignment2" in run(empty, monkeypatch, capsys)[2][0]
    with NbGrader(empty).open() as gradebook:
        gradebook.remove_assignment(ASSIGNMENT)
    assert "the gradebook has no assignment2" in run(empty, monkeypatch, capsys)[2][0]
    (empty.root / "gradebook.db").write_text("no database at all, only a text " * 100)
    status, _, err = run(empty, monkeypatch, capsys)
    assert (status, len(err)) == (2, 1)
    assert "can't be read as a gradebook" in err[0]
