"""`python -m benchmarks`: run every benchmark and write docs/benchmarks.md."""

import datetime
import os
import platform
from pathlib import Path

import numpy

from autograder.results import write_text
from benchmarks import sandbox

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on {date}: {cores} cores ({processor}), Python {python}, NumPy {numpy}, Linux {kernel}.
Candidates take turns in one run; a figure is the median, with the smallest and the largest beside it.

"""


def main():
    facts = {
        "date": datetime.date.today().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "kernel": platform.release().split("-")[0],
    }
    sections = [sandbox.run()]
    write_text(REPORT, HEAD.format(**facts) + "\n".join(sections))
    print(f"written: {REPORT}")


def _processor():
    """The processor's name, as the kernel has it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
