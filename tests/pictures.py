"""`make pictures`: takes the picture of the README anew, of the feedback on a known mistake, in the tests' browser."""

import sys
import tempfile
from pathlib import Path

import pytest
from courses import CONTENT, copy_course

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.course.secret import SECRET_FILE
from autograder.gradebook.merge_notebook import stage_submission
from autograder.grading.command import grade_class
from autograder.sample_class.command import changed_submission
from autograder.sample_class.profiles import CONVOLUTION

try:
    from chromium import start_chromium
except pytest.skip.Exception as missing:
    print(f"pictures: {missing}", file=sys.stderr)
    raise SystemExit(2) from None

PICTURE = Path(__file__).parent.parent / "docs" / "feedback.png"
EXERCISE, MISTAKE = "conv_forward_naive", "last-window-left-zero"
WIDTH, HEIGHT, MARGIN = 1000, 634, 16


def main():
    with tempfile.TemporaryDirectory() as scratch, start_chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(_feedback(Path(scratch)).as_uri())
        box = page.locator(f"section#{EXERCISE}").bounding_box()
        place = {"x": box["x"] - MARGIN, "y": box["y"] + 1, "width": box["width"] + 2 * MARGIN, "height": HEIGHT}
        page.screenshot(path=PICTURE, clip=place, full_page=True)
    print(f"picture: {PICTURE}")
    return 0


def _feedback(folder):
    copy_course(folder)
    (folder / SECRET_FILE).write_text("0" * 64)  # the same inputs, so the same picture
    course = load_course(folder)
    assignment = load_assignment(course)
    submission = changed_submission(assignment, "ann", [CONTENT.mutant(EXERCISE, MISTAKE)])
    stage_submission(submission, assignment, course.handed_in("ann", assignment.name))
    grade_class(course)
    return course.feedback / "ann" / assignment.name / f"{CONVOLUTION.removesuffix('.ipynb')}.html"


if __name__ == "__main__":
    sys.exit(main())
