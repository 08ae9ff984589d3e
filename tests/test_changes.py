"""`grade --diff`: the changes that another run would make."""

import copy
import json
import shutil
from dataclasses import replace

from courses import copy_course
from in_process import run_here
from made_up_results import exercise, outcome, stored

from autograder.grading.score_diff import score_changes


def result(status="passed", state="graded", weight=1, title="it works"):
    message = "" if status == "passed" else "is 1, not 2"
    test = outcome(title, status == "passed", weight=weight, status=status, message=message)
    return stored("ann", {"f": exercise(6.0, [test])}, state=state).result


def test_the_same_result_is_no_change():
    assert score_changes(result(), copy.deepcopy(result())) == []


def test_a_test_that_fails_now_is_the_reason():
    assert score_changes(result(), result("failed")) == [
        "ann: 6 → 0",
        "    f: 6 of 6 → 0 of 6",
        "        passed → failed: it works (is 1, not 2)",
    ]


def test_other_reasons():
    assert score_changes(None, result()) == ["ann: no score yet → 6 (graded)"]
    assert score_changes(result(), result(weight=2))[2] == "        weighs 1 → 2: it works"
    renamed = score_changes(result(), result(title="it really works"))
    assert renamed[2:] == ["        new, passed: it really works", "        gone: it works"]
    assert score_changes(result(), result(state="graded after repair"))[1] == "    state: graded → graded after repair"
    more = result()
    more = replace(more, exercises={**more.exercises, "g": more.exercises["f"]})
    assert score_changes(result(), more)[1] == "    g: a new exercise, 6 of 6 points"
    assert score_changes(more, result())[1] == "    g: exercise removed"


def test_a_run_records_changed_scores_and_reasons(tmp_path):
    folder = copy_course(tmp_path / "course", notebooks=["ConvolutionalNetworks"])
    handed_in = folder / "submitted" / "ann" / "assignment2"
    shutil.copytree(folder / "source" / "assignment2", handed_in)
    history = folder / "results" / "assignment2" / "history.txt"
    assert "changed since" not in run_here(folder, "grade").stdout
    first = history.read_text()
    assert first.splitlines()[1:] == ["ann: no score yet → 69 (graded)", ""]
    assert "changed since" not in run_here(folder, "grade", "--force").stdout
    assert history.read_text() == first, "nothing has changed"

    notebook = handed_in / "ConvolutionalNetworks.ipynb"
    right = notebook.read_text(encoding="utf-8")
    notebook.write_text(
        right.replace("dx[window] += dout[:, :, i, j", "dx[window] = dout[:, :, i, j"), encoding="utf-8"
    )
    assert notebook.read_text(encoding="utf-8") != right
    run_here(folder, "grade", "--diff")
    assert history.read_text() == first, "a dry run writes nothing"
    told = run_here(folder, "grade").stdout
    assert f"changed since an earlier run: ann; reasons are in {history}" in told
    second = history.read_text().removeprefix(first).splitlines()
    assert second[1:3] == ["ann: 69 → 67", "    max_pool_backward_naive: 7 of 7 → 5 of 7"]
    assert second[3].startswith("        passed → failed: A pixel that is the maximum of several windows")


def test_diff_shows_the_effect_of_new_points_and_writes_nothing(tmp_path):
    folder = copy_course(tmp_path / "course", notebooks=["Dropout"])
    shutil.copytree(folder / "source" / "assignment2", folder / "submitted" / "ann" / "assignment2")
    done = run_here(folder, "grade", "--diff")
    assert "ann: no score yet → 10 (graded)" in done.stdout
    assert not (folder / "results").exists()
    assert not (folder / "gradebook.db").exists()
    assert run_here(folder, "grade").returncode == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb"}

    notebook = folder / "source" / "assignment2" / "Dropout.ipynb"
    content = json.loads(notebook.read_text())
    cell = next(c for c in content["cells"] if "check_dropout_forward" in str(c["metadata"]))
    points = cell["metadata"]["nbgrader"]["points"]
    cell["metadata"]["nbgrader"]["points"] = points + 2
    notebook.write_text(json.dumps(content))
    done = run_here(folder, "grade", "--diff")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "ann: 10 → 12",
        f"    dropout_forward: {points} of {points} → {points + 2} of {points + 2}",
        "",
        "0 submissions scored again, 1 would change. Nothing was written.",
    ]
    assert {path: path.read_bytes() for path in before} == before
