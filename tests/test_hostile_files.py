"""Hostile files: reading them is bounded and in memory, and unusable files have a reason."""

import errno
import json
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from courses import ASSIGNMENT, COURSE, TWO, copy_course
from in_process import nbgrader_here
from sentences import problem_lines, repair_lines

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import GraderError
from autograder.gradebook.merge_notebook import rebuild_notebook
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.intake import find_notebooks, parse_notebook
from autograder.intake.budgets import OutOfTime
from autograder.intake.files import MAX_FILE_BYTES
from autograder.intake.submission import Submission, read_submission

ROOT = Path(__file__).parent.parent
NAME, OTHER = "ConvolutionalNetworks.ipynb", "BatchNormalization.ipynb"
MB = 1 << 20


@pytest.fixture(scope="module")
def assignment():
    course = COURSE
    return load_assignment(course, settings=replace(ASSIGNMENT.settings, notebooks=list(TWO)))


def released(name):
    return (ROOT / "release" / "assignment2" / name).read_bytes()


def archive(path, *members, method=zipfile.ZIP_DEFLATED):
    """A zip archive of (name or ZipInfo, content) pairs; both notebooks when none are given."""
    with zipfile.ZipFile(path, "w", method) as packed:
        for name, content in members or ((NAME, released(NAME)), (OTHER, released(OTHER))):
            packed.writestr(name, content)
    return path


def read(path, assignment):
    return read_submission(path, assignment, student="mallory")


def files_below(folder):
    return {path.relative_to(folder): path.lstat().st_size for path in folder.rglob("*")}


@pytest.mark.parametrize("prefix", ["", "assignment2/"])
def test_an_ordinary_archive_is_read(tmp_path, assignment, prefix):
    path = archive(tmp_path / "hw.zip", (prefix + NAME, released(NAME)), (prefix + OTHER, released(OTHER)))
    assert problem_lines(read(path, assignment)) == {}


def test_an_archive_in_a_students_folder_is_read(tmp_path, assignment):
    archive(tmp_path / "My Homework.ZIP")
    assert problem_lines(read(tmp_path, assignment)) == {}
    (tmp_path / OTHER).write_bytes(released(OTHER))
    assert f"{NAME}: was found as My Homework.ZIP/{NAME}" in repair_lines(read(tmp_path, assignment))


def symlink(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


ODD_MEMBERS = [
    ("traversal", [("../" + NAME, b"{}")], "is not in hw.zip"),
    ("absolute", [("/" + NAME, b"{}")], "is not in hw.zip"),
    ("deep traversal", [("a/../../" + NAME, b"{}")], "is not in hw.zip"),
    ("backslashes", [("..\\" + NAME, b"{}")], "is not in hw.zip"),
    ("other case", [(NAME.lower(), b"{}")], "is not in hw.zip"),
    ("name with a zero byte", [(NAME + "x", b"{}")], "is not in hw.zip"),
    ("symbolic link", [(symlink(NAME), b"/etc/passwd")], "is not an ordinary file"),
    ("folder of that name", [(NAME + "/", b"")], "is not in hw.zip"),
    ("twice", [(NAME, b"{}"), ("hw/" + NAME, b"{}")], "appears 2 times in hw.zip"),
    ("bomb", [(NAME, b" " * (MAX_FILE_BYTES + 1))], "unpacks to more than 64 MB"),
    ("thousands of members", [(f"{i}", b"") for i in range(1100)], "more than 1000 files"),
]


@pytest.mark.parametrize(("what", "members", "reason"), ODD_MEMBERS, ids=[row[0] for row in ODD_MEMBERS])
def test_odd_members_have_a_reason_and_are_not_unpacked(tmp_path, assignment, what, members, reason):
    path = archive(tmp_path / "hw.zip", *members)
    before = files_below(tmp_path)
    submission = read(path, assignment)
    assert reason in problem_lines(submission)[NAME]
    assert submission.notebooks[NAME] == []
    assert files_below(tmp_path) == before


def test_a_zip_bomb_needs_no_more_memory_than_the_limit(tmp_path, assignment):
    path = archive(tmp_path / "hw.zip", (NAME, b"\0" * (200 * MB)))
    assert path.stat().st_size < MB
    tracemalloc.start()
    assert "unpacks to more than 64 MB" in problem_lines(read(path, assignment))[NAME]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * MB


def test_a_wrong_declared_size_is_not_trusted(tmp_path, assignment):
    path = archive(tmp_path / "hw.zip", (NAME, b" " * (MAX_FILE_BYTES + 1)))
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", MAX_FILE_BYTES + 1), struct.pack("<I", 10)))
    assert problem_lines(read(path, assignment))[NAME]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_methods_are_refused_before_they_allocate(tmp_path, assignment, method):
    path = archive(tmp_path / "hw.zip", method=method)
    assert "unusual method" in problem_lines(read(path, assignment))[NAME]


def test_an_encrypted_member_is_refused(tmp_path, assignment):
    path = archive(tmp_path / "hw.zip")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "is encrypted" in problem_lines(read(path, assignment))[NAME]


@pytest.mark.parametrize("cut", [0, 10, 100, 5000])
def test_a_damaged_archive_is_a_reason(tmp_path, assignment, cut):
    path = archive(tmp_path / "hw.zip")
    path.write_bytes(path.read_bytes()[:cut])
    assert "archive that can't be opened" in problem_lines(read(path, assignment))[NAME]


def test_an_archive_that_is_too_large_is_not_read(tmp_path, assignment):
    path = tmp_path / "hw.zip"
    with path.open("wb") as stream:
        stream.truncate(101 * MB)
    assert "larger than 100 MB" in problem_lines(read(path, assignment))[NAME]


@pytest.mark.parametrize("name", ["hw.zip", NAME])
def test_links_pipes_and_devices_are_neither_followed_nor_waited_for(tmp_path, assignment, name):
    for make in (lambda p: p.symlink_to("/etc/passwd"), os.mkfifo, lambda p: p.symlink_to("/dev/zero"), Path.mkdir):
        folder = tmp_path / f"{make}".replace("/", "")[-20:]
        folder.mkdir()
        make(folder / name)
        assert problem_lines(read(folder, assignment))[NAME]


@pytest.mark.parametrize("linked", ["submitted/eve", "submitted/eve/assignment2"])
def test_a_link_to_the_work_of_others_is_not_followed(tmp_path, assignment, linked):
    right = tmp_path / "source" / "assignment2"
    shutil.copytree(ROOT / "source" / "assignment2", right)
    link = tmp_path / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(right.parent if linked == "submitted/eve" else right)
    path = tmp_path / "submitted" / "eve" / "assignment2"
    submission = read_submission(path, assignment, student="eve", below=tmp_path / "submitted")
    assert not any(submission.notebooks.values())
    assert (
        problem_lines(submission)[NAME]
        == f"{NAME} can't be read: {link.name} is a link: put the files themselves there"
    )
    # A folder that somebody names on the command line is their own affair.
    assert read_submission(path, assignment, student="eve").notebooks[NAME]


def test_plain_nbgrader_hands_nothing_on_that_a_link_leads_to(tmp_path):
    copy_course(tmp_path)
    handed_in = tmp_path / "submitted" / "eve" / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", handed_in)
    (tmp_path / "private.txt").write_text("loot")
    (handed_in / "notes.txt").symlink_to("../../../private.txt")
    NbGrader(load_course(tmp_path)).generate_assignment("assignment2")
    done = nbgrader_here(tmp_path, "autograde", "assignment2", "--create")
    assert done.returncode != 0
    assert "the submission of eve contains a link" in done.stderr
    assert [path for path in (tmp_path / "autograded").rglob("*") if path.is_file()] == []


def test_plain_nbgrader_neither_opens_nor_copies_what_a_student_handed_in(tmp_path):
    copy_course(tmp_path)
    handed_in = tmp_path / "submitted" / "eve" / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", handed_in)
    large = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {"x": [' + "[]," * 5_000_000 + '0]}, "cells": []}'
    (handed_in / NAME).write_text(large)
    (handed_in / OTHER).unlink()
    os.mkfifo(handed_in / OTHER)
    for name in ("data.bin", "timestamp.txt"):
        with (handed_in / name).open("wb") as stream:
            stream.truncate(2 << 30)
    NbGrader(load_course(tmp_path)).generate_assignment("assignment2")
    code = (
        "import re\nfrom nbgrader.apps import NbGraderApp\n"
        "try: NbGraderApp.launch_instance(['autograde', 'assignment2', '--create'])\n"
        "finally: print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) < 600 * 1024
    made = {path.name: path.stat().st_size for path in (tmp_path / "autograded" / "eve" / "assignment2").iterdir()}
    notebooks = {path.name for path in (ROOT / "release" / "assignment2").glob("*.ipynb")}
    assert made.keys() == {*notebooks, "timestamp.txt"}
    assert sum(made.values()) < MB


def test_special_files_leave_no_descriptor_open(tmp_path, assignment):
    (tmp_path / NAME).mkdir()
    os.mkfifo(tmp_path / "BatchNormalization.ipynb")
    read(tmp_path, assignment)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        read(tmp_path, assignment)
    assert len(os.listdir("/proc/self/fd")) == before


def notebook(*cells, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more})


def solution(source, **metadata):
    nbgrader = {"grade_id": "conv_forward_naive", "solution": True, "grade": False, "locked": False, **metadata}
    return {"cell_type": "code", "metadata": {"nbgrader": nbgrader}, "source": source, "outputs": []}


HOSTILE_TEXT = [
    ("deep lists", "[" * 1_000_000),
    ("deep dicts", '{"a":' * 500_000),
    ("deep metadata", notebook(solution("x = 1"), deep=0).replace('"deep": 0', '"deep": ' + "[" * 200_000)),
    ("a number without end", notebook(deep=0).replace('"deep": 0', '"deep": ' + "9" * 1_000_000)),
    ("zero bytes", "\0" * 1000),
    ("not UTF-8", b"\xff\xfe" * 1000),
    ("cells as a dict", notebook().replace("[]", "{}")),
    ("a version that is no number", notebook().replace("4,", '"4",', 1)),
    ("too large", " " * (MAX_FILE_BYTES + 1)),
    ("too many cells", notebook(*[solution("")] * 3000)),
    ("millions of empty lists", notebook(more=[]).replace('"more": []', '"more": [' + "[]," * 5_000_000 + "[]]")),
]


@pytest.mark.parametrize(("what", "text"), HOSTILE_TEXT, ids=[row[0] for row in HOSTILE_TEXT])
def test_hostile_json_is_a_reason(tmp_path, assignment, what, text):
    (tmp_path / NAME).write_bytes(text if type(text) is bytes else text.encode())
    submission = read(tmp_path, assignment)
    assert submission.notebooks[NAME] == []
    reason = problem_lines(submission)[NAME]
    assert reason.isprintable()
    assert len(reason) < 300


@pytest.mark.parametrize(
    "cell",
    [
        solution("x = 1", points=1e9, grade=True),
        solution("x = 1", locked=True),
        solution(["x ", 3]),
        solution({"a": 1}),
        solution("x" * (2 * MB)),
        solution("\ud800\0\x1b[31m"),
        {**solution("x"), "metadata": 7},
        {**solution("x"), "metadata": {"nbgrader": {"grade_id": ["conv_forward_naive"]}}},
        {**solution("x"), "cell_type": "code\0"},
        None,
        [],
    ],
)
def test_hostile_cells_affect_no_other_cells(tmp_path, assignment, cell):
    (tmp_path / NAME).write_text(notebook(cell, solution("def conv_forward_naive(): pass")))
    submission = read(tmp_path, assignment)
    assert submission.unusable.keys() == {OTHER}
    sources = [c.source for c in submission.notebooks[NAME] if c.grade_id == "conv_forward_naive"]
    assert sources == ["def conv_forward_naive(): pass"]
    json.dumps(submission.notebooks, default=vars).encode()


# ---------------------------------------------------------------- limits of the process


def rename_and_edit(folder, name):
    """A solved notebook with another name, which must be searched."""
    text = released(NAME).decode().replace("raise NotImplementedError", "pass # ")
    (folder / name).write_text(text)


def test_digits_of_other_scripts_are_letters(tmp_path, assignment):
    for name in ("\u06631.ipynb", "a1.ipynb", "1\u0663.ipynb", "\u00b2.ipynb"):
        rename_and_edit(tmp_path, name)
    assert read(tmp_path, assignment).notebooks[NAME]
    members = [(f"{number}1.ipynb", (tmp_path / "a1.ipynb").read_bytes()) for number in ("1\u0663", "1a")]
    assert read(archive(tmp_path / "hw.zip", *members), assignment).notebooks[NAME]


def zip64_offset(content, offset):
    """An archive of one member, the directory of which says that it begins there."""
    place = content.index(b"PK\x01\x02")
    size, extra, comment = struct.unpack_from("<3H", content, place + 28)
    entry = bytearray(content[place : place + 46 + size])
    struct.pack_into("<H", entry, 30, 12)
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    entry += struct.pack("<HHQ", 1, 8, offset)
    end = bytearray(content[place + 46 + size + extra + comment :])
    struct.pack_into("<I", end, 12, len(entry))
    return content[:place] + bytes(entry) + bytes(end)


@pytest.mark.parametrize("offset", [2**63, 2**64 - 1, 2**40])
def test_a_member_at_an_invalid_offset_has_a_reason(tmp_path, assignment, offset):
    path = archive(tmp_path / "hw.zip", (NAME, b"{}"))
    path.write_bytes(zip64_offset(path.read_bytes(), offset))
    assert "overlapping or truncated files" in problem_lines(read(path, assignment))[NAME]
    (tmp_path / NAME).write_bytes(released(NAME))  # now it is next to a notebook, and is searched
    assert read(tmp_path, assignment).notebooks[NAME]


def with_entry_again(content, times):
    """An archive of one member whose directory names it so many times."""
    place, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, tail = content[place:end], bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, times, times, times * len(entry))
    return content[:place] + times * entry + bytes(tail)


def test_members_that_overlap_are_refused_before_one_is_unpacked(tmp_path, assignment):
    path = archive(tmp_path / "hw.zip", ("x.ipynb", b" " * MAX_FILE_BYTES))
    path.write_bytes(with_entry_again(path.read_bytes(), 900))
    for number in range(10):
        shutil.copy(path, tmp_path / f"{number}.zip")
    (tmp_path / NAME).write_bytes(released(NAME))
    began = time.process_time()
    assert read(tmp_path, assignment).notebooks[NAME]
    assert "overlapping or truncated files" in problem_lines(read(path, assignment))[NAME]
    assert time.process_time() - began < 2  # five minutes for each archive, when all are unpacked


@pytest.mark.parametrize("size", [MAX_FILE_BYTES + 1, MAX_FILE_BYTES], ids=["too large", "large"])
def test_many_members_that_are_large_end_the_search(tmp_path, assignment, size):
    members = [(f"{number}.ipynb", b"\0" * size) for number in range(4)]
    archive(tmp_path / "hw.zip", *members)
    began = time.process_time()
    submission = read(tmp_path, assignment)
    assert time.process_time() - began < 6
    assert "is not in hw.zip" in problem_lines(submission)[NAME]
    assert "the search for them ended at 200 MB" in problem_lines(submission)[NAME]


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (lambda folder: [(folder / f"{number}.txt").touch() for number in range(20_001)], "20000 files and folders"),
        (lambda folder: [(folder / f"{number}.ipynb").write_text("{}") for number in range(61)], "60 notebooks"),
        (lambda folder: [archive(folder / f"{number}.zip", ("a", b"")) for number in range(11)], "10 archives"),
        (
            lambda folder: [archive(folder / f"{n}.zip", *[(f"{i}", b"") for i in range(999)]) for n in range(4)],
            "3000 files in archives",
        ),
    ],
    ids=["files", "notebooks", "archives", "members"],
)
def test_junk_ends_the_search_and_never_costs_a_notebook_of_the_right_name(tmp_path, assignment, make, limit):
    make(tmp_path)
    (tmp_path / NAME).write_bytes(released(NAME))
    submission = read(tmp_path, assignment)
    assert submission.unusable.keys() == {OTHER}
    assert f"the search for them ended at {limit}" in problem_lines(submission)[OTHER]
    assert any(limit in repair for repair in repair_lines(submission))
    rename_and_edit(tmp_path, NAME)
    assert not any(limit in repair for repair in repair_lines(read(tmp_path, assignment))), (
        "there was nothing to search for"
    )


@pytest.mark.parametrize("name", ["data.zip", "._hw2.zip", "backup.zip", "damaged.zip", "linked.zip"])
def test_an_archive_beside_a_folder_of_notebooks_hides_none_of_them(tmp_path, assignment, name):
    inside = tmp_path / "hw2"
    inside.mkdir()
    rename_and_edit(inside, NAME)
    make = {
        "data.zip": lambda path: archive(path, ("images.npy", b"0")),
        "backup.zip": Path.mkdir,
        "linked.zip": lambda path: path.symlink_to("hw2"),
    }
    make.get(name, lambda path: path.write_bytes(b"\0\5\x16\7"))(tmp_path / name)
    submission = read(tmp_path, assignment)
    assert submission.found_as == {NAME: f"hw2/{NAME}"}
    assert "conv_forward_naive" in submission.attempted


def test_archives_that_are_too_large_to_be_read_cost_nothing(tmp_path, assignment):
    for number in range(12):
        with (tmp_path / f"{number}.zip").open("wb") as stream:
            stream.truncate(101 * MB)
    rename_and_edit(tmp_path, "x.ipynb")
    archive(tmp_path / "z.zip", ("hw2/" + NAME, (tmp_path / "x.ipynb").read_bytes()))
    (tmp_path / "x.ipynb").unlink()
    assert read(tmp_path, assignment).found_as == {NAME: f"z.zip/hw2/{NAME}"}
    alone = problem_lines(read(tmp_path / "0.zip", assignment))[NAME]
    assert alone.endswith("0.zip is larger than 100 MB: pack the notebooks alone, without data")


def test_a_large_archive_is_read_after_the_small_ones(tmp_path, assignment):
    for number in range(3):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as packed:
            packed.writestr("data.npy", bytes(49 * MB))
    rename_and_edit(tmp_path, "x.ipynb")
    (tmp_path / "deep").mkdir()
    archive(tmp_path / "deep" / "z.zip", (NAME, (tmp_path / "x.ipynb").read_bytes()))
    (tmp_path / "x.ipynb").unlink()
    assert read(tmp_path, assignment).found_as == {NAME: f"deep/z.zip/{NAME}"}


def test_the_reason_names_where_the_search_for_a_deep_notebook_ended(tmp_path, assignment):
    eighth = tmp_path.joinpath("hw", *"abcdefgh")
    eighth.mkdir(parents=True)
    rename_and_edit(eighth, NAME)
    assert read(tmp_path / "hw", assignment).found_as == {NAME: f"a/b/c/d/e/f/g/h/{NAME}"}
    (eighth / "deeper").mkdir()
    (eighth / NAME).rename(eighth / "deeper" / NAME)
    reason = problem_lines(read(tmp_path / "hw", assignment))[NAME]
    assert "the search for it stopped at folders that are more than 8 deep: hand in the notebooks themselves" in reason
    inner = archive(tmp_path / "inner.zip")
    outer = archive(tmp_path / "outer.zip", ("hw/inner.zip", inner.read_bytes()))
    assert "stopped at outer.zip/hw/inner.zip, an archive in an archive" in problem_lines(read(outer, assignment))[NAME]


@pytest.mark.parametrize("function", ["open", "scandir"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENOMEM, errno.EACCES, errno.EPERM])
def test_a_disk_error_is_not_the_students_fault(tmp_path, assignment, monkeypatch, function, number):
    (tmp_path / NAME).write_bytes(released(NAME))
    real = getattr(os, function)

    def fail(path, *arguments, **keywords):
        if str(path).startswith(str(tmp_path)):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *arguments, **keywords)

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(GraderError, match=os.strerror(number)) as raised:
        read(tmp_path, assignment)
    assert str(tmp_path) in str(raised.value)


@pytest.mark.parametrize("kind", ["of two kinds", None, 5])
def test_a_solution_cell_that_can_not_be_used_is_not_work(tmp_path, assignment, kind):
    content = json.loads(released(NAME))
    for cell in content["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "conv_forward_naive":
            cell["source"] = ["x", kind] if kind != "of two kinds" else {}
    (tmp_path / NAME).write_text(json.dumps(content))
    rename_and_edit(tmp_path, "good copy.ipynb")
    assert read(tmp_path, assignment).found_as == {NAME: "good copy.ipynb"}


def test_a_notebook_that_is_large_in_memory_affects_neither_the_kit_nor_other_notebooks(tmp_path):
    """Seven files of one-letter texts, which take twenty times their size, and a right notebook."""
    begin, end = '{"nbformat": 4, "cells": [{"cell_type": "code", "source": [', '""]}]}'
    letters = (begin + '"\u4e00",' * ((20 * MB) // 6) + end).encode()
    for number in range(4):
        (tmp_path / f"{number}.ipynb").write_bytes(letters)
    for name in ("FullyConnectedNets.ipynb", OTHER, "Dropout.ipynb"):
        (tmp_path / name).write_bytes(letters)
    (tmp_path / NAME).write_bytes(released(NAME))
    code = (
        "import resource, sys\nfrom autograder.course.assignment import load_assignment\n"
        "from autograder.course.config import load_course\nfrom autograder.intake.reader import Reader\n"
        "assignment = load_assignment(load_course('.'))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "with Reader(assignment) as reader: submission = reader.read(sys.argv[1], student='eve')\n"
        f"print(len(submission.notebooks[{NAME!r}]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,\n"
        "      *(getattr(resource.getrusage(resource.RUSAGE_CHILDREN), x) for x in ('ru_maxrss', 'ru_utime')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], cwd=COURSE.root, capture_output=True, text=True, check=True
    )
    cells, here, there, seconds = map(float, done.stdout.split())
    assert cells == 10
    assert here < 20 * 1024
    assert there < 600 * 1024
    assert seconds < 12


def test_a_notebook_that_needs_too_much_memory_affects_no_other_one(tmp_path, assignment, monkeypatch):
    for name in (NAME, OTHER):
        (tmp_path / name).write_bytes(released(name))
    whole = parse_notebook.notebook_cells
    for error, words in ((MemoryError, "needs more than 512 MB of memory"), (OutOfTime, "takes too long")):

        def cells(raw, *others, error=error):
            if raw == released(OTHER):
                raise error
            return whole(raw, *others)

        monkeypatch.setattr(find_notebooks, "notebook_cells", cells)
        submission = read(tmp_path, assignment)
        assert words in problem_lines(submission)[OTHER]


def mutated(value, lots):
    """A part of JSON with some of it replaced by what has no place there."""
    odd = (None, True, 10**400, 1.5, "", "\ud800\0", [], {}, [[]], ["a", 1], "code", {"nbgrader": 5}, "x" * 60_000)
    if lots.random() < 0.02:
        return lots.choice(odd)
    if type(value) is dict:
        changed = {key: mutated(part, lots) for key, part in value.items() if lots.random() > 0.01}
        keys = ("cells", "metadata", "nbgrader", "grade_id", "source", "cell_type", "nbformat", "worksheets")
        return changed | ({lots.choice(keys): lots.choice(odd)} if lots.random() < 0.03 else {})
    if type(value) is list:
        return [mutated(part, lots) for part in value if lots.random() > 0.01]
    return value


def test_no_mutated_notebook_or_archive_raises_an_exception(tmp_path, assignment):
    lots = random.Random(1)
    content = json.loads(released(NAME))
    for number in range(150):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        changed = mutated(content | {"cells": lots.sample(content["cells"], 8)}, lots)
        raw = bytearray(json.dumps(changed).encode())
        if lots.random() < 0.2:
            raw[lots.randrange(len(raw))] = lots.randrange(256)
        (folder / lots.choice([NAME, "\u06631.ipynb", "1a\n.ipynb"])).write_bytes(raw)
        packed = archive(folder / "hw.zip", (lots.choice([NAME, "../" + NAME, "\u0663/x.ipynb"]), bytes(raw)))
        damaged = bytearray(packed.read_bytes())
        for _ in range(lots.randrange(8)):
            damaged[-lots.randrange(1, min(200, len(damaged)))] = lots.choice([0, 255, lots.randrange(256)])
        packed.write_bytes(damaged)
        for path in (folder, packed):
            submission = read(path, assignment)
            assert Submission.from_json(submission.to_json()) == submission
            for name in assignment.notebooks:
                json.dumps(rebuild_notebook(submission, name, assignment)).encode()
