"""Notebooks that run side by side: order, failures, an interrupt, and their number."""

import functools
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from test_grading import descendants
from test_interrupts import is_there

from autograder.errors import UsageError
from autograder.release import side_by_side
from autograder.release.side_by_side import at_once, execute_notebooks


def write(folder, name, *sources):
    """Write a notebook with code cells a, b, …; return its path."""
    cells = [
        {"cell_type": "code", "id": chr(97 + i), "metadata": {}, "source": s, "execution_count": None, "outputs": []}
        for i, s in enumerate(sources)
    ]
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def waits_for(file):
    return f"import os, time\nwhile not os.path.exists({str(file)!r}): time.sleep(0.02)"


def test_notebooks_run_at_the_same_time_and_come_back_in_order(tmp_path):
    meets = [
        f"open({str(tmp_path / own)!r}, 'w').close()\n{waits_for(tmp_path / other)}" for own, other in ("xy", "yx")
    ]
    paths = [write(tmp_path, "slow", meets[0], "print(1)"), write(tmp_path, "fast", meets[1], "print(2)")]
    done = execute_notebooks(paths, jobs=2, timeout=60)
    assert [notebook.cells[1].outputs[0].text for notebook in done] == ["1\n", "2\n"]
    assert '"2\\n"' in paths[1].read_text()


def test_the_first_failing_notebook_in_the_order_is_named(tmp_path):
    sign = tmp_path / "second has failed"
    paths = [
        write(tmp_path, "First", waits_for(sign), "import time; time.sleep(0.5)", "1 / 0"),
        write(tmp_path, "Second", f"open({str(sign)!r}, 'w').close()\nraise KeyError('later')"),
    ]
    with pytest.raises(UsageError, match=r"^First\.ipynb: the cell c failed: ZeroDivisionError: division by zero$"):
        execute_notebooks(paths, jobs=2, timeout=60)


def test_a_failure_ends_the_notebooks_after_it(tmp_path):
    sign = tmp_path / "second runs"
    paths = [
        write(tmp_path, "First", waits_for(sign), "1 / 0"),
        write(tmp_path, "Second", f"open({str(sign)!r}, 'w').close()\nimport time\ntime.sleep(600)"),
        write(tmp_path, "Third", f"open({str(tmp_path / 'third')!r}, 'w')"),
    ]
    started = time.monotonic()
    with pytest.raises(UsageError, match=r"^First\.ipynb: the cell b"):
        execute_notebooks(paths, jobs=2)
    assert time.monotonic() - started < 120
    assert not (tmp_path / "third").exists()


def test_an_interrupt_ends_all_kernels(tmp_path):
    paths = [write(tmp_path, name, f"open('{name}', 'w').close()\nimport time\ntime.sleep(600)") for name in "ab"]
    program = (
        "import sys, pathlib; from autograder.release.side_by_side import execute_notebooks\n"
        "execute_notebooks([pathlib.Path(p) for p in sys.argv[1:]], jobs=2)"
    )
    heeding = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
    command = [sys.executable, "-c", program, *map(str, paths)]
    with subprocess.Popen(command, preexec_fn=heeding, stderr=subprocess.PIPE, text=True) as run:
        until = time.monotonic() + 60
        while not all((tmp_path / name).exists() for name in "ab") and time.monotonic() < until:
            time.sleep(0.05)
        kernels = descendants(run.pid)
        assert len(kernels) >= 2
        os.kill(run.pid, signal.SIGINT)
        _, errors = run.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert [pid for pid in kernels if is_there(pid)] == []


@pytest.mark.parametrize(
    ("jobs", "memory", "expected"),
    [
        (0, "MemAvailable: 9000000 kB\n", 4),
        (3, "MemAvailable: 9000000 kB\n", 3),
        (0, "MemAvailable: 2500000 kB\n", 2),
        (0, "MemAvailable: 1 kB\n", 1),
        (0, "MemFree: 1 kB\n", 4),
        (0, None, 4),
    ],
)
def test_as_many_run_at_once_as_cores_and_memory_allow(tmp_path, monkeypatch, jobs, memory, expected):
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(side_by_side, "MEMORY", tmp_path / "meminfo")
    if memory is not None:
        (tmp_path / "meminfo").write_text(memory)
    assert at_once(jobs) == expected
