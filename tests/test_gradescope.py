"""Gradescope: the zip that is uploaded there, scored with in a folder that is laid out like its machines'.

Real scripts, real scoring. What differs is the root folder, which is not /autograder, and that Python is not installed
by setup.sh: that has a test in test_gradescope_bundle.py, which is slow.
"""

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from courses import ASSIGNMENT, SETTINGS, replaced
from gradescope_layout import (
    NO_BUBBLEWRAP,
    NO_NAMESPACES,
    NORMAL,
    assert_same,
    in_steps,
    lay_out,
    run_autograder,
    run_plainly,
    score_as_json,
    submit,
)

from autograder.feedback.texts import isolation_text
from autograder.model import Result
from autograder.paths import KIT
from autograder.sample_class.profiles import body

ROOT = Path(__file__).parent.parent
ALL = ASSIGNMENT.max_score
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take namespaces away from root")
CONDITIONS = [
    NORMAL,
    pytest.param(NO_BUBBLEWRAP, marks=pytest.mark.slow),
    pytest.param(NO_NAMESPACES, marks=[AS_ROOT, pytest.mark.slow]),
]
# There the grader is root in a container that gives it no namespaces, and the inner layer works alone.
LIKE_GRADESCOPE = NO_NAMESPACES if os.geteuid() == 0 else NO_BUBBLEWRAP


def assert_schema(results):
    """Check the requirements of Gradescope's documentation on results.json."""
    kinds = {
        "score": float,
        "execution_time": float,
        **dict.fromkeys(("output", "output_format", "test_output_format", "test_name_format"), str),
        **dict.fromkeys(("visibility", "stdout_visibility"), str),
        "tests": list,
    }
    assert {name: type(value) for name, value in results.items()} == kinds
    assert results["stdout_visibility"] == "hidden"
    assert results["visibility"] == "visible"
    for test in results["tests"]:
        assert set(test) == {"name", "number", "score", "max_score", "status", "output", "tags", "visibility"}
        assert test["visibility"] in ("visible", "hidden", "after_due_date", "after_published")
        assert test["status"] == ("passed" if test["score"] == test["max_score"] else "failed")
        assert 0 <= test["score"] <= test["max_score"]
    numbers = [tuple(map(int, test["number"].split("."))) for test in results["tests"]]
    assert numbers == sorted(set(numbers))


# ---------------------------------------------------------------- results.json


@pytest.mark.parametrize("handed_in", [pytest.param("one notebook", marks=pytest.mark.slow), "a zip of both"])
def test_the_points_equal_those_of_score(open_folder, bundled_course, handed_in):
    root = lay_out(open_folder, bundled_course)
    submit(root, bundled_course, conv_backward_naive=replaced(("pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad")))
    folder = root / "submission"
    if handed_in == "one notebook":
        (folder / "BatchNormalization.ipynb").unlink()
    else:
        with zipfile.ZipFile(folder / "hw2 final.zip", "w") as archive:
            for path in sorted(folder.glob("*.ipynb")):
                archive.write(path, f"hw2/{path.name}")
                path.unlink()
    done, results = run_autograder(root, LIKE_GRADESCOPE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert_schema(results)
    result = score_as_json(bundled_course.root, folder, "--isolation", "inner")
    assert_same(results, Result.from_json(result))
    assert 0 < results["score"] < result["max_score"]
    failed = next(test for test in results["tests"] if test["tags"] == ["conv_backward_naive"] and not test["score"])
    assert "Use pad + H and pad + W.\nfailed: dx has shape" in failed["output"]
    assert "inner layer only" in results["output"]
    if handed_in == "one notebook":
        assert "Note: BatchNormalization.ipynb was not handed in" in results["output"]
    assert f"ann@example.edu: {round(result['score'], 2):g} of {result['max_score']:g} points" in done.stdout


def test_the_results_reveal_no_hidden_inputs(open_folder, bundled_course):
    root = lay_out(open_folder, bundled_course)
    submit(root, bundled_course, conv_forward_naive=body("print('said aloud', x)\n    return x, None"))
    _, results = run_autograder(root)
    text = (root / "results" / "results.json").read_text()
    titles = {test["name"].split(": ", 1)[1] for test in results["tests"]}
    lines = {
        line.strip()
        for file in (KIT / "assignments").rglob("hidden_tests.py")
        for line in file.read_text().splitlines()
    }
    code = [line for line in lines if len(line) > 20 and not any(line.strip('"') in title for title in titles)]
    assert len(code) > 200
    assert [line for line in code if line in text or json.dumps(line)[1:-1] in text] == []
    assert bundled_course.secret not in text
    assert "said aloud" not in text
    assert "said aloud" in json.dumps(score_as_json(bundled_course.root, root / "submission"))


def test_correct_work_gets_full_points_in_the_strongest_sandbox(open_folder, bundled_course):
    root = lay_out(open_folder, bundled_course)
    submit(root, bundled_course)
    done, results = run_autograder(root)
    assert results["score"] == ALL, done.stdout
    assert {test["status"] for test in results["tests"]} == {"passed"}
    if shutil.which("bwrap"):
        assert results["output"] == f"Your code was {isolation_text('bwrap')}."


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "ConvolutionalNetworks.ipynb was not handed in"),
        ({"ConvolutionalNetworks.ipynb": "<!DOCTYPE html>"}, "ConvolutionalNetworks.ipynb is not a notebook"),
    ],
)
def test_an_unusable_submission_gets_no_points_and_the_reason(open_folder, bundled_course, files, words):
    root = lay_out(open_folder, bundled_course)
    for name, text in files.items():
        (root / "submission" / name).write_text(text)
    done, results = run_autograder(root)
    assert done.returncode == 0, done.stdout
    assert_schema(results)
    assert results["score"] == 0
    assert {test["score"] for test in results["tests"]} == {0}
    assert in_steps(test["max_score"] for test in results["tests"]) == in_steps([ALL])
    assert words in results["output"]
    assert "submit all files again." in results["output"]


# ---------------------------------------------------------------- when the grader fails


def no_landlock(root):
    path = root / "source" / "kit" / "autograder" / "sandbox" / "worker" / "landlock.py"
    text = path.read_text()
    assert text.count("return max(int(version), 0)") == 1
    path.write_text(text.replace("return max(int(version), 0)", "return 0"))


def test_without_a_sandbox_there_are_no_results(open_folder, bundled_course):
    root = lay_out(open_folder, bundled_course)
    submit(root, bundled_course)
    no_landlock(root)
    (root / "results" / "results.json").write_text('{"score": 100}')
    done, results = run_autograder(root, NO_BUBBLEWRAP)
    assert done.returncode == 2
    assert results is None
    assert list((root / "results").iterdir()) == []
    assert "no scores were written: no sandbox starts here" in done.stdout


def test_another_root_folder_gives_one_line_and_exit_status_2(tmp_path):
    done = run_plainly([sys.executable, "-m", "autograder", "gradescope-run", "--root", tmp_path], cwd=SETTINGS.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"expected the folder {tmp_path}/submission" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- hostile submissions

ATTACK = """
def conv_forward_naive(x, w, b, conv_param):
    import os
    done = []
    for path in {read}:
        try:
            done.append("read " + os.path.basename(path) if open(path).read() else "")
        except OSError:
            pass
    for path in {listed}:
        try:
            done.append("listed " + os.path.basename(path) if os.listdir(path) else "")
        except OSError:
            pass
    for path in {written}:
        try:
            open(path, "a").close()
            done.append("wrote " + os.path.basename(path))
        except OSError:
            pass
    raise RuntimeError("ESCAPED: " + ", ".join(done) if done else "held")
"""


def attack(root):
    """(the source of the attack, what it says where all of it works)."""
    source = root / "source"
    targets = {
        "read": [
            source / "course" / "course_secret",
            source / "course" / "source" / "assignment2" / "ConvolutionalNetworks.ipynb",
            source / "course" / "assignments" / "assignment2" / "convolution" / "hidden_tests.py",
            source / "setup.sh",
            root / "submission" / "BatchNormalization.ipynb",
            root / "submission_metadata.json",
        ],
        "listed": [root, root / "submission", source / "course"],
        "written": [root / "results" / "results.json", root / "results" / "stdout", root / "run_autograder"],
    }
    verbs = {"read": "read", "listed": "listed", "written": "wrote"}
    succeeded = [f"{verbs[kind]} {path.name}" for kind, paths in targets.items() for path in paths]
    return ATTACK.format(**{kind: [str(path) for path in paths] for kind, paths in targets.items()}), succeeded


def said_by(messages):
    return {message.split("RuntimeError: ")[1].split(" (")[0] for message in messages}


def test_without_a_sandbox_the_attack_succeeds(open_folder, bundled_course):
    """Control run: an attack that fails in the sandbox must succeed outside, or the failure proves nothing."""
    root = lay_out(open_folder, bundled_course)
    source, succeeded = attack(root)
    submit(root, bundled_course, conv_forward_naive=lambda cell: source)
    result = score_as_json(bundled_course.root, root / "submission", "--isolation", "none")
    tests = result["exercises"]["conv_forward_naive"]["tests"]
    assert said_by(test["message"] for test in tests) == {"ESCAPED: " + ", ".join(succeeded)}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_submission_that_reaches_for_results_and_secret_gets_nothing(open_folder, bundled_course, condition):
    root = lay_out(open_folder, bundled_course)
    source, _ = attack(root)
    for path in [root, *root.rglob("*")]:  # so that nothing but the sandbox is in its way
        path.chmod(path.stat().st_mode | 0o666)
    submit(root, bundled_course, conv_forward_naive=lambda cell: source)
    before = (root / "run_autograder").read_bytes()
    done, results = run_autograder(root, condition)
    assert done.returncode == 0, done.stdout
    entries = [test for test in results["tests"] if test["tags"] == ["conv_forward_naive"]]
    assert said_by(entry["output"] for entry in entries) == {"held"}
    assert {entry["score"] for entry in entries} == {0}
    assert "ESCAPED" not in json.dumps(results)
    assert [path.name for path in (root / "results").iterdir()] == ["results.json"]
    assert (root / "run_autograder").read_bytes() == before
