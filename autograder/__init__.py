"""The grader. Authors of exercises import `hidden_test`, checks, mutants and signatures from it."""

import importlib
import sys
from typing import Any

__version__ = "0.1.0"

# If this package is installed, jsonschema imports it for formats that notebooks do not use. Its grammar takes three
# seconds to build, in every command that reads a notebook.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# Module → the names that it defines. They are imported on first use: NumPy and pytest would slow down every command.
_DEFINED_IN = {
    "autograder.errors": ("StudentFault",),
    "autograder.language": ("tr", "tr_plural"),
    "autograder.mutants.models": ("Mutant", "Variant"),
    "autograder.testing.compare": (
        *("check_array", "check_cache", "check_entry", "check_form", "check_gradients", "check_scalar", "check_shape"),
        *("check_keys", "describe", "error_of", "listed"),
    ),
    "autograder.testing.hidden": ("hidden_test",),
    "autograder.testing.plain_values": ("check_dict", "check_text", "check_value"),
    "autograder.testing.recording": ("fail", "together"),
    "autograder.testing.signatures": ("ClassSignature", "Delegation", "Signature"),
    "autograder.testing.substitutes": ("KeptCache", "require", "require_array", "require_numbers", "require_shape"),
    "autograder.testing.syntax": ("Facts", "Place", "check_calls", "check_loops"),
    "autograder.testing.tables": ("check_series", "check_table"),
    "autograder.testing.tolerances": ("Tolerance",),
}
_MODULE_OF = {name: module for module, names in _DEFINED_IN.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)
