"""Proof that a worker starts with an import policy, and that what the policy names can be imported there."""

import json

from autograder.errors import SandboxError, StudentFault
from autograder.sandbox.import_policy import ImportPolicy, package_folder
from autograder.sandbox.supervisor import Sandbox

__all__ = ["unusable"]

NOTEBOOK = "policy.ipynb"
SECONDS = 60
# Runs inside. A stand-in, which takes the place of what is not there, has no file.
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
            found[name] = "" if module.__dict__.get("__file__") else "it is not there"
    return json.dumps(found)
"""


def unusable(sandbox: Sandbox, policy: ImportPolicy) -> dict[str, str]:
    """What of a policy can't be imported: dict of name → why and what to do; {"": …} where no worker starts with it.

    An extension that was not compiled is left out: its package works without it.
    """
    names = [*policy.modules, *policy.packages]
    try:
        program = sandbox.parse({NOTEBOOK: [("cell", SOURCE)]})
        with sandbox.session(program, NOTEBOOK, policy=policy, wanted=["tried"], seconds=SECONDS) as session:
            (answer,) = session.call("tried", [json.dumps(names)], returns=(("found", False),))
    except (SandboxError, StudentFault) as error:
        return {"": f"does not start: {error}"}
    found = json.loads(str(answer))  # from the kit's own code
    return {name: _remedy(policy, name, found[name]) for name in names if found[name] and not _is_source(policy, name)}


def _is_source(policy: ImportPolicy, name: str) -> bool:
    """Whether a module is one that has to be compiled first, and was not."""
    package, _, module = name.rpartition(".")
    folder = dict(policy.student_packages).get(package)
    return folder is not None and (folder / f"{module}.pyx").is_file() and not list(folder.glob(f"{module}.*.so"))


def _remedy(policy: ImportPolicy, name: str, reason: str) -> str:
    where = "c.Assignment.import_policies"
    if name in policy.modules:
        return f"the module {name} can't be imported ({reason}): correct its name in {where}, or add the file"
    if package_folder(name) is None:
        return f"the package {name} is not installed: install it with pip, or take it out of {where}"
    return f"the package {name} can't be imported inside ({reason}): list what it needs beside it in {where}"
