"""Each misconception matches programs of another style with the same mistake, see other_styles."""

import importlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from courses import CONTENT, COURSE, OPTIONS
from samples import others_slow

from autograder.scoring.diagnosis import COMPARABLE, diagnose
from autograder.scoring.reference_runs import observe
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
SEED = [3]
MODULES = [
    importlib.import_module(f"other_styles.{path.stem}")
    for path in sorted((ROOT / "tests" / "other_styles").glob("[!_]*.py"))
]
PROGRAMS = {exercise: program for module in MODULES for exercise, program in module.PROGRAMS.items()}
MISTAKES = {exercise: mistakes for module in MODULES for exercise, mistakes in module.MISTAKES.items()}
# The networks have the most mutants, and theirs take the longest.
SLOWEST = {"FullyConnectedNet", "ThreeLayerConvNet"}
UNNAMED = {exercise: names for module in MODULES for exercise, names in getattr(module, "UNNAMED", {}).items()}


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def changed(program, mistake):
    """Return the source of a program with a mistake: substitutions, or the source of another program."""
    if isinstance(mistake, str):
        return mistake
    for old, new in mistake:
        assert old in program, f"the program does not contain {old!r}"
        program = program.replace(old, new)
    return program


def observations(scorer, exercise, source):
    """Run the hidden tests of an exercise on a program: dict of Check → Observation."""
    np.random.seed(0)  # noqa: NPY002 - the generator that the programs under test draw from
    namespace = dict(scorer.reference.namespaces[exercise])
    exec(compile(source, exercise, "exec"), namespace)
    functions = {**scorer.reference.functions, exercise: namespace[exercise]}
    seen = {}
    for test in CONTENT.tests_of(exercise):
        observation = observe(test, functions, scorer.reference, SEED, scorer.assignment)
        seen |= {check: observation.of(check) for check in test.checks}
    return seen


def problems_of(scorer, exercise, mutant, kept):
    """List how the diagnosis of a mistake in another style differs from the sentence of the mutant."""
    source = changed(PROGRAMS[exercise], MISTAKES[exercise][mutant.name])
    seen = observations(scorer, exercise, source)
    failed = [check for check in seen if seen[check].fault]
    if not failed:
        return ["earns full marks"]
    if mutant.is_random:  # random values can't be compared with those of the mutant
        return []
    diagnosis = diagnose(exercise, seen, scorer.reference, SEED, scorer.assignment, kept=kept)
    also_matches = {other.words for other in CONTENT.mutants_of(exercise, OPTIONS) if other.name in mutant.also_matches}
    fitting = {mutant.words, *also_matches}
    if mutant.name in UNNAMED.get(exercise, {}):
        if wrong := set(diagnosis.words.values()) - fitting:
            return [f"is called: {' / '.join(wrong)}"]
        return ["has a name now: take it out of UNNAMED"] if diagnosis.words else []
    words = {check: diagnosis.words.get(check.node) for check in failed if seen[check].fault.status in COMPARABLE}
    return [
        f"{check.node} ({seen[check].fault.message}) is called: {called}"
        for check, called in words.items()
        if called not in fitting
    ]


@pytest.mark.parametrize("exercise", sorted(PROGRAMS))
def test_a_correct_program_of_another_style_gets_full_points(scorer, exercise):
    seen = observations(scorer, exercise, PROGRAMS[exercise])
    assert {check.node: seen[check].fault.message for check in seen if seen[check].fault} == {}


@pytest.mark.parametrize("exercise", others_slow(sorted(MISTAKES), often=set(MISTAKES) - SLOWEST))
def test_a_misconception_is_named_in_another_style(scorer, exercise):
    kept = {}
    problems = [
        f"{mutant.name}: {problem}"
        for mutant in CONTENT.mutants_of(exercise, OPTIONS)
        for problem in problems_of(scorer, exercise, mutant, kept)
    ]
    assert problems == []


@pytest.mark.parametrize("exercise", sorted(MISTAKES))
def test_every_mutant_has_a_program_of_its_own(exercise):
    names = {mutant.name for mutant in CONTENT.mutants if mutant.exercise == exercise}
    assert set(MISTAKES[exercise]) == names
    assert set(UNNAMED.get(exercise, {})) <= names
    sources = Counter(changed(PROGRAMS[exercise], mistake) for mistake in MISTAKES[exercise].values())
    assert max(sources.values()) == 1
    assert PROGRAMS[exercise] not in sources


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_topic_has_mistakes_for_each_of_its_programs(module):
    (topic,) = (topic for topic in CONTENT.topics if topic.name == module.__name__.split(".")[-1])
    assert set(module.PROGRAMS) == set(module.MISTAKES) == {mutant.exercise for mutant in topic.mutants}
