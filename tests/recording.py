"""`make pictures`: runs `make demo` on a copy of the course, and draws its output as docs/demo.svg.

The drawing is a terminal that scrolls. Lines appear in the order and rhythm of the real output, faster, and with long
waits cut short. Progress bars and lines of progress are left out.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from courses import copy_course

ROOT = Path(__file__).parent.parent
RECORDING = ROOT / "docs" / "demo.svg"
COLUMNS, ROWS = 120, 36  # the table of a class is 117 columns wide
LETTER, LINE, MARGIN = 7.8, 17, 14  # pixels
SECONDS, PAUSE = 12, 5  # the length of the recording, and how long its end is shown
LONGEST = 20  # seconds between two lines, before the recording is made faster
PROGRESS = re.compile(r"[a-z ]+: +\d+ of \d+;")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "course"
        copy_course(folder)
        lines = record(folder)
    RECORDING.write_text(drawn(shortened(lines, folder)), encoding="utf-8")
    print(f"recording: {RECORDING}")
    return 0


def record(folder):
    """Run `make demo` in the folder of a course; returns its output: (seconds, line) for each line."""
    command = ["make", "-s", "-f", ROOT / "Makefile", "-o", "setup", "demo", f"BIN={Path(sys.executable).parent}"]
    environ = os.environ | {"COLUMNS": str(COLUMNS), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    lines, started = [], time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        for line in running.stdout:  # ends with a newline: the states of a progress bar are parts of one line
            lines.append((time.monotonic() - started, line.decode().rstrip("\n")))
    if running.returncode:
        raise SystemExit(f"make demo failed: {lines[-1][1]}")
    return lines


def shortened(lines, folder):
    """The recording without progress and long waits, with paths relative to the folder."""
    moment, last, kept = 1.0, 0.0, [(0.0, "$ make demo")]
    for seconds, line in lines:
        text = ESCAPES.sub("", line).rpartition("\r")[2].replace(f"{folder}/", "")
        moment, last = moment + min(seconds - last, LONGEST), seconds
        if not PROGRESS.match(text):
            kept.append((moment, text))
    return kept


def drawn(lines):
    """The recording as an animated SVG, which shows its last state where nothing is animated."""
    wrapped = [(moment, part) for moment, line in lines for part in folded(line)]
    last = wrapped[-1][0] or 1
    width, height = COLUMNS * LETTER + 2 * MARGIN, ROWS * LINE + 2 * MARGIN
    styles, texts = [], []
    total = SECONDS + PAUSE
    # The screen moves up by a line whenever one is printed below its last row.
    steps = [(100 * SECONDS * moment / last / total, max(0, row + 1 - ROWS)) for row, (moment, _) in enumerate(wrapped)]
    frames = "".join(f"{percent:.2f}%{{transform:translateY({-shift * LINE}px)}}" for percent, shift in steps if shift)
    end = steps[-1][1] * LINE
    styles.append(f"@keyframes roll{{0%{{transform:none}}{frames}to{{transform:translateY({-end}px)}}}}")
    styles.append(f"#screen{{transform:translateY({-end}px);animation:roll {total}s step-end infinite}}")
    for row, (moment, line) in enumerate(wrapped):
        percent = 100 * SECONDS * moment / last / total
        if percent:
            styles.append(f"@keyframes l{row}{{0%{{opacity:0}}{percent:.2f}%,to{{opacity:1}}}}")
            styles.append(f"#l{row}{{animation:l{row} {total}s step-end infinite}}")
        y = MARGIN + row * LINE + 13
        texts.append(f'<text id="l{row}" x="{MARGIN}" y="{y}" xml:space="preserve">{html.escape(line)}</text>')
    size = f'viewBox="0 0 {width:g} {height}" width="{width:g}" height="{height}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size}>
<title>What make demo prints</title>
<style>
text{{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3}}
{chr(10).join(styles)}
@media (prefers-reduced-motion:reduce){{#screen,text{{animation:none!important}}}}
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<svg y="{MARGIN}" width="{width:g}" height="{ROWS * LINE}" viewBox="0 {MARGIN} {width:g} {ROWS * LINE}"><g id="screen">
{chr(10).join(texts)}
</g></svg>
</svg>
"""


def folded(line):
    """Cut a line as a terminal of this width does."""
    return [line[at : at + COLUMNS] for at in range(0, len(line), COLUMNS)] or [""]


if __name__ == "__main__":
    sys.exit(main())
