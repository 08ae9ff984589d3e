# attempt: reads the instructor's notebook with the solutions
# exercise: conv_forward_naive
# control: yes
import json
from pathlib import Path


def conv_forward_naive(x, w, b, conv_param):
    for path in Path("@COURSE@", "source").rglob("*.ipynb"):
        try:
            cells = json.loads(path.read_text())["cells"]
        except OSError:
            continue
        solved = [cell for cell in cells if "BEGIN SOLUTION" in "".join(cell["source"])]
        raise RuntimeError(f"ESCAPED: {len(solved)} solutions in {path.name}")
    return None, None
