"""Run every benchmark and write docs/benchmarks.md, or print some sections: `python -m benchmarks [SECTION ...]`."""

import datetime
import os
import platform
import sys
from pathlib import Path

import numpy

from autograder.atomic_io import write_text
from benchmarks import browser, classes, data, layers, sandbox, shapes, steps

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on {date}: {cores} cores ({processor}), Python {python}, NumPy {numpy}, Linux {kernel}.
Candidates take turns in one run. A figure is the median, with the smallest and the largest value in parentheses.

"""


SECTIONS = {
    "layers": layers.run,
    "shapes": shapes.run,
    "steps": steps.run,
    "data": data.run,
    "sandbox": sandbox.run,
    "class": classes.run,
    "browser": browser.run,
}


def main():
    """Run all sections and write the report, or print the sections named on the command line."""
    facts = {
        "date": datetime.date.today().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "kernel": platform.release().split("-")[0],
    }
    wanted = sys.argv[1:] or list(SECTIONS)
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        print(f"benchmarks: expected a section of {', '.join(SECTIONS)}, got {unknown[0]!r}", file=sys.stderr)
        raise SystemExit(2)
    sections = [text for text in (SECTIONS[name]() for name in wanted) if text]
    if wanted != list(SECTIONS):
        print("\n".join(sections))
        return
    write_text(REPORT, HEAD.format(**facts) + "\n".join(sections))
    print(f"written: {REPORT}")


def _processor():
    """Return the processor's name, as the kernel reports it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
