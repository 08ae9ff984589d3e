"""The progress of a class, on a terminal and in a file."""

import fcntl
import io
import os
import pty
import struct
import termios

import pytest

from autograder.grading import progress
from autograder.grading.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_file_gets_plain_lines_with_rate_time_left_and_states(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    file = io.StringIO()
    with Progress("scoring", 4, file) as told:
        told.done("graded")
        told.done("needs attention")
        told.tick("bob\x1b[2J", 12.4)
        line = told.line()
        told.done("graded")
        told.done("graded")
    assert line.startswith("scoring: 2 of 4; ")
    assert " per second; about 00:00 left; 1 graded, 1 needs attention; longest now: bob [2J, 12 s" in line
    lines = file.getvalue().splitlines()
    assert lines[-1].startswith("scoring: 4 of 4; ")
    assert lines[-1].endswith("3 graded, 1 needs attention")
    assert "\r" not in file.getvalue()
    assert "\x1b" not in file.getvalue()


def test_lines_are_printed_at_intervals():
    file = io.StringIO()
    with Progress("scoring", 1000, file) as told:
        for _ in range(1000):
            told.done("graded")
    assert len(file.getvalue().splitlines()) == 1


def test_a_terminal_gets_a_bar():
    terminal = Terminal()
    with Progress("scoring", 2, terminal) as told:
        told.done("graded")
        told.tick("ann", 7)
        told.done("graded")
    assert "longest now: ann, 7 s" in terminal.getvalue()
    assert "2/2" in terminal.getvalue()
    assert "2 graded" in terminal.getvalue()


@pytest.mark.parametrize("columns", [0, 90])
def test_a_terminal_without_a_width_gets_lines(columns, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with open(theirs, "w") as terminal, Progress("scoring", 2, terminal) as told:
        told.done("graded")
        told.done("graded")
        seen = os.read(ours, 10_000).decode()
    os.close(ours)
    assert ("scoring: 1 of 2; " in seen) is (columns == 0)
    assert ("/2 [" in seen) is (columns == 90)
