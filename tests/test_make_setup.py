"""What the targets of the Makefile install: graders need less than developers."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEEDED = ("pyproject.toml", "autograder/gradebook/formgrader_sanitizer.json", "cs231n/_fast.pyx")
KIT, LIBRARIES, DEVELOPERS = "-e .", "kit grader |", "dev docs packaging |"


@pytest.fixture
def folder(tmp_path):
    for name in NEEDED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def planned(folder, target):
    """The commands that `make TARGET` would run."""
    environ = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    command = ["make", "-n", "-f", ROOT / "Makefile", target]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("target", ["setup", "demo", "release", "autograde", "report", "doctor", "wheel", "formgrader"])
def test_a_grader_gets_no_developers_packages(folder, target):
    commands = planned(folder, target)
    assert KIT in commands
    assert LIBRARIES in commands
    assert DEVELOPERS not in commands
    assert "chromium" not in commands


@pytest.mark.parametrize("target", ["test", "test-slow", "lint", "docs", "bench", "pictures"])
def test_developers_packages_come_on_top(folder, target):
    commands = planned(folder, target)
    assert commands.index(LIBRARIES) < commands.index(DEVELOPERS) < commands.index("chromium")
    assert (" lite |" in commands) == (target in ("test", "test-slow", "bench"))


def test_a_later_step_does_not_compile_the_kit_again(folder):
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".installed").touch()
    commands = planned(folder, "test")
    assert DEVELOPERS in commands
    assert KIT not in commands
    assert "pip" not in planned(folder, "demo")
    assert "similarity |" in planned(folder, "similarity")
    for extra in ("dev", "lite", "similarity"):
        (folder / ".venv" / f".{extra}").touch()
    assert "pip" not in planned(folder, "test") + planned(folder, "similarity")


def test_long_steps_are_announced(folder):
    lines = [line for line in planned(folder, "test").splitlines() if line.startswith('echo "make setup: ')]
    assert len(lines) == 4
    assert all("about" in line for line in lines)
