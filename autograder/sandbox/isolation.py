"""Choice of the isolation: bubblewrap with the inner layer, the inner layer alone, or none.

Fail closed: a sandbox must pass the self-test, and without a sandbox nothing is scored unless the
user asks for the isolation "none".
"""

import sys

from autograder.errors import SandboxError, UsageError
from autograder.sandbox.import_policy import TOOLS_ONLY, ImportPolicy
from autograder.sandbox.selftest import self_test
from autograder.sandbox.supervisor import ISOLATIONS, Limits, Sandbox

__all__ = ["candidates", "open_sandbox", "why_not_here"]

AUTOMATIC = ("bwrap", "inner")


def why_not_here() -> str | None:
    """Return why this system can't run student code, or None if it can."""
    if sys.platform != "linux":
        return (
            f"the sandbox for student code needs Linux, got {sys.platform}: use a Linux machine, a virtual machine or a"
            " container (students' own checks work here)"
        )
    return None


def candidates(wanted: str | None = None) -> tuple[str, ...]:
    """Return the isolations to try, the strongest first.

    Inputs:
    - wanted: one of ISOLATIONS, or None for the strongest that works

    Raises: UsageError for another name, or on a system without a sandbox.
    """
    if wanted not in (None, *ISOLATIONS):
        raise UsageError(f"expected an isolation ({', '.join(ISOLATIONS)}), got {wanted!r}")
    if reason := why_not_here():
        raise UsageError(reason)
    return AUTOMATIC if wanted is None else (wanted,)


def open_sandbox(limits: Limits, wanted: str | None = None, *, policy: ImportPolicy = TOOLS_ONLY) -> Sandbox:
    """Open the strongest sandbox that starts, and run the self-test in it.

    Inputs:
    - limits: of each hidden test
    - wanted: one of ISOLATIONS, or None for the strongest that works, never "none"
    - policy: the default import policy

    Returns: a Sandbox; its `isolation` names the chosen one.

    Raises: SandboxError if none starts, or if one starts and fails the self-test.
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
        f"no sandbox starts here, so no code of students is run; {'; '.join(reasons)}. Run `python -m autograder"
        " doctor` for details"
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
            f"the sandbox ({sandbox.isolation}) is not in force, so no code of students is run; failed check:"
            f" {first}{more}. Run `python -m autograder doctor` for the list"
        )
