"""Proof that a worker starts with an import policy and can import what the policy names."""

import json

from autograder.errors import SandboxError, StudentFault
from autograder.sandbox.import_policy import ImportPolicy, package_folder
from autograder.sandbox.supervisor import Sandbox

__all__ = ["unusable"]

NOTEBOOK = "policy.ipynb"
SECONDS = 60
# Runs inside. A stand-in for a missing module has no __file__.
SOURCE = """
import importlib
import json

def tried(names):
    found = {}
    for name in json.loads(names):
        try:
            module = importlib.import_module(name)
        except BaseException as error:
            found[name] = f"{type(error).__name__}: {error}"[:200]
        else:
            found[name] = "" if module.__dict__.get("__file__") else "it is missing"
    return json.dumps(found)
"""


def unusable(sandbox: Sandbox, policy: ImportPolicy) -> dict[str, str]:
    """Find the modules and packages of a policy that can't be imported in the sandbox.

    An extension that was not compiled is not reported: its package works without it.

    Returns: name → reason and remedy; {"": reason} if no worker starts with the policy.
    """
    names = [*policy.modules, *policy.packages]
    try:
        program = sandbox.parse({NOTEBOOK: [("cell", SOURCE)]})
        with sandbox.session(program, NOTEBOOK, policy=policy, wanted=["tried"], seconds=SECONDS) as session:
            (answer,) = session.call("tried", [json.dumps(names)], returns=(("found", False),))
    except (SandboxError, StudentFault) as error:
        return {"": f"does not start: {error}"}
    found = json.loads(str(answer))  # from SOURCE, not from a student
    return {name: _remedy(policy, name, found[name]) for name in names if found[name] and not _is_source(policy, name)}


def _is_source(policy: ImportPolicy, name: str) -> bool:
    """Return whether a module is an extension that was not compiled."""
    package, _, module = name.rpartition(".")
    folder = dict(policy.student_packages).get(package)
    return folder is not None and (folder / f"{module}.pyx").is_file() and not list(folder.glob(f"{module}.*.so"))


def _remedy(policy: ImportPolicy, name: str, reason: str) -> str:
    where = "c.Assignment.import_policies"
    if name in policy.modules:
        return f"the module {name} can't be imported ({reason}): correct its name in {where}, or add the file"
    if package_folder(name) is None:
        return f"the package {name} is not installed: install it with pip, or take it out of {where}"
    return f"the package {name} can't be imported in the sandbox ({reason}): add its dependencies to {where}"
