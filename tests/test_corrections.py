"""A released assignment is corrected: marks, hidden inputs and states of what students did stay as they are."""

import json
import shutil
from dataclasses import replace

import pytest
from courses import copy_course

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.course.handed_out import record_path
from autograder.grading.whole_class import grade_class
from autograder.intake.reader import Reader
from autograder.release.command import release_assignment
from autograder.scoring.results import load_stored

NAME = "Dropout.ipynb"
# Where a word is changed: id of a cell in the source, what stands there, what takes its place.
CORRECTIONS = {
    "a text": ("dropout-forward-intro", "independently of all others", "independent of all others"),
    "the text after an answer": ("dropout-references", "#", "##"),
    "a question": ("dropout-question", "?", " ?"),
    "a provided cell": ("setup_dropout", "readable on light and dark pages", "easy to read"),
    "a check": ("check_dropout_forward", "what is kept, compared", "what was kept, compared"),
    "a docstring": ("dropout_forward", "Forward pass of inverted dropout.", "Inverted dropout, forward."),
    "an instruction": ("dropout_forward", "# Draw your mask from np.random", "# Take your mask from np.random"),
}
WORK = "    keep = np.random.rand(*x.shape) < 0.5\n    return half(x) * keep, keep"


def correct(course, *corrections):
    path = course.source / "assignment2" / NAME
    content = json.loads(path.read_text(encoding="utf-8"))
    for place, old, new in corrections:
        (cell,) = [cell for cell in content["cells"] if cell["id"] == place]
        text = "".join(cell["source"])
        assert old in text
        cell["source"] = text.replace(old, new)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert main(["tidy"]) == 0


def hand_in(course, student, change=lambda content: None):
    folder = course.handed_in(student, "assignment2")
    shutil.copytree(course.release / "assignment2", folder)
    content = json.loads((folder / NAME).read_text(encoding="utf-8"))
    change(content)
    (folder / NAME).write_text(json.dumps(content), encoding="utf-8")


def find(content, cell_id):
    return next(cell for cell in content["cells"] if cell["id"] == cell_id)


def own(kind, text):
    more = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "mine", "metadata": {}, "source": text} | more


def work(content):
    """Half of the work, a helper and a note of the student's own, an answer."""
    cell = find(content, "dropout_forward")
    kept = "".join(cell["source"]).split("    # YOUR CODE HERE")[0]
    cell["source"] = kept + WORK
    place = content["cells"].index(cell)
    content["cells"][place:place] = [own("code", "def half(x):\n    return x / 2"), own("markdown", "My note.")]
    find(content, "question_dropout")["source"] = "Because it averages."


def lose_names(content):
    for cell in content["cells"]:
        cell["metadata"] = {}


def digests(course, students):
    assignment = load_assignment(course)
    with Reader(assignment) as reader:
        return {
            student: reader.read(course.handed_in(student, "assignment2"), student=student).digest()
            for student in students
        }


STUDENTS = ("blank", "worker", "nameless")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course that has released Dropout, and what three students made of it."""
    root = copy_course(tmp_path_factory.mktemp("released") / "course", notebooks=["Dropout"])
    with (root / "course_config.py").open("a") as config:
        config.write("c.AssignmentKit.total_points = 15\n")
    course = load_course(root)
    release_assignment(course, run=False)
    hand_in(course, "blank")
    hand_in(course, "worker", work)
    hand_in(course, "nameless", lambda content: (work(content), lose_names(content)))
    return root


@pytest.fixture
def handed_in(released, tmp_path, monkeypatch):
    """A copy of it."""
    root = shutil.copytree(released, tmp_path / "course")
    monkeypatch.chdir(root)
    return load_course(root)


def test_a_corrected_word_leaves_scores_states_and_inputs_alone(handed_in, capsys):
    course = handed_in
    assert grade_class(course).not_scored == {}
    before = {student: load_stored(course, "assignment2", student) for student in STUDENTS}
    states = {student: stored.result["state"] for student, stored in before.items()}
    assert states == {"blank": "not attempted", "worker": "graded", "nameless": "graded after repair"}
    known = digests(course, STUDENTS)
    assert main(["inputs", "worker", "dropout_forward"]) == 0
    inputs = contents(course.reports)
    assert inputs

    correct(course, *CORRECTIONS.values())
    for _ in range(2):  # with the old release beside the new source, and released again
        assert digests(course, STUDENTS) == known
        assert main(["inputs", "worker", "dropout_forward"]) == 0
        assert contents(course.reports) == inputs
        outcome = grade_class(course)
        assert (outcome.rescored, outcome.changes, outcome.not_entered) == (0, {}, {})
        for student in STUDENTS:
            assert load_stored(course, "assignment2", student).result == before[student].result
            pages = json.loads((course.autograded / student / "assignment2" / NAME).read_text(encoding="utf-8"))
            added = [cell["source"] for cell in pages["cells"] if cell["id"].startswith("own-")]
            assert added == ([] if student == "blank" else ["def half(x):\n    return x / 2", "My note."])
            assert find(pages, "question_dropout")["source"] == (
                "YOUR ANSWER HERE" if student == "blank" else "Because it averages."
            )
        release_assignment(course, run=False)
    capsys.readouterr()

    # Of code that can be seen the next run takes notice, and scores with the same inputs.
    correct(course, ("network_with_dropout", "[9, 8]", "[8, 9]"))
    outcome = grade_class(course)
    assert (outcome.rescored, outcome.changes) == (3, {})
    assert digests(course, STUDENTS) == known


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("what", CORRECTIONS)
def test_no_correction_needs_a_record(handed_in, what):
    """Releases of earlier versions are in no record; cells that have their names are known all the same."""
    students = STUDENTS[:2]
    known = digests(handed_in, students)
    correct(handed_in, CORRECTIONS[what])
    shutil.rmtree(handed_in.release / "assignment2")
    record_path(handed_in, "assignment2").unlink()
    assert digests(handed_in, students) == known


def test_another_program_gets_other_inputs_wherever_it_hides(handed_in):
    """What is left out of the hash is not run: nobody can change code and keep the inputs."""
    (before,) = digests(handed_in, ["worker"]).values()
    assignment, seen = load_assignment(handed_in), {before}
    path = handed_in.handed_in("worker", "assignment2") / NAME
    text = path.read_text(encoding="utf-8")

    def change(edit):
        content = json.loads(text)
        edit(content)
        path.write_text(json.dumps(content), encoding="utf-8")
        with Reader(assignment) as reader:
            return reader.read(path.parent, student="worker")

    def move(content):
        content["cells"].append(content["cells"].pop(content["cells"].index(find(content, "mine"))))

    hidden = {
        "in blanks": lambda c: find(c, "mine").update(source="half = '''  \n'''"),
        "in more blanks": lambda c: find(c, "mine").update(source="half = '''   \n'''"),
        "in the place of a cell": move,
        "in an untouched cell's code": lambda c: find(c, "dropout_backward")["source"].insert(0, "x = 1\n"),
        "in a cell that looks like a note of the kit's": lambda c: find(c, "dropout_backward").update(
            source="# dropout_backward is defined in the cell x.\nx = 2"
        ),
        "in an answer": lambda c: find(c, "question_dropout").update(source="x"),
    }
    for how, edit in hidden.items():
        digest = change(edit).digest()
        assert digest not in seen, how
        seen.add(digest)

    def remember(content):
        cell = find(content, "dropout_backward")
        cell["source"] = "".join(cell["source"]).replace("Backward pass of", "[0.25, 0.5] of")

    submission = change(remember)
    assert submission.digest() == before
    assert "[0.25, 0.5]" not in str(submission.code(NAME))


def test_words_of_a_student_in_an_untouched_cell_are_an_attempt(handed_in):
    def comment(content):
        cell = find(content, "dropout_backward")
        cell["source"] = "".join(cell["source"]).replace("# YOUR CODE HERE", "# I would multiply by the mask")

    hand_in(handed_in, "ann", comment)
    with Reader(load_assignment(handed_in)) as reader:
        submission = reader.read(handed_in.handed_in("ann", "assignment2"), student="ann")
    assert submission.attempted == {"dropout_backward"}
    assert "I would multiply" in str(submission.code(NAME))


def test_a_damaged_record_is_one_line(handed_in, capsys):
    record_path(handed_in, "assignment2").write_text("[]")
    assert main(["grade"]) == 2
    told = capsys.readouterr().err
    assert "assignment2.handed_out.json can't be read" in told
    assert told.count("\n") == 1


def test_who_came_before_an_exercise_has_lost_nothing(handed_in):
    """A cell that no release had when a student began is no missing one; one that the student deleted is."""
    assignment = load_assignment(handed_in)
    source = assignment.notebooks[NAME]
    first = source.earlier.releases[0]
    without = replace(source.earlier, releases=(first - {"dropout_backward", "check_dropout_backward"}, first))
    early = replace(assignment, notebooks={NAME: replace(source, earlier=without)})

    def repairs(student, *gone):
        def delete(content):
            content["cells"] = [cell for cell in content["cells"] if cell["id"] not in gone]

        hand_in(handed_in, student, delete)
        with Reader(early) as reader:
            return reader.read(handed_in.handed_in(student, "assignment2"), student=student).repairs

    assert repairs("early", "dropout_backward", "check_dropout_backward") == ()
    assert repairs("careless", "dropout_backward") == (
        f"{NAME}: the cell dropout_backward is missing; an empty one was put in its place",
    )
