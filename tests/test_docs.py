"""Documents name only make targets, files and commands that exist. Other tests run the commands."""

import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from autograder.cli import COMMANDS, build_parser

ROOT = Path(__file__).parent.parent
TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
DOCUMENTS = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md"))]
DOCUMENTS += [ROOT / "source" / "assignment2" / name for name in ("README.md", "zh/README.md")]
# Texts outside of the documents that name commands and targets.
OTHERS = [ROOT / "CHANGELOG.md", *sorted((ROOT / ".github").rglob("*.yml"))]
OTHERS += sorted((ROOT / "autograder" / "authoring" / "templates").rglob("*.md.j2"))
OTHERS += [ROOT / "autograder" / "authoring" / "templates" / "course" / "Makefile.j2"]
LINK = re.compile(r"\]\((?!http)([^)#]+)")


def make_targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_that_a_document_names_exists():
    named = {(path.name, word) for path in DOCUMENTS + OTHERS for word in targets_of(path.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert [(name, word) for name, word in named if word not in make_targets()] == []


def targets_of(text):
    """The targets of each `make …` in code."""
    blocks = "\n".join(re.findall(r"^ *```(?:sh|text)\n(.*?)```", text, re.DOTALL | re.MULTILINE))
    for options in re.findall(r"`make ([^`\n]+)`", text) + re.findall(
        r"^ *(?:\$ )?make ([^#\n]+)", blocks, re.MULTILINE
    ):
        yield from (word for word in options.split() if re.fullmatch(r"[a-z-]+", word))


def test_make_help_lists_every_target():
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    missing = [target for target in make_targets() if f"make {target} " not in printed]
    assert missing == []


def test_every_link_to_a_file_leads_somewhere():
    for path in DOCUMENTS:
        text = re.sub(r"`[^`\n]*`", "", path.read_text())  # without examples
        for target in LINK.findall(text):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def headings(path):
    """The anchors of a page: its headings in lower case, without marks, with hyphens for spaces."""
    titles = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_link_to_a_heading_leads_to_one():
    for path in DOCUMENTS:
        for target, anchor in re.findall(r"\]\((?!http)([^)#]*)#([^)]+)\)", path.read_text(encoding="utf-8")):
            page = path.parent / target if target else path
            assert anchor in headings(page), f"{path.name} links to {target}#{anchor}"


@pytest.mark.parametrize("name", ["README.md", "docs/index.md"])
def test_the_first_page_fits_on_a_screen_with_two_commands_and_a_link_for_each_reader(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.count("\n") < 60
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make demo", "make test"]
    pages = {target.removeprefix("docs/") for target in LINK.findall(text)}
    assert pages >= {f"{reader}.md" for reader in ("student", "instructor", "grading", "authoring", "own_course")}


@pytest.mark.parametrize("name", ["student", "instructor", "grading"])
def test_the_page_of_each_reader_has_commands(name):
    assert "```sh\n" in (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def test_every_page_can_be_reached_from_the_first_one():
    reached, todo = set(), ["index.md"]
    while todo:
        page = todo.pop()
        if page not in reached and page.endswith(".md"):
            reached.add(page)
            links = LINK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
            todo += [os.path.normpath(os.path.join(os.path.dirname(page), link)) for link in links]
    assert {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")} <= reached


def test_every_dependency_is_justified():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    rows = re.findall(r"^\| ([a-z0-9, -]+) \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    justified = {name for row in rows for name in row.split(", ")} - {"library"}
    assert justified == {re.match(r"[a-z0-9-]+", requirement)[0] for requirement in wanted}


INSTALLS = re.compile(r"\b(?:pip|uv pip|uv|conda|mamba|pipx) (?:install|add|wheel|download) ([^\n`#;&|)]*)")
# Flags of pip that have a value.
WITH_VALUE = ("--wheel-dir", "-w", "--target", "--python", "-r")


def installed_names(text):
    """What each command for an installer in a text names, without flags; a path is left as it is."""
    for arguments in INSTALLS.findall(text):
        words = iter(re.findall(r"""[^\s"']+""", arguments))
        for word in words:
            if word in WITH_VALUE:
                next(words, None)
            elif not word.startswith(("-", "\\")):
                yield word


def test_nobody_is_told_to_install_a_name_that_strangers_could_register():
    """Names that are installed are those of declared libraries; the kit and the bundle are given as file or folder."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    known = {re.match(r"[a-z0-9-]+", requirement)[0] for requirement in declared} | {"cibuildwheel"}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    endings = (".md", ".py", ".sh", ".ipynb", ".yml", ".toml", "Makefile", ".ci/run")
    texts = [name for name in tracked if name.endswith(endings) and not name.startswith("tests/")]
    found = [(name, word) for name in texts for word in installed_names((ROOT / name).read_text(encoding="utf-8"))]
    assert len(found) > 10
    strange = [(name, word) for name, word in found if not (word.startswith((".", "/", "$")) or named(word) in known)]
    assert strange == []


def named(requirement):
    return re.match(r"[A-Za-z0-9._-]*", requirement)[0].lower().replace("_", "-")


def test_the_guard_against_names_finds_them():
    text = "pip install 'cs231n-assignment-kit[grader]'  # so\n`python -m pip install -e .` or uv pip install cs231n"
    assert list(installed_names(text)) == ["cs231n-assignment-kit[grader]", ".", "cs231n"]


def test_the_version_is_the_same_everywhere():
    places = {
        "pyproject.toml": r'^version = "(.+)"',
        "source/assignment2/pyproject.toml": r'^version = "(.+)"',
        "cs231n/__init__.py": r'^__version__ = "(.+)"',
        "autograder/__init__.py": r'^__version__ = "(.+)"',
        "CITATION.cff": r"^version: (.+)",
    }
    versions = {re.search(pattern, (ROOT / name).read_text(), re.MULTILINE)[1] for name, pattern in places.items()}
    assert len(versions) == 1


def test_the_project_has_one_name_everywhere():
    places = {
        "README.md": r"^# (.+)",
        "docs/index.md": r"^# (.+)",
        "docs/conf.py": r'^project = "(.+)"',
        "CITATION.cff": r'^title: "(.+)"',
        "LICENSE": r"^Copyright \(c\) \d+ The authors of the (.+)",
        "pyproject.toml": r'^authors = \[\{ name = "The authors of the (.+)" \}\]',
        "source/assignment2/pyproject.toml": r'^authors = \[\{ name = "The authors of the (.+)" \}\]',
        "autograder/grader_pyproject.toml": r'^authors = \[\{ name = "The authors of the (.+)" \}\]',
    }
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in places}
    names = {name: re.search(pattern, texts[name], re.MULTILINE)[1] for name, pattern in places.items()}
    assert set(names.values()) == {"CS231n assignment kit"}, names


def commands_of(text):
    """The arguments of each `autograder …` in a document, without what stands for something else."""
    text = re.sub(r"<< (\w+) >>", r"\1", text.replace("\\\n", " "))  # the placeholders of templates
    blocks = "\n".join(re.findall(r"^ *```sh\n(.*?)```", text, re.DOTALL | re.MULTILINE))
    found_there = re.findall(r"^ *autograder ([^#\n]+)", blocks, re.MULTILINE)
    for found in [*re.findall(r"(?:python -m |bin/|`)autograder ([^`#\n]+)", text), *found_there]:
        if "…" not in found and "COMMAND" not in found:
            yield shlex.split(found)


def test_every_command_that_a_document_names_is_understood():
    commands = [words for path in DOCUMENTS + OTHERS for words in commands_of(path.read_text(encoding="utf-8"))]
    assert len(commands) > 15
    parser = build_parser()
    for words in commands:
        if words not in (
            ["--version"],
            ["-v"],
            ["score"],
            ["collect"],
            ["inputs"],
            ["new-exercise"],
            ["new-course"],
            ["new-assignment"],
        ):  # named without their arguments
            parser.parse_args(words)


def test_every_command_and_every_target_is_documented():
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    names = [name for group in COMMANDS.values() for name in group]
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == names
    assert set(re.findall(r"^\| `make ([a-z-]+)` \|", text, re.MULTILINE)) == make_targets()


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
    for name in ("cs231n", "student_tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.so", "_fast.c", "__pycache__"))
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
