"""Where the parts of the kit lie on this machine."""

from pathlib import Path

import cs231n

__all__ = ["HIDDEN_TESTS", "KIT", "PACKAGE"]

KIT = Path(__file__).parent
HIDDEN_TESTS = KIT / "hidden_tests"
PACKAGE = Path(cs231n.__file__).parent
