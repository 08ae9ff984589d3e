"""The range on which the attacks of tests/attacks are tried: canaries to be taken, and a look at what is left behind.

An attack is a file whose first lines say what it is::

    # attempt: reads the gradebook with sqlite3
    # exercise: conv_forward_naive
    # control: yes

The other lines are the source of that exercise's solution cell. `control` is yes where the attack succeeds without a
sandbox, and root where it takes root's privileges for that. Two more lines are for exceptions: `# expect: honest` says
that the answer is right and the points are due, `# scope: all` that all exercises are scored and not just a few,
because the attack reaches for them.

The source says ESCAPED in an exception when something worked that must not. These words in it are replaced: DROP, a
folder open to everybody with the file `canary`; PORT and ABSTRACT, where somebody listens; COURSE, the folder of a
course; HIDDEN, that of the hidden tests; KIT, the one from which the grader is imported; HOST, the grader's process
id; TOKEN, a word for the names of what an attack makes; each between two @.

As a program, `python tests/attack_range.py FOLDER yes root` makes a range in a folder, tries the attacks whose control
is one of these words without any sandbox, and prints as JSON which of them succeeded. Run it in a box that can be
thrown away, with the canaries for those who read the grader's environment in it as GRADER_TOKEN.
"""

import contextlib
import dataclasses
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import stat
import sys
import tempfile
import time
import types
from pathlib import Path

import numpy as np
from courses import copy_course

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import SandboxError
from autograder.paths import KIT
from autograder.sample_class.command import solved_submission
from autograder.sandbox.clock import cpu_wait
from autograder.scoring.scorer import Scorer

__all__ = ["ATTACKS", "CLASSES", "Attack", "Range", "measured", "processes", "read_attacks", "score", "signs"]

ROOT = Path(__file__).resolve().parent.parent
ATTACKS = Path(__file__).with_name("attacks")
# Folders of ATTACKS, and what the files in them try.
CLASSES = {
    "reading": "reading tests, reference, other submissions, gradebook, environment, /proc",
    "frames": "walking frames, tracebacks or the garbage collector",
    "patching": "patching numpy, pytest, rel_error, sys.modules, built-in functions, settrace",
    "ending": "sys.exit, os._exit, signals, segfaults, recursion, hostile exceptions",
    "equal": "objects and subclasses that always compare equal, pickles, metaclasses",
    "values": "NaN, inf, complex, float16, strings, objects, broadcast, empty, wrong arity",
    "aliasing": "inputs that are changed, handed back or shared",
    "hanging": "loops, sleeps, hangs in C",
    "memory": "memory balloons, giant replies, full disks, endless output",
    "processes": "forks, threads, programs",
    "forging": "forged frames, fake verdicts, closed descriptors",
    "staying": "atexit, state kept across calls and tests, fake clocks",
    "guessing": "hard-coded and hashed answers, predicted seeds, answers that are measured by themselves",
    "estimating": "gradients from differences, with and without what watches for them",
    "diagnosing": "replies that cost the grader memory or time when it looks for known mistakes",
    "network": "TCP, UDP, Unix and abstract sockets",
    "kernel": "system calls that honest code never makes",
    "writing": "files, links and folders outside",
    "parsing": "syntax and parser bombs, NUL bytes, bad encodings",
    "magics": "magics and shell cells",
    "loading": "decorators, defaults, metaclasses and whatever else runs before the first call",
}
# The exercise that is scored along with the attacked one, blank, as all the others are: it has few tests.
BYSTANDERS = ("layernorm_forward", "max_pool_forward_naive")
BACKWARD = re.compile(r"_backward(_alt)?")
HEADER = re.compile(r"# (attempt|exercise|control|expect|scope): (.+)")
# What no text file can hold, or should: @U+0000@ is a character, @9000*(@ is 9000 of them.
CHARACTER, REPEATED = re.compile(r"@U\+([0-9A-F]{4})@"), re.compile(r"@(\d+)\*(\S+?)@")


@dataclasses.dataclass(frozen=True)
class Attack:
    """One file of the corpus."""

    name: str
    attempt: str
    exercise: str
    control: str
    expect: str
    scope: str
    text: str

    @property
    def group(self):
        return self.name.split("/")[0]


def read_attacks():
    """All attacks, by name."""
    return [_read_attack(path) for path in sorted(ATTACKS.glob("*/*.py"))]


def _read_attack(path):
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    header = {"control": "no", "expect": "zero", "scope": "some"}
    while match := HEADER.match(lines[0]):
        header[match[1]] = match[2].strip()
        del lines[0]
    return Attack(name=f"{path.parent.name}/{path.stem}", text="".join(lines), **header)


def short_course(folder):
    """A course in an empty folder, and its assignment with limits under which an endless loop costs little."""
    course = load_course(copy_course(folder))
    limits = {"test_seconds": 1, "cpu_seconds": 1, "exercise_seconds": 2, "memory_mb": 512}
    return course, load_assignment(course, settings=dataclasses.replace(load_assignment(course).settings, **limits))


def score(scorer, attack, submission):
    """Score a submission that holds an attack, or one that comes after it; returns its result."""
    if attack.scope == "all":
        return scorer.score(submission)
    bystander = next(name for name in BYSTANDERS if name != attack.exercise)
    return scored_alone(scorer, attack.exercise, bystander).score(submission)


def scored_alone(scorer, *exercises):
    """A Scorer of a few exercises, with another one's sandbox."""
    kept = {name: exercise for name, exercise in scorer.assignment.exercises.items() if name in _needed(exercises)}
    alone = Scorer(scorer.course, dataclasses.replace(scorer.assignment, exercises=kept), scorer.isolation)
    alone.__dict__.update(sandbox=scorer.sandbox, reference=scorer.reference)
    return alone


def _needed(exercises):
    """Exercises and the forward passes that the tests of the backward ones call."""
    return {*exercises, *(BACKWARD.sub("_forward", name) for name in exercises)}


@contextlib.contextmanager
def measured():
    """What this process uses while something is done: `seconds`, and `megabytes` beyond what it had before."""
    used = types.SimpleNamespace()
    Path("/proc/self/clear_refs").write_text("5")  # the highest use is counted anew
    before, started = _megabytes("VmRSS"), time.monotonic() - cpu_wait()
    yield used
    used.seconds = time.monotonic() - cpu_wait() - started
    used.megabytes = _megabytes("VmHWM") - before


def _megabytes(field):
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)[1]) >> 10


class Range:
    """Canaries for attacks.

    - loot: what is written into all that must not be read, 64 random hexadecimal digits, in the form of the
      course's secret. - mark: a word in the name of all that an attack makes.
    """

    def __init__(self, folder, loot=None):
        self.folder = Path(folder)
        self.loot, self.mark = loot or secrets.token_hex(32), secrets.token_hex(8)
        self.drop, self.root = self.folder / "drop", self.folder / "course"
        self.abstract = f"listener-{secrets.token_hex(8)}"

    def __enter__(self):
        self.folder.chmod(0o755)
        self.drop.mkdir()
        self.root.mkdir()
        self.course, self.assignment = short_course(self.root)
        self._lay_bait()
        with contextlib.ExitStack() as stack:
            self.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            self.unix = stack.enter_context(socket.socket(socket.AF_UNIX))
            self.unix.bind("\0" + self.abstract)
            self.unix.listen()
            for listener in (self.listener, self.unix):
                listener.setblocking(False)
            os.environ["GRADER_TOKEN"] = self.loot
            stack.callback(os.environ.pop, "GRADER_TOKEN", None)
            self._stack = stack.pop_all()
        self._import_content()
        self._files = self._read_files()
        return self

    def __exit__(self, *exception):
        self._stack.close()

    def _import_content(self):
        """Import the content of the assignment, so that Python writes its caches before an attack."""
        content = self.assignment.content
        for part in ("topics", "tests", "tolerances", "samples", "equivalents"):
            getattr(content, part)

    def _lay_bait(self):
        self.drop.chmod(0o777)
        (self.drop / "canary").write_text(self.loot)
        (self.drop / "canary").chmod(0o666)
        (self.root / "course_secret").write_text(self.loot + "\n")
        with contextlib.closing(sqlite3.connect(self.root / "gradebook.db")) as base, base:
            base.execute("create table grade (student text, score real, note text)")
            base.execute("insert into grade values ('ann', 1.5, ?)", [self.loot])
        neighbour = self.root / "submitted" / "ann" / self.assignment.name
        neighbour.mkdir(parents=True)
        (neighbour / "BatchNormalization.ipynb").write_text(json.dumps({"cells": [], "by": self.loot}))

    def submission(self, attack):
        """An attack as a submission in which every other exercise is blank."""
        others = [name for name in self.assignment.exercises if name != attack.exercise]
        text = self._substituted(attack.text)
        return solved_submission(self.assignment, "attacker", change={attack.exercise: lambda _: text}, blank=others)

    def _substituted(self, text):
        words = {
            "DROP": self.drop,
            "PORT": self.listener.getsockname()[1],
            "ABSTRACT": self.abstract,
            "COURSE": self.root,
            "HIDDEN": self.assignment.content.folder,
            "KIT": KIT.parent,
            "HOST": os.getpid(),
            "TOKEN": self.mark,
        }
        for word, value in words.items():
            text = text.replace(f"@{word}@", str(value))
        text = CHARACTER.sub(lambda match: chr(int(match[1], 16)), text)
        return REPEATED.sub(lambda match: match[2] * int(match[1]), text)

    def left_behind(self):
        """List what an attack changed outside, one line each, and restore everything."""
        found = [*self._changed_files(), *self._marked_files(), *self._connections(), *self._marked_processes()]
        self._put_back()
        return found

    def _put_back(self):
        now = self._read_files()
        for path in sorted(set(now) - set(self._files), reverse=True):
            _remove(Path(path))
        for name, kept in self._files.items():
            if now.get(name) != kept:
                Path(name).write_bytes(kept[1])
                Path(name).chmod(stat.S_IMODE(kept[0]))

    def _read_files(self):
        """Every file, link and folder here: path → (kind and permissions, content)."""
        found = {}
        for path in [self.drop, *self.drop.rglob("*"), *self.root.rglob("*")]:
            mode = path.lstat().st_mode
            found[str(path)] = mode, path.read_bytes() if stat.S_ISREG(mode) else b""
        return found

    def _changed_files(self):
        now = self._read_files()
        names = sorted({*now, *self._files})
        return [f"{name} is not as it was" for name in names if now.get(name) != self._files.get(name)]

    def _marked_files(self):
        home, numpy = Path.home(), Path(np.__file__).parent
        folders = {Path("/"), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), home, numpy, Path.cwd(), ROOT}
        for folder in folders:
            for path in list(folder.glob(f"*{self.mark}*")):
                _remove(path)
                yield f"{path} was made"

    def _connections(self):
        for name, listener in {"TCP": self.listener, "abstract": self.unix}.items():
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
                    yield f"a connection arrived at the {name} socket"

    def _marked_processes(self):
        for number, command in _commands().items():
            if self.mark.encode() in command and number != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
                yield f"process {number} was still there"


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()


def _commands():
    """Process id → its command line, of all processes that can be seen."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found[int(folder.name)] = (folder / "cmdline").read_bytes()
    return found


def below(process):
    """The ids of a process and all that descend from it."""
    children = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(folder.name))
    found, todo = set(), [process]
    while todo:
        found.add(todo[-1])
        todo += children.get(todo.pop(), [])
    return found


def processes(sandbox):
    """All processes of a sandbox's workers, by id."""
    return set().union(*(below(worker.process.pid) for worker in sandbox._workers.values()))


def signs(place, result):
    """The signs in a result that an attack succeeded: what it says of itself, or what it must not know."""
    text = json.dumps(result.to_json(), ensure_ascii=False)
    return [word for word in ("ESCAPED", place.loot, place.mark) if word in text]


def try_without_sandbox(folder, controls):
    """Score the attacks whose control is one of these words without isolation.

    Returns: dict of attack → the signs of its success, empty where it failed.
    """
    seen = {}
    with Range(folder, os.environ.get("GRADER_TOKEN")) as place:
        # Enough to import the kit, reference and all: what fails here must not fail for want of time or memory.
        limits = {"test_seconds": 4, "cpu_seconds": 4, "exercise_seconds": 8, "memory_mb": 1024}
        settings = dataclasses.replace(place.assignment.settings, **limits)
        scorer = Scorer(place.course, dataclasses.replace(place.assignment, settings=settings), "none")
        for attack in read_attacks():
            if attack.control not in controls:
                continue
            alone = scored_alone(scorer, attack.exercise)
            try:
                result = alone.score(place.submission(attack))
                seen[attack.name] = [word.replace(place.loot, "the loot") for word in signs(place, result)]
            except SandboxError as error:  # the worker is an ordinary process, and within reach
                seen[attack.name] = [str(error)]
                scorer.sandbox.close()
                del scorer.__dict__["sandbox"]
            seen[attack.name] += place.left_behind()
        scorer.sandbox.close()
    return seen


def main():
    folder = tempfile.mkdtemp(dir=sys.argv[1])
    print(json.dumps(try_without_sandbox(folder, sys.argv[2:])))


if __name__ == "__main__":
    main()
