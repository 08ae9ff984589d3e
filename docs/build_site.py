"""Build the site of the documentation: `python docs/build_site.py [FOLDER]`, dist/docs by default.

The pages are Markdown that GitHub shows as well, so they hold no directives. This program copies them to a temporary
folder, adds the documents of the repository's top folder, replaces links to files that are not on the site by their
text, and gives Sphinx the order of the pages. Warnings are errors: a broken link or anchor, or a page without an entry
in `PAGES`, fails the build.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
# Caption → pages, in the order of the sidebar.
PAGES = {
    "Start": ["student"],
    "Instructors": ["instructor", "own_course", "jupyterhub", "gradescope", "github_actions", "lite", "wheels"],
    "Graders": [
        *("grading", "collecting", "repairs", "scoring", "late_work", "hand_grading", "regrading", "exports"),
        *("class_report", "similarity", "large_classes"),
    ],
    "Authors of exercises": ["authoring", "diagnosis", "mutants"],
    "Reference": ["reference/commands", "reference/settings", "results", "security", "accessibility", "glossary"],
    "Contributors": [
        *("architecture", "fast_layers", "benchmarks", "dependencies", "contributing", "security_policy", "changelog"),
    ],
}
INDEX = "index.md"
# Documents of the top folder → their pages. The index is the README of the site.
TOP = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security_policy.md",
    "README.md": INDEX,
}
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")


def build(
    folder: Path,
    *,
    docs: Path = DOCS,
    parts: Mapping[str, Sequence[str]] = PAGES,
    top: Mapping[str, str] = TOP,
) -> int:
    """Build the site of the pages in `docs` into a folder; returns Sphinx's exit status.

    Inputs:
    - parts: as `PAGES`.
    - top: as `TOP`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        pages = stage(docs, Path(scratch) / "pages", parts, top)
        command = ["sphinx", "-q", "-W", "--keep-going", "-E", "-d", f"{scratch}/cache", pages, folder]
        return subprocess.run([sys.executable, "-m", *command], check=False).returncode


def stage(docs: Path, pages: Path, parts: Mapping[str, Sequence[str]], top: Mapping[str, str]) -> Path:
    """Write the pages as Sphinx reads them into a new folder; returns it."""
    shutil.copytree(docs, pages, ignore=shutil.ignore_patterns("__pycache__", "*_*.py"))
    # Page → the folder that its links are relative to.
    origins = {page.relative_to(pages): docs / page.relative_to(pages).parent for page in pages.rglob("*.md")}
    for name, page in top.items():
        if page != INDEX:
            shutil.copy(docs.parent / name, pages / page)
            origins[Path(page)] = docs.parent
    for page, origin in origins.items():
        text = (pages / page).read_text(encoding="utf-8")
        (pages / page).write_text(with_links_of_the_site(text, page, origin, docs, top), encoding="utf-8")
    with (pages / INDEX).open("a", encoding="utf-8") as index:
        index.write("".join(toctree(caption, names) for caption, names in parts.items()))
    return pages


def with_links_of_the_site(text: str, page: Path, origin: Path, docs: Path, top: Mapping[str, str]) -> str:
    """Return the text of a page with links that lead to pages of the site.

    Inputs:
    - page: its path on the site.
    - origin: the folder of the repository that its links are relative to.
    """

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        path = Path(os.path.normpath(origin / target))
        if path.is_relative_to(docs):
            place = path.relative_to(docs).as_posix()
        elif path.parent == docs.parent and path.name in top:
            place = top[path.name]
        else:
            return words  # a file of the repository that is not on the site
        return f"[{words}]({Path(os.path.relpath(place, page.parent)).as_posix()}{anchor})"

    return LINK.sub(link, text)


def toctree(caption: str, pages: Sequence[str]) -> str:
    """Return MyST's directive for one part of the sidebar."""
    return "\n".join(["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```", ""])


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "docs"
    STATUS = build(FOLDER)
    if not STATUS:
        print(f"documentation: {FOLDER / 'index.html'}")
    sys.exit(STATUS)
