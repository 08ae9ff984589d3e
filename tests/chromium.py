"""Debian's Chromium, driven by Playwright. A test file that imports this is skipped where one of them is missing.

With CS231N_SCREENSHOTS=FOLDER the screenshots are kept there, for somebody to look at.
"""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

__all__ = ["picture_folder", "playwright", "start_chromium"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("there is no Chromium: apt-get install chromium", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: pip install -e '.[dev]'")


@contextlib.contextmanager
def start_chromium():
    """Gives a browser, which ends with the block."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def picture_folder(otherwise):
    """Return the folder for screenshots. - otherwise: the folder if no one asks to keep them."""
    folder = Path(os.environ.get("CS231N_SCREENSHOTS") or otherwise)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
