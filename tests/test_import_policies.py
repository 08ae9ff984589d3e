"""`doctor` proves that each import policy starts, and names what it can't import."""

import dataclasses
import shutil

import pytest
from courses import COURSE

from autograder.doctor import examine
from autograder.paths import TOOLS
from autograder.sandbox.import_policy import ImportPolicy
from autograder.sandbox.policy_proof import unusable
from autograder.sandbox.supervisor import Sandbox

PACKAGES = (("student_tools", TOOLS),)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("inner") as sandbox:
        yield sandbox


def policy(**names):
    return ImportPolicy("own", PACKAGES, **names)


def test_a_policy_whose_names_can_be_imported_has_no_fault(sandbox):
    assert unusable(sandbox, policy(packages=("pandas",))) == {}
    assert unusable(sandbox, policy()) == {}


def test_a_failed_import_is_reported_with_the_remedy(sandbox):
    found = unusable(sandbox, policy(modules=("student_tools.gone",), packages=("torch_of_nobody", "skimage")))
    assert found.keys() == {"student_tools.gone", "torch_of_nobody", "skimage"}
    assert found["student_tools.gone"].startswith("the module student_tools.gone can't be imported")
    for name in ("torch_of_nobody", "skimage"):
        assert found[name] == (
            f"the package {name} is not installed: install it with pip, or take it out of c.Assignment.import_policies"
        )


def test_doctor_prints_a_line_for_each_policy_and_ends_with_2_where_one_is_unusable(tmp_path, capsys):
    course = COURSE
    for name in ("source", "assignments"):
        (tmp_path / name).mkdir()
    shutil.copytree(course.source / "assignment2", tmp_path / "source" / "other")
    settings = "c = get_config()\nc.Assignment.import_policies = {'plain': {}, 'more': {'packages': ['gone_away']}}\n"
    (tmp_path / "assignments" / "other").mkdir()
    (tmp_path / "assignments" / "other" / "assignment.py").write_text(settings)
    own = dataclasses.replace(
        course, root=tmp_path, source=tmp_path / "source", assignments=tmp_path / "assignments", assignment="other"
    )
    assert examine(own) == 2
    said = capsys.readouterr().out
    assert "✔ plain: 0 modules and packages can be imported" in said
    assert "✘ more: the package gone_away is not installed" in said
