"""Which isolation student code runs under: bubblewrap and the inner layer, the inner layer alone, or none at all.

Fail closed: what starts has to pass the self-test, and without a sandbox nothing is scored unless somebody asks for
that in so many words.
"""

import sys

from autograder.errors import SandboxError, UsageError
from autograder.sandbox.import_policy import TOOLS_ONLY, ImportPolicy
from autograder.sandbox.selftest import self_test
from autograder.sandbox.supervisor import ISOLATIONS, Limits, Sandbox

__all__ = ["candidates", "open_sandbox", "why_not_here"]

AUTOMATIC = ("bwrap", "inner")


def why_not_here() -> str | None:
    """Why this system can't grade others' work, or None where it can."""
    if sys.platform != "linux":
        return (
            f"grading runs other people's code, and its sandbox needs Linux; this is {sys.platform}: use a Linux"
            " machine, a virtual machine or a container (students' own checks work here)"
        )
    return None


def candidates(wanted: str | None = None) -> tuple[str, ...]:
    """The isolations to try, the best first.

    Inputs:
    - wanted: one of ISOLATIONS, or None for the best that can be had.

    Raises: UsageError for another word, or on a system that has no sandbox.
    """
    if wanted not in (None, *ISOLATIONS):
        raise UsageError(f"there is no isolation {wanted!r}: there are {', '.join(ISOLATIONS)}")
    if reason := why_not_here():
        raise UsageError(reason)
    return AUTOMATIC if wanted is None else (wanted,)


def open_sandbox(limits: Limits, wanted: str | None = None, *, policy: ImportPolicy = TOOLS_ONLY) -> Sandbox:
    """Open the best sandbox that starts, and prove that it is in force.

    Inputs:
    - wanted: one of ISOLATIONS, or None for the best that can be had, never "none".
    - policy: the default one.

    Returns: a Sandbox; its `isolation` says which it is.

    Raises: SandboxError when none starts, or when one starts that does not hold what it promises.
    """
    reasons = []
    for isolation in candidates(wanted):
        sandbox = Sandbox(isolation, limits, policy)
        try:
            sandbox.worker()
        except SandboxError as error:
            reasons.append(f"{isolation}: {error}")
            continue
        if isolation != "none":
            _prove(sandbox)
        return sandbox
    raise SandboxError(
        f"no sandbox starts here, so no code of students is run; {'; '.join(reasons)}. `python -m autograder doctor`"
        " tells more"
    )


def _prove(sandbox: Sandbox) -> None:
    try:
        broken = [finding for finding in self_test(sandbox) if not finding.holds]
    except BaseException:
        sandbox.close()
        raise
    if broken:
        sandbox.close()
        first = f"{broken[0].name} ({broken[0].seen})" if broken[0].seen else broken[0].name
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        raise SandboxError(
            f"the sandbox ({sandbox.isolation}) is not in force, so no code of students is run: it does not hold that"
            f" {first}{more}. `python -m autograder doctor` lists all"
        )
