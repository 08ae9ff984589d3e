"""Repairs and problems by kind: lines of a result quote files and cells, and to be counted they have to be alike.

What comes out is always one of the sentences below, never a text of a student's: a page without names can show it.
"""

import re

__all__ = ["FOREIGN_NAME", "kind_of_problem", "kind_of_repair"]

FOREIGN_NAME = "a file carries another student's name; somebody should look whose work it is"

OWN_FILE = (
    " is imported by your notebooks, and what it defines counts as in a cell",
    "a Python file of the student's own came along, since a notebook imports it",
)

# What follows the notebook's name in a line, from its beginning: text that a student chose comes behind.
REPAIRS = (
    (r"was found as ", "a notebook had another name or place, and was found by its cells"),
    (r"counts, and not ", "there were edited copies of a notebook; the one of the right name counts"),
    (r"the name of the file, ", FOREIGN_NAME),
    (r"\d+ cells have lost their names|the cell \w+ has lost",
     "cells had lost their names, and were found by what they define"),
    (r"the cell \w+ (is missing|is no code cell); an empty",
     "a solution cell was missing; an empty one was put in its place"),
    (r"\d+ cells with checks are missing|the cell \w+ is missing; it",
     "cells with checks were missing, and were put back"),
    (r"the cell \w+ had become ", "a solution cell was Markdown or raw text, and was read as code"),
    (r"the cell \w+ is in |\d+ cells are in ", "a solution cell stood in another notebook, and was taken from there"),
    (r"\w+ is defined in the cell", "two exercises stood in one cell"),
    (r"the cell \w+ is there \d+ times",
     "a solution cell was there several times; the edited one, or the last, counts"),
    (r"the cell \w+ is as it was handed out", "an untouched solution cell stood below the student's own"),
    (r"(cell \d+: )?(the|a) picture ", "a picture was not handed in, or can't be shown"),
    (r"cell \d+ has .* and was cut: ", "a long text was cut; the rest is in the file"),
    (r"cell \d+ ", "a cell was damaged or too long, and was left out"),
    (r"was not in UTF-8", "a notebook was not in UTF-8; it was converted"),
    (r"(the cell \w+ )?has unresolved conflicts of a merge|has cells between <",
     "a merge was unfinished; one side of each conflict counts"),
    (r"has \d+ characters after its end", "a notebook had text behind its end, which was left out"),
    (r"breaks off", "a notebook breaks off; the cells before are graded"),
    (r"there is more beside it: ", "the search for other copies of a notebook ended at a limit"),
    (r"is in an old format|does not say its format|says that its format", "a notebook was in another format"),
)  # fmt: skip
# The advice that a line ends with: text that a student chose comes before.
PROBLEMS = (
    (r"was not handed in( \(there is .*\))?", "a notebook was not handed in"),
    (r"is a link: put the files themselves there", "there is a link in the place of files"),
    (r": download it again from Jupyter and hand that in|: open it in Jupyter, save it, and hand it in again",
     "a file is no notebook"),
    (r" holds none of this assignment's cells: .*", "a notebook holds none of the assignment's cells"),
    (r": clear the outputs of its cells.*|: delete those you don't need|: hand in the notebook that you were given",
     "a notebook is too large"),
    (r": pack it without a password", "an archive is encrypted"),
    (r": pack .*|: hand in an archive that holds it once", "an archive can't be used"),
    (r": hand in the notebook itself", "a file can't be read"),
    (r": hand in the notebooks alone", "reading the files needs too much"),
)  # fmt: skip
# What may come behind the advice.
MORE = r"(?: \(there is more beside it: .*\)| \(the search for it ended at .*\))?"


def kind_of_repair(line):
    """The kind of a line in a result's `repairs`, a sentence."""
    if re.fullmatch(r"and \d+ more of this kind", line):
        return "more was put right than a result lists"
    if line.endswith(OWN_FILE[0]):
        return OWN_FILE[1]
    about = line.partition(".ipynb: ")[2]
    return next((kind for pattern, kind in REPAIRS if re.match(pattern, about)), "something else was put right")


def kind_of_problem(line):
    """The kind of a line in a result's `problems`, a sentence."""
    return next((kind for pattern, kind in PROBLEMS if re.search(f"(?:{pattern}){MORE}$", line)), "another reason")
