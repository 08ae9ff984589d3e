"""Hidden tests of the exercises on tables."""

import numpy as np
import pandas as pd

from autograder import check_table, hidden_test


def drawn(rng, rows):
    """Return a table of numbers and groups in random order; some numbers are missing."""
    values = rng.uniform(1, 2, rows) * 10
    values[rng.choice(rows, 3, replace=False)] = np.nan
    groups = rng.permutation(np.resize(["east", "north", "west"], rows))
    return pd.DataFrame({"region": groups, "sales": values, "staff": rng.integers(1, 50, rows)})


@hidden_test("summarize", weight=3)
def test_values_are_missing(student, reference, rng):
    """The mean and the count of each group, where values are missing."""
    table = drawn(rng, 30)
    arguments = table, "region", "sales"
    check_table(
        "the summary", student.summarize(*arguments), reference.summarize(*arguments), case="30 rows, 3 missing"
    )


@hidden_test("summarize", weight=1)
def test_other_columns(student, reference, rng):
    """Columns with other names, and groups that are numbers."""
    table = pd.DataFrame({"age": rng.permutation(np.resize([30, 4, 17], 20)), "size": rng.uniform(1, 2, 20)})
    got, expected = student.summarize(table, "age", "size"), reference.summarize(table, "age", "size")
    check_table("the summary", got, expected, case="20 rows")


@hidden_test("center", weight=3)
def test_columns_are_centered(student, reference, rng):
    """The named columns have mean zero afterwards; the others do not change."""
    table = drawn(rng, 20)
    expected = table.copy()
    reference.center(expected, ["sales"])
    student.center(table, ["sales"])
    check_table("the table after the call", student.after_call(0, table), expected, case="20 rows, one column")


@hidden_test("center", weight=2)
def test_several_columns(student, reference, rng):
    """Several columns are centered, each by its own mean."""
    table = drawn(rng, 20)
    expected = table.copy()
    reference.center(expected, ["sales", "staff"])
    student.center(table, ["sales", "staff"])
    check_table("the table after the call", student.after_call(0, table), expected, case="20 rows, two columns")
