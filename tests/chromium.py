"""Debian's Chromium, driven by Playwright. A test file that imports this is skipped where one of them is missing.

With CS231N_SCREENSHOTS=FOLDER the screenshots are kept there, for somebody to look at.
"""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

__all__ = ["MATHJAX", "keep_picture", "leaves_this_machine", "playwright", "serve_mathjax", "start_chromium"]

MATHJAX = Path("/usr/share/javascript/mathjax")  # of Debian's libjs-mathjax: formgrader loads it from another host

# Chromium without windows takes two thirds of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
if CHROMIUM is None:
    pytest.skip(f"there is no Chromium: apt-get install {NAMES[0]}", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: pip install -e '.[dev]'")


@contextlib.contextmanager
def start_chromium():
    """Gives a browser, which ends with the block."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def leaves_this_machine(address):
    """Return True for an address on another host."""
    return not address.startswith(("http://127.0.0.1", "file:", "data:", "blob:"))


def serve_mathjax(route):
    """Answer a request to another host with this machine's MathJax, or not at all."""
    address, _, query = route.request.url.partition("?")
    name = address.rpartition("/2.7.7/")[2]
    if name == "latest.js":  # finds the newest release, and loads that
        start = f"<script src='{address.replace(name, 'MathJax.js')}?{query}'><\\/script>"
        route.fulfill(body=f'document.write("{start}")', content_type="text/javascript")
    elif "mathjax" in address and (MATHJAX / name).is_file():
        route.fulfill(path=MATHJAX / name)
    else:
        route.abort()


def keep_picture(page, name, **options):
    """Take a screenshot, if somebody wants to look at it. - options: of page.screenshot."""
    if folder := os.environ.get("CS231N_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / name, **options)
