"""The kernels without Python: under sanitizers, with another compiler, and for another processor."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KERNELS = ROOT / "cs231n" / "kernels"
FLAGS = ("-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra", "-Werror", "-Wno-psabi")
SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def compile_check(folder, compiler, *flags, kernels=KERNELS):
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} here")
    program = folder / "kernels_check"
    sources = [ROOT / "tests" / "kernels_check.c", *sorted(kernels.glob("*.c"))]
    subprocess.run([compiler, *FLAGS, *flags, f"-I{kernels}", *sources, "-lm", "-o", program], check=True)
    return program


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def builds(program):
    """Return the builds that this processor can run."""
    names = [name for name in ("avx512", "avx2", "baseline") if run(program, name, "0").returncode == 0]
    assert "baseline" in names
    return names


@pytest.mark.slow
def test_sanitizers_find_nothing(tmp_path):
    program = compile_check(tmp_path, "gcc", *SANITIZERS)
    for build in builds(program):
        done = run(program, build, "150")
        assert done.stdout == f"{build}: all agree\n", done.stdout + done.stderr


@pytest.mark.slow
def test_sanitizers_would_find_one_number_too_many(tmp_path):
    """Without the extra memory for the last register, the sanitizer must report an error."""
    kernels = shutil.copytree(KERNELS, tmp_path / "kernels")
    text = (kernels / "geometry.h").read_text()
    assert text.count(" + 2 * FLOAT_LANES;") == 1
    (kernels / "geometry.h").write_text(text.replace(" + 2 * FLOAT_LANES;", ";"))
    program = compile_check(tmp_path, "gcc", *SANITIZERS, kernels=kernels)
    assert "heap-buffer-overflow" in run(program, "baseline", "150").stderr


@pytest.mark.slow
def test_clang_builds_the_kernels(tmp_path):
    program = compile_check(tmp_path, "clang", "-O3")
    for build in builds(program):
        assert run(program, build, "50").returncode == 0


@pytest.mark.slow
def test_on_an_emulated_arm(tmp_path):
    if shutil.which("qemu-aarch64") is None:
        pytest.skip("no qemu-aarch64 here")
    program = compile_check(tmp_path, "aarch64-linux-gnu-gcc", "-O3", "-static")
    assert run("qemu-aarch64", program, "baseline", "30").stdout == "baseline: all agree\n"
