"""Files made to harm whoever reads them: bounded, in memory, with a reason when they are no use."""

import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from courses import TWO, copy_course

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.nbgrader_bridge import NbGrader
from autograder.intake.files import MAX_FILE_BYTES
from autograder.intake.submission import read_submission

ROOT = Path(__file__).parent.parent
NAME, OTHER = "ConvolutionalNetworks.ipynb", "BatchNormalization.ipynb"
MB = 1 << 20


@pytest.fixture(scope="module")
def assignment():
    course = load_course(ROOT)
    return load_assignment(replace(course, notebooks=list(TWO)))


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
    assert read(path, assignment).unusable == {}


def test_an_archive_in_a_students_folder_is_read(tmp_path, assignment):
    archive(tmp_path / "My Homework.ZIP")
    assert read(tmp_path, assignment).unusable == {}
    (tmp_path / OTHER).write_bytes(released(OTHER))
    assert f"{NAME}: was found as My Homework.ZIP/{NAME}" in read(tmp_path, assignment).repairs


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
    ("twice", [(NAME, b"{}"), ("hw/" + NAME, b"{}")], "is 2 times in hw.zip"),
    ("bomb", [(NAME, b" " * (MAX_FILE_BYTES + 1))], "unpacks to more than 20 MB"),
    ("thousands of members", [(f"{i}", b"") for i in range(1100)], "more than 1000 files"),
]


@pytest.mark.parametrize(("what", "members", "reason"), ODD_MEMBERS, ids=[row[0] for row in ODD_MEMBERS])
def test_odd_members_are_a_reason_and_nothing_is_unpacked(tmp_path, assignment, what, members, reason):
    path = archive(tmp_path / "hw.zip", *members)
    before = files_below(tmp_path)
    submission = read(path, assignment)
    assert reason in submission.unusable[NAME]
    assert submission.notebooks[NAME] == []
    assert files_below(tmp_path) == before


def test_a_bomb_costs_no_more_memory_than_the_limit(tmp_path, assignment):
    path = archive(tmp_path / "hw.zip", (NAME, b"\0" * (200 * MB)))
    assert path.stat().st_size < MB
    tracemalloc.start()
    assert "unpacks to more than 20 MB" in read(path, assignment).unusable[NAME]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * MB


def test_a_size_that_is_declared_wrong_is_not_believed(tmp_path, assignment):
    path = archive(tmp_path / "hw.zip", (NAME, b" " * (MAX_FILE_BYTES + 1)))
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", MAX_FILE_BYTES + 1), struct.pack("<I", 10)))
    assert read(path, assignment).unusable[NAME]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_methods_are_refused_before_they_allocate(tmp_path, assignment, method):
    path = archive(tmp_path / "hw.zip", method=method)
    assert "unusual method" in read(path, assignment).unusable[NAME]


def test_an_encrypted_member_is_refused(tmp_path, assignment):
    path = archive(tmp_path / "hw.zip")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "is encrypted" in read(path, assignment).unusable[NAME]


@pytest.mark.parametrize("cut", [0, 10, 100, 5000])
def test_a_damaged_archive_is_a_reason(tmp_path, assignment, cut):
    path = archive(tmp_path / "hw.zip")
    path.write_bytes(path.read_bytes()[:cut])
    assert "archive that can't be opened" in read(path, assignment).unusable[NAME]


def test_an_archive_that_is_too_large_is_not_read(tmp_path, assignment):
    path = tmp_path / "hw.zip"
    with path.open("wb") as stream:
        stream.truncate(60 * MB)
    assert "larger than 50 MB" in read(path, assignment).unusable[NAME]


@pytest.mark.parametrize("name", ["hw.zip", NAME])
def test_links_pipes_and_devices_are_neither_followed_nor_waited_for(tmp_path, assignment, name):
    for make in (lambda p: p.symlink_to("/etc/passwd"), os.mkfifo, lambda p: p.symlink_to("/dev/zero"), Path.mkdir):
        folder = tmp_path / f"{make}".replace("/", "")[-20:]
        folder.mkdir()
        make(folder / name)
        assert read(folder, assignment).unusable[NAME]


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
    assert submission.unusable[NAME] == f"{NAME} can't be had: {link.name} is a link: put the files themselves there"
    # A folder that somebody names on the command line is their own affair.
    assert read_submission(path, assignment, student="eve").notebooks[NAME]


def test_plain_nbgrader_hands_nothing_on_that_a_link_leads_to(tmp_path):
    copy_course(tmp_path)
    handed_in = tmp_path / "submitted" / "eve" / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", handed_in)
    (tmp_path / "private.txt").write_text("loot")
    (handed_in / "notes.txt").symlink_to("../../../private.txt")
    NbGrader(load_course(tmp_path)).generate_assignment("assignment2")
    command = [sys.executable, "-m", "nbgrader", "autograde", "assignment2", "--create"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "what eve handed in holds a link" in done.stderr
    assert [path for path in (tmp_path / "autograded").rglob("*") if path.is_file()] == []


def test_what_is_no_file_keeps_no_descriptor_open(tmp_path, assignment):
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
    reason = submission.unusable[NAME]
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
def test_hostile_cells_cost_no_more_than_themselves(tmp_path, assignment, cell):
    (tmp_path / NAME).write_text(notebook(cell, solution("def conv_forward_naive(): pass")))
    submission = read(tmp_path, assignment)
    assert submission.unusable.keys() == {OTHER}
    sources = [c.source for c in submission.notebooks[NAME] if c.grade_id == "conv_forward_naive"]
    assert sources == ["def conv_forward_naive(): pass"]
    json.dumps(submission.notebooks, default=vars).encode()
