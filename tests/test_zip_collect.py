"""nbgrader's zip_collect reads the same downloads as `collect`, and unpacks no student's archive."""

import io
import zipfile

from courses import TWO, copy_course
from in_process import nbgrader_here

from autograder.intake.budgets import MAX_FILE_BYTES


def zip_of(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def test_zip_collect_finds_the_owner_of_a_file(tmp_path):
    root = copy_course(tmp_path / "course", notebooks=TWO)
    bomb = zip_of({"BatchNormalization.ipynb": b"\0" * (30 << 20)})
    files = {
        "doejane_LATE_4711_8150_BatchNormalization-1.ipynb": "jane",
        "doejane_LATE_4711_8160_all.zip": bomb,
        "roe_bo_4712_8170_ConvolutionalNetworks.ipynb": "bo",
        "roe_bo_4712_8180_doejane_4711_819_x.ipynb": "bo's",
        "annlee_4713_text.html": "typed",
        "eve_4714_8200_large.ipynb": b"\0" * (MAX_FILE_BYTES + 1),
    }
    place = root / "downloaded" / "assignment2" / "archive"
    place.mkdir(parents=True)
    (place / "submissions.zip").write_bytes(zip_of(files))
    done = nbgrader_here(root, "zip_collect", "assignment2")
    assert done.returncode == 0, done.stderr
    submitted = root / "submitted"
    found = {
        path.relative_to(submitted).as_posix(): path.read_bytes() for path in submitted.rglob("*") if path.is_file()
    }
    assert found == {
        "doejane_4711/assignment2/BatchNormalization-1.ipynb": b"jane",
        "doejane_4711/assignment2/all.zip": bomb,
        "roe_bo_4712/assignment2/ConvolutionalNetworks.ipynb": b"bo",
        "roe_bo_4712/assignment2/doejane_4711_819_x.ipynb": b"bo's",
    }
    assert (
        f"eve_4714_8200_large.ipynb: left out: in the archive unpacks to more than {MAX_FILE_BYTES >> 20} MB"
        in done.stderr
    )
    assert "annlee_4713_text.html: left out: it is text that was typed into Canvas" in done.stderr
    extracted = list((place.parent / "extracted").rglob("*"))
    assert not any(path.is_dir() and path.name.startswith("doejane") for path in extracted)


def test_an_unknown_download_gives_one_line(tmp_path):
    root = copy_course(tmp_path / "course", notebooks=TWO)
    place = root / "downloaded" / "assignment2" / "archive"
    place.mkdir(parents=True)
    (place / "photos.zip").write_bytes(zip_of({"holiday.jpg": "x"}))
    done = nbgrader_here(root, "zip_collect", "assignment2")
    assert done.returncode == 1
    assert "expected file names of Canvas, Moodle, Gradescope, Blackboard, Brightspace and Sakai" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (root / "submitted").exists()
