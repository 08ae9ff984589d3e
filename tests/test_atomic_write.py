"""Atomic writes: files are complete or missing, and leftovers of killed processes are removed."""

import os
import stat
import subprocess
import sys
import time

import pytest

from autograder.atomic_io import write_text
from cs231n.checkpoint import write_checkpoint
from student_tools import atomic_write
from student_tools.atomic_write import remove_left_behind, unfinished_file, unfinished_folder

# Writes a file and a folder, says so, and never comes to an end.
WRITER = """
import sys, time
from student_tools.atomic_write import unfinished_file, unfinished_folder
with unfinished_file("there.txt") as file, unfinished_folder(".") as folder:
    file.write(b"half")
    file.flush()
    (folder / "inside").write_text("half")
    print("writing", flush=True)
    time.sleep(600)
"""
WRITES = {
    "text": lambda folder: write_text(folder / "new.txt", "whole"),
    "checkpoint": lambda folder: write_checkpoint(folder / "new", {}, {}),
}


@pytest.fixture
def writer(tmp_path):
    """A process in the middle of writing."""
    (tmp_path / "there.txt").write_text("whole")
    with subprocess.Popen([sys.executable, "-c", WRITER], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


@pytest.mark.parametrize("write", WRITES.values(), ids=list(WRITES))
def test_the_next_writer_removes_files_of_a_killed_process(tmp_path, writer, write):
    assert len(os.listdir(tmp_path)) == 3
    writer.kill()
    writer.wait()
    write(tmp_path)
    there, new = sorted(os.listdir(tmp_path), reverse=True)
    assert (there, new.split(".")[0]) == ("there.txt", "new")
    assert (tmp_path / "there.txt").read_text() == "whole"


def test_files_of_a_running_process_stay(tmp_path, writer):
    before = set(os.listdir(tmp_path))
    write_text(tmp_path / "new.txt", "whole")
    assert set(os.listdir(tmp_path)) == before | {"new.txt"}


def test_after_a_day_files_are_removed_even_if_the_process_id_is_in_use(tmp_path):
    left = tmp_path / f"{atomic_write._prefix()}abc"
    left.write_text("half")
    remove_left_behind(tmp_path)
    assert left.exists()
    os.utime(left, times=(time.time() - 100_000,) * 2)
    remove_left_behind(tmp_path)
    assert not left.exists()


def test_files_of_another_machine_stay_for_a_day(tmp_path, monkeypatch):
    left = tmp_path / f"{atomic_write._prefix()}abc".replace(str(os.getpid()), "4194305")  # an unused process id
    left.write_text("half")
    monkeypatch.setattr(atomic_write, "_HOST", "0" * 8)
    remove_left_behind(tmp_path)
    assert left.exists()
    monkeypatch.undo()
    remove_left_behind(tmp_path)
    assert not left.exists()


def test_other_files_stay(tmp_path):
    for name in (".new-", ".new-abc-1", "new-1-abc", ".hidden"):
        (tmp_path / name).touch()
    remove_left_behind(tmp_path)
    assert len(os.listdir(tmp_path)) == 4


def test_an_error_leaves_the_old_file(tmp_path):
    write_text(tmp_path / "file", "old")
    with pytest.raises(TypeError), unfinished_file(tmp_path / "file") as file:
        file.writelines([b"new", None])
    assert (tmp_path / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_full_disk_is_reported_with_the_name_of_the_file(tmp_path):
    with pytest.raises(OSError, match="No space left") as caught, unfinished_file(tmp_path / "file"):
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")
    assert caught.value.filename == str(tmp_path / "file")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644)])
def test_permissions_follow_the_umask(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "marks", "5")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "marks").stat().st_mode) == mode


def test_an_unfinished_folder_is_private(tmp_path):
    with unfinished_folder(tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    """So does a device: `--json /dev/stdout` must not replace it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        write_text(pipe, "whole")
        assert reader.communicate(timeout=30)[0] == "whole"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
