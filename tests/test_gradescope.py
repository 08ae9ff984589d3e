"""Gradescope: the zip that is uploaded there, scored with in a folder that is laid out like its machines'.

Real scripts, real scoring. What differs is the root folder, which is not /autograder, and that Python is not installed
by setup.sh: that has a test of its own, which is slow.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignment import load_assignment
from autograder.config import load_course
from autograder.errors import UsageError
from autograder.gradescope import bundle
from autograder.gradescope.bundle import bundle_for_gradescope, gradescope_files
from autograder.gradescope.harness import NOBODY, student_in
from autograder.gradescope.schema import gradescope_results
from autograder.hidden import HIDDEN_TESTS
from autograder.rebuild import stage_submission
from autograder.sample_class import body, replaced, solved_submission

ROOT = Path(__file__).parent.parent
SCRIPTS = [ROOT / "autograder" / "gradescope" / name for name in ("setup.sh", "run_autograder.sh")]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take namespaces away from root")
# A program that runs another one where the kernel gives no more user namespaces, as root still. Its parent has to map
# the users in between.
WITHOUT_NAMESPACES = """
import ctypes, os, sys
assert ctypes.CDLL(None).unshare(0x10000000) == 0
print("apart", flush=True)
sys.stdin.readline()
open("/proc/sys/user/max_user_namespaces", "w").write("0")
assert os.geteuid() == 0
os.execv(sys.argv[1], sys.argv[1:])
"""
NORMAL, NO_BUBBLEWRAP, NO_NAMESPACES = "as it is", "without bubblewrap", "without namespaces"
CONDITIONS = [NORMAL, NO_BUBBLEWRAP, pytest.param(NO_NAMESPACES, marks=AS_ROOT)]
# There the grader is root in a container that gives it no namespaces, and the inner layer has to do alone.
LIKE_GRADESCOPE = NO_NAMESPACES if os.geteuid() == 0 else NO_BUBBLEWRAP


@pytest.fixture
def open_folder():
    """A folder that everybody can get to, unlike pytest's: without namespaces the worker becomes nobody."""
    with tempfile.TemporaryDirectory(prefix="gradescope-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose bundle has been made."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "course_config.py", folder)
    shutil.copytree(ROOT / "source", folder / "source")
    bundle_for_gradescope(load_course(folder))
    return load_course(folder)


def bundle_of(course):
    return course.dist / "assignment2-gradescope.zip"


def lay_out(folder, course):
    """What Gradescope does with the zip. The permissions are those in it, as by unzip."""
    (folder / "results").mkdir()
    (folder / "submission").mkdir()
    with zipfile.ZipFile(bundle_of(course)) as archive:
        for entry in archive.infolist():
            Path(archive.extract(entry, folder / "source")).chmod(entry.external_attr >> 16 & 0o777)
    shutil.copy(folder / "source" / "run_autograder", folder)
    metadata = {"users": [{"email": "ann@example.edu", "name": "Ann"}], "assignment": {"title": "Assignment 2"}}
    (folder / "submission_metadata.json").write_text(json.dumps(metadata))
    return folder


def python_for(condition):
    """(an interpreter that the worker's user can read, folders of packages that it has to be told of)."""
    if condition != NO_NAMESPACES:
        return sys.executable, []
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        look = ["test", "-r", os.path.realpath(candidate)]
        if not subprocess.run(look, user=65534, group=65534, extra_groups=[], check=False).returncode:
            return candidate, [sysconfig.get_path("purelib")]
    return pytest.skip("every Python here lies where only root can read it")


def run_autograder(root, condition=NORMAL, *, python=None):
    """Run the script as Gradescope does; returns the finished process and what results.json holds, or None."""
    found, folders = python_for(condition)
    environment = {
        **os.environ,
        "AUTOGRADER_PYTHON": python or found,
        "PYTHONPATH": os.pathsep.join([str(root / "source" / "kit"), *folders]),
    }
    if condition == NO_BUBBLEWRAP:
        environment["PATH"] = str(programs(root / "programs", "bash", "dirname", "env"))
    start = run_without_namespaces if condition == NO_NAMESPACES else run_plainly
    done = start([str(root / "run_autograder")], cwd=root, env=environment)
    results = root / "results" / "results.json"
    return done, json.loads(results.read_text()) if results.exists() else None


def programs(folder, *names):
    """A folder for PATH that holds these programs and no others."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def run_plainly(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)


def run_without_namespaces(command, **options):
    program = [sys.executable, "-c", WITHOUT_NAMESPACES, *command]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(program, text=True, **pipes, **options) as process:
        assert process.stdout.readline() == "apart\n"
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{process.pid}/{kind}").write_text("0 0 65536")
        out, errors = process.communicate("go on\n", timeout=300)
    return subprocess.CompletedProcess(program, process.returncode, out, errors)


def submit(root, course, **change):
    """Put a solved submission, with some changes, where Gradescope would."""
    assignment = load_assignment(course)
    stage_submission(solved_submission(assignment, "ann", change=change), assignment, root / "submission")


def score_as_json(folder, path, *options):
    """The result of `autograder score` in a course folder."""
    words = ["-m", "autograder", "score", path, "--json", folder / "result.json", *options]
    done = run_plainly([sys.executable, *words], cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    return json.loads((folder / "result.json").read_text())


def assert_schema(results):
    """What Gradescope's documentation asks of results.json."""
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


def in_steps(amounts):
    return sum(round(amount * 10_000) for amount in amounts)


def assert_same(results, result):
    """Whether results.json tells what the result does, point for point."""
    assert results["score"] == result["score"]
    for name, exercise in result["exercises"].items():
        entries = [entry for entry in results["tests"] if entry["tags"] == [name]]
        assert in_steps(entry["score"] for entry in entries) == in_steps([exercise["score"]])
        assert in_steps(entry["max_score"] for entry in entries) == in_steps([exercise["points"]])
        assert [entry["name"] for entry in entries] == [f"{name}: {test['title']}" for test in exercise["tests"]]
        assert [entry["status"] == "passed" for entry in entries] == [test["passed"] for test in exercise["tests"]]


# ---------------------------------------------------------------- results.json


@pytest.mark.parametrize("handed_in", ["one notebook", "a zip of both"])
def test_the_points_are_those_of_score(open_folder, course, handed_in):
    root = lay_out(open_folder, course)
    submit(root, course, conv_backward_naive=replaced("pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad"))
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
    result = score_as_json(course.root, folder, "--isolation", "inner")
    assert_same(results, result)
    assert 0 < results["score"] < result["max_score"]
    failed = next(test for test in results["tests"] if test["tags"] == ["conv_backward_naive"] and not test["score"])
    assert failed["output"].startswith("failed: dx has shape")
    assert failed["output"].endswith("which leaves nothing when pad is 0.")
    assert "inner layer alone" in results["output"]
    if handed_in == "one notebook":
        assert "Note: BatchNormalization.ipynb was not handed in" in results["output"]
    assert f"ann@example.edu: {result['score']:g} of 100 points" in done.stdout


def test_nothing_of_the_hidden_tests_is_in_it(open_folder, course):
    root = lay_out(open_folder, course)
    submit(root, course, conv_forward_naive=body("print('said aloud', x)\n    return x, None"))
    _, results = run_autograder(root)
    text = (root / "results" / "results.json").read_text()
    titles = {test["name"].split(": ", 1)[1] for test in results["tests"]}
    lines = {line.strip() for file in HIDDEN_TESTS.glob("*.py") for line in file.read_text().splitlines()}
    code = [line for line in lines if len(line) > 20 and not any(line.strip('"') in title for title in titles)]
    assert len(code) > 200
    assert [line for line in code if line in text or json.dumps(line)[1:-1] in text] == []
    assert course.secret not in text
    assert "said aloud" not in text
    assert "said aloud" in json.dumps(score_as_json(course.root, root / "submission"))


def test_all_right_is_full_marks_in_the_best_sandbox_that_there_is(open_folder, course):
    root = lay_out(open_folder, course)
    submit(root, course)
    done, results = run_autograder(root)
    assert results["score"] == 100, done.stdout
    assert {test["status"] for test in results["tests"]} == {"passed"}
    if shutil.which("bwrap"):
        assert results["output"] == "Your code was scored in a sandbox (bubblewrap with Landlock and seccomp)."


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "ConvolutionalNetworks.ipynb was not handed in"),
        ({"ConvolutionalNetworks.ipynb": "<!DOCTYPE html>"}, "ConvolutionalNetworks.ipynb is not a notebook"),
    ],
)
def test_what_can_not_be_used_gets_no_points_and_the_reason(open_folder, course, files, words):
    root = lay_out(open_folder, course)
    for name, text in files.items():
        (root / "submission" / name).write_text(text)
    done, results = run_autograder(root)
    assert done.returncode == 0, done.stdout
    assert_schema(results)
    assert results["score"] == 0
    assert {test["score"] for test in results["tests"]} == {0}
    assert in_steps(test["max_score"] for test in results["tests"]) == in_steps([100])
    assert words in results["output"]
    assert "hand in all files again." in results["output"]


# ---------------------------------------------------------------- when the grader fails


def no_landlock(root):
    path = root / "source" / "kit" / "autograder" / "sandbox" / "inside" / "landlock.py"
    text = path.read_text()
    assert text.count("return max(int(version), 0)") == 1
    path.write_text(text.replace("return max(int(version), 0)", "return 0"))


def test_without_a_sandbox_there_are_no_results_and_nobody_has_a_mark(open_folder, course):
    root = lay_out(open_folder, course)
    submit(root, course)
    no_landlock(root)
    (root / "results" / "results.json").write_text('{"score": 100}')
    done, results = run_autograder(root, NO_BUBBLEWRAP)
    assert done.returncode == 2
    assert results is None
    assert list((root / "results").iterdir()) == []
    assert "nobody was given a mark for it: no sandbox starts here" in done.stdout


def test_a_root_that_is_not_gradescopes_is_one_line_and_exit_status_2(tmp_path):
    done = run_plainly([sys.executable, "-m", "autograder", "gradescope-run", "--root", tmp_path], cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no folder {tmp_path}/submission" in done.stderr
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
            source / "kit" / "autograder" / "hidden_tests" / "test_convolution.py",
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


def test_without_a_sandbox_the_attack_succeeds(open_folder, course):
    """The control: what fails inside has to work outside, or its failure proves nothing."""
    root = lay_out(open_folder, course)
    source, succeeded = attack(root)
    submit(root, course, conv_forward_naive=lambda cell: source)
    result = score_as_json(course.root, root / "submission", "--isolation", "none")
    tests = result["exercises"]["conv_forward_naive"]["tests"]
    assert said_by(test["message"] for test in tests) == {"ESCAPED: " + ", ".join(succeeded)}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_submission_that_reaches_for_results_and_secret_gets_nothing(open_folder, course, condition):
    root = lay_out(open_folder, course)
    source, _ = attack(root)
    for path in [root, *root.rglob("*")]:  # so that nothing but the sandbox is in its way
        path.chmod(path.stat().st_mode | 0o666)
    submit(root, course, conv_forward_naive=lambda cell: source)
    before = (root / "run_autograder").read_bytes()
    done, results = run_autograder(root, condition)
    assert done.returncode == 0, done.stdout
    entries = [test for test in results["tests"] if test["tags"] == ["conv_forward_naive"]]
    assert said_by(entry["output"] for entry in entries) == {"held"}
    assert {entry["score"] for entry in entries} == {0}
    assert "ESCAPED" not in json.dumps(results)
    assert [path.name for path in (root / "results").iterdir()] == ["results.json"]
    assert (root / "run_autograder").read_bytes() == before


# ---------------------------------------------------------------- points

weights = st.sampled_from([0.5, 1, 2, 3, 5])
exercises = st.tuples(st.integers(1, 40), st.lists(st.tuples(weights, st.booleans()), min_size=1, max_size=9))


def result_with(*exercises):
    """A result of exercises, each given as (points, list of (weight, whether it was passed)), as scoring makes it."""
    made = {}
    for number, (points, tests) in enumerate(exercises):
        passed = sum(weight for weight, is_passed in tests if is_passed)
        made[f"exercise_{number}"] = {
            "score": round(points * passed / sum(weight for weight, _ in tests), 4),
            "points": float(points),
            "tests": [
                {
                    "title": f"Title {position}.",
                    "weight": weight,
                    "passed": is_passed,
                    "status": "passed" if is_passed else "failed",
                    "message": "" if is_passed else "got 1, expected 2",
                    "misconception": None,
                    "output": "printed by the code",
                }
                for position, (weight, is_passed) in enumerate(tests)
            ],
        }
    score = round(sum(exercise["score"] for exercise in made.values()), 4)
    notes = {"state": "graded", "repairs": [], "problems": [], "isolation": "bwrap"}
    return {"exercises": made, "score": score, **notes}


@settings(max_examples=200, deadline=None)
@given(st.lists(exercises, min_size=1, max_size=4))
def test_no_point_is_lost_or_won_by_rounding(drawn):
    result = result_with(*drawn)
    results = gradescope_results(result, seconds=1.234, visibility="visible")
    assert_same(results, result)
    assert in_steps(test["score"] for test in results["tests"]) == in_steps([results["score"]])
    assert all(0 <= test["score"] <= test["max_score"] for test in results["tests"])


def test_a_tests_share_is_that_of_its_weight():
    result = result_with((6, [(1, True), (2, False), (3, True)]))
    tests = gradescope_results(result, seconds=1, visibility="hidden")["tests"]
    assert [(test["number"], test["score"], test["max_score"]) for test in tests] == [
        ("1.1", 1, 1),
        ("1.2", 0, 2),
        ("1.3", 3, 3),
    ]
    assert {test["visibility"] for test in tests} == {"hidden"}
    assert [test["output"] for test in tests] == ["", "failed: got 1, expected 2", ""]


@pytest.mark.parametrize(
    ("text", "student"),
    [
        ('{"users": [{"email": "ann@example.edu"}, {"email": "bob@example.edu"}]}', "ann@example.edu"),
        ('{"users": [{"email": "a\\u001b[0m\\nb"}]}', "a [0m b"),
        ('{"users": [{"email": 7}]}', NOBODY),
        ('{"users": []}', NOBODY),
        ("[]", NOBODY),
        ("no JSON", NOBODY),
        (None, NOBODY),
    ],
)
def test_the_student_is_the_first_one_in_the_metadata(tmp_path, text, student):
    path = tmp_path / "submission_metadata.json"
    if text:
        path.write_text(text)
    assert student_in(path) == student


# ---------------------------------------------------------------- the zip


def test_the_zip_is_the_same_bytes_each_time_and_its_owners_alone(course, capsys):
    before = bundle_of(course).read_bytes()
    bundle_for_gradescope(course)
    assert bundle_of(course).read_bytes() == before
    assert bundle_of(course).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in course.dist.iterdir()] == [bundle_of(course).name]
    assert "It holds the solutions and the course's secret" in capsys.readouterr().out


def test_the_zip_holds_what_scoring_needs_and_nothing_of_others(course):
    assignment = load_assignment(course)
    (course.root / "submitted" / "ann").mkdir(parents=True)
    (course.root / "submitted" / "ann" / "work.ipynb").write_text("{}")
    files = gradescope_files(course, assignment)
    assert {name for name in files if "/" not in name} == {"setup.sh", "run_autograder"}
    assert {name for name in files if name.startswith("course/")} == {
        "course/course_config.py",
        "course/course_secret",
        *(f"course/source/assignment2/{name}" for name in assignment.notebooks),
    }
    assert {name.split("/")[1] for name in files if name.startswith("kit/")} == {
        *("autograder", "cs231n", "pyproject.toml", "README.md", "LICENSE"),
    }
    assert files["course/course_secret"].decode().strip() == course.secret
    assert (course.root / "course_secret").read_text().strip() == course.secret
    assert b"gradescope-run assignment2 --root" in files["run_autograder"]


def test_source_outside_of_the_course_is_refused(tmp_path):
    (tmp_path / "course").mkdir()
    config = (ROOT / "course_config.py").read_text()
    config = config.replace('source_directory = "source"', 'source_directory = "../source"')
    (tmp_path / "course" / "course_config.py").write_text(config)
    shutil.copytree(ROOT / "source", tmp_path / "source")
    with pytest.raises(UsageError, match="is not in the course's folder"):
        bundle_for_gradescope(load_course(tmp_path / "course"))
    assert list((tmp_path / "course").glob("dist/*")) == []


def test_a_kit_without_its_project_file_can_not_be_bundled(monkeypatch, tmp_path, course):
    """As after `pip install` without -e."""
    shutil.copytree(bundle.PACKAGE, tmp_path / "autograder")
    monkeypatch.setattr(bundle, "PACKAGE", tmp_path / "autograder")
    with pytest.raises(UsageError, match=r"there is no pyproject\.toml in .*pip install -e"):
        gradescope_files(course, load_assignment(course))


# ---------------------------------------------------------------- the scripts


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_bash_can_read_the_scripts(script):
    assert run_plainly(["bash", "-n", script]).stderr == ""
    assert os.access(script, os.X_OK)


def stub(folder, name, text):
    (folder / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
    (folder / name).chmod(0o755)


def test_setup_says_in_one_line_that_python_is_too_old(tmp_path):
    path = programs(tmp_path / "programs", "bash", "dirname", "env")
    stub(path, "apt-get", "exit 0")
    stub(path, "python3", '[ "$1" = --version ] && echo Python 3.10.12\nexit 1')
    shutil.copy(SCRIPTS[0], tmp_path)
    done = run_plainly(["bash", tmp_path / "setup.sh"], env={"PATH": str(path)})
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed, and this image has Python 3.10.12" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_setup_installs_what_scoring_needs(open_folder, course, tmp_path):
    """With packages from the index; what apt-get would install is left as it is on this machine."""
    look = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", tmp_path, "traitlets"]
    if subprocess.run(look, capture_output=True, check=False).returncode:
        pytest.skip("the package index is out of reach")
    root = lay_out(open_folder, course)
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    stub(stubs, "apt-get", "exit 0")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PATH"] = os.pathsep.join([str(stubs), environment["PATH"]])
    done = subprocess.run(["bash", root / "source" / "setup.sh"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("fast layers: cython" in done.stdout) == bool(shutil.which("cc") or shutil.which("gcc"))
    assert "Submissions will be scored in a sandbox" in done.stdout
    assert [path for path in (root / "source").rglob("*") if path.stat().st_mode & 0o077] == []
    submit(root, course)
    done = run_plainly([root / "run_autograder"], cwd=root, env=environment)
    assert json.loads((root / "results" / "results.json").read_text())["score"] == 100, done.stdout
