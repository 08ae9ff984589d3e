"""Runs of hidden tests on trusted functions in this process: mutants, variants, the reference."""

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.course.assignment import Assignment
from autograder.errors import GraderError, StudentFault, UsageError, WrongParts
from autograder.scoring.in_process_session import LocalSession
from autograder.scoring.proxy import Call, Student
from autograder.scoring.reference import Function, Reference
from autograder.testing.hidden import Check, HiddenTest, random_generator
from autograder.testing.recording import Comparison, PlainComparison, record_comparisons

__all__ = ["Observation", "observe"]


@dataclass(frozen=True)
class Observation:
    """One run of a hidden test.

    - fault: the StudentFault that ended it, or None
    - comparisons: the Comparisons that it made
    """

    fault: StudentFault | None
    comparisons: tuple[Comparison | PlainComparison, ...]

    def __post_init__(self) -> None:
        for fault in (self.fault, *getattr(self.fault, "faults", {}).values()):
            if fault:  # its frames would keep arrays in memory
                fault.__traceback__ = fault.__context__ = None

    def of(self, check: Check) -> "Observation":
        """Return the Observation of one Check of the test."""
        if not check.part:
            return self
        fault = self.fault.faults.get(check.part) if isinstance(self.fault, WrongParts) else self.fault
        return Observation(fault, tuple(c for c in self.comparisons if c.part in ("", check.part)) if fault else ())


def observe(
    test: HiddenTest,
    functions: Mapping[str, Function],
    reference: Reference,
    seed: list[int],
    assignment: Assignment,
    *,
    calls: list[Call] | None = None,
) -> Observation:
    """Run a hidden test on trusted functions.

    Inputs:
    - test: the hidden test
    - functions: exercise → function or class
    - reference: passed to the test
    - seed: of the hidden inputs
    - assignment: for its signatures, tolerances and options
    - calls: gets the calls of functions; changed in place

    Raises: GraderError for an error in the hidden test itself.
    """
    student = Student(
        LocalSession(functions, lambda name: reference.facts(name, functions)), assignment.content.signatures
    )
    fault: StudentFault | None = None
    with record_comparisons(assignment.content.tolerances) as comparisons:
        try:
            rng = random_generator(seed, test)
            test.run(student=student, reference=reference, rng=rng, options=assignment.settings.options)
        except StudentFault as error:
            fault = error
        except (GraderError, UsageError):
            raise
        except Exception as error:
            raise GraderError(f"hidden test {test.name} raised {type(error).__name__}: {error}") from error
    if calls is not None:
        calls.extend(student.calls)
    return Observation(fault, tuple(comparisons))
