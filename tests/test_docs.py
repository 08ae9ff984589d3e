"""What the documents name is there: make targets, files, commands. Other tests run the commands themselves."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS += [ROOT / "source" / "assignment2" / name for name in ("README.md", "zh/README.md")]


def make_targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_that_a_document_names_exists():
    named = {word for path in DOCUMENTS for word in re.findall(r"`?make ([a-z-]+)", path.read_text())}
    assert len(named) > 5
    assert named <= make_targets() | {"it"}


def test_make_help_lists_every_target():
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    missing = [target for target in make_targets() if f"make {target} " not in printed]
    assert missing == []


def test_every_link_to_a_file_leads_somewhere():
    for path in DOCUMENTS:
        for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_readme_has_three_readers_with_three_commands_each():
    text = (ROOT / "README.md").read_text()
    for reader in ("Instructors", "Students", "Graders"):
        section = re.search(rf"^## {reader}\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)[1]
        block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]
        assert len(block.strip().splitlines()) == 3


@pytest.mark.parametrize("words", [[], ["score"], ["grade"], ["report"], ["sample-class"], ["gradescope"]])
def test_each_command_explains_itself(words):
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *words, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "usage: autograder" in done.stdout


def test_the_students_commands_work_in_an_unzipped_bundle(tmp_path):
    """`pip install -e .` has its own test; here the rest of what the student README says."""
    folder = tmp_path / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", folder)
    shutil.copytree(ROOT / "cs231n", folder / "cs231n", ignore=shutil.ignore_patterns("*.so", "_fast.c", "__pycache__"))
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    environment.pop("CS231N_DATA", None)
    done = subprocess.run(
        [sys.executable, "-m", "cs231n.datasets", "synthetic"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (folder / "data" / "cifar-10-synthetic" / "test_batch").is_file(), done.stdout
