"""The course's secret: generated once, private, and the seed of the hidden inputs."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.cli import main
from autograder.course.secret import SECRET_FILE, hidden_seed, load_secret
from autograder.errors import UsageError


def test_the_secret_is_generated_once_and_private(tmp_path):
    secret = load_secret(tmp_path)
    assert len(secret) == 64
    assert load_secret(tmp_path) == secret
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [SECRET_FILE]


def test_two_courses_have_two_secrets(tmp_path):
    (tmp_path / "other").mkdir()
    assert load_secret(tmp_path) != load_secret(tmp_path / "other")


def test_concurrent_processes_get_the_same_secret(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load_secret, [tmp_path] * 8))) == 1


@pytest.mark.parametrize("content", ["", "abc", "g" * 64, "0" * 63, "0" * 64 + " more", "\u00e9" * 64])
def test_a_damaged_secret_is_not_replaced_silently(tmp_path, content):
    (tmp_path / SECRET_FILE).write_text(content)
    with pytest.raises(UsageError, match=SECRET_FILE):
        load_secret(tmp_path)
    assert (tmp_path / SECRET_FILE).read_text() == content


@pytest.mark.parametrize("content", [None, "", "abc", "0" * 63])
def test_with_results_only_a_command_replaces_a_lost_secret(tmp_path, monkeypatch, capsys, content):
    (tmp_path / "course_config.py").write_text("c = get_config()\n")
    secret, result = tmp_path / SECRET_FILE, tmp_path / "results" / "assignment2" / "ann.json"
    result.parent.mkdir(parents=True)
    result.write_text("{}")
    if content is not None:
        secret.write_text(content)
    with pytest.raises(UsageError, match="copy the file from the machine where the class was graded") as error:
        load_secret(tmp_path)
    assert "\n" not in str(error.value)
    assert "python -m autograder new-secret" in str(error.value)
    assert (secret.read_text() if secret.exists() else None) == content
    monkeypatch.chdir(tmp_path)
    assert main(["new-secret"]) == 0
    assert "the next `make autograde` scores all submissions again" in capsys.readouterr().out
    new = load_secret(tmp_path)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert main(["new-secret"]) == 2
    assert "has a valid secret" in capsys.readouterr().err
    assert load_secret(tmp_path) == new


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(UsageError, match="cannot write "):
        load_secret(tmp_path / "nowhere")


def test_hidden_inputs_depend_on_the_secret_and_on_the_submission():
    seeds = [hidden_seed(secret, digest) for secret in ("a", "b") for digest in ("one", "two")]
    assert len({tuple(seed) for seed in seeds}) == 4
    assert hidden_seed("a", "one") == seeds[0]
