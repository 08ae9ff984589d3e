"""The kit as an archive of sources and as a wheel."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from courses import quick_compiler

ROOT = Path(__file__).parent.parent


def test_the_wheel_can_be_built_from_the_source_distribution(tmp_path):
    """What `pip install` of a published release does: the archive must hold the kernels' headers too."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.rstrip("\0").split("\0"):
        if name.startswith(("cs231n/", "student_tools/", "autograder/")) or "/" not in name:
            (tmp_path / "kit" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "kit" / name)
    build = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, tmp_path], cwd=tmp_path / "kit", check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    (source,) = (tmp_path / "unpacked").iterdir()
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, source]
    subprocess.run(command, check=True, env={**os.environ, "CC": quick_compiler(tmp_path)})
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    templates = {f"autograder/{name}/{name}.html.j2" for name in ("feedback", "report", "similarity")}
    assert {"cs231n/fast_layers.py", "student_tools/check.py", *templates} <= set(names)
    if shutil.which("cc") or shutil.which("gcc"):
        assert any(name.startswith("cs231n/_fast.") and name.endswith(".so") for name in names)
