"""Mistakes that are made with tables, and correct programs in other styles."""

from autograder import Mutant, Variant

__all__ = ["EQUIVALENTS", "MUTANTS", "VARIANTS"]

CENTERED = "table[name] = table[name] - table[name].mean()"

MUTANTS = (
    Mutant(
        "summarize",
        "missing-counted",
        "Missing values are counted. Count those that are there.",
        (('"count"', '"size"'), ('"size"])', '"size"]).rename(columns={"size": "count"})')),
    ),
    Mutant("summarize", "median", "The median is taken. Take the mean.", (('"mean"', '("mean", "median")'),)),
    Mutant(
        "summarize",
        "missing-as-zero",
        "Missing values are taken for zero. Leave them out.",
        (("table.groupby(group)", "table.fillna(0).groupby(group)"),),
    ),
    Mutant(
        "summarize",
        "names-fixed",
        "The column of the values is fixed. Use the one that is named.",
        (("groupby(group)[value]", 'groupby(group)["sales" if "sales" in table else table.columns[0]]'),),
    ),
    Mutant("center", "median", "The median is subtracted. Subtract the mean.", ((".mean()", ".median()"),)),
    Mutant(
        "center",
        "standardized",
        "The columns are also divided by their standard deviation. Only subtract the mean.",
        ((CENTERED, f"{CENTERED}\n        table[name] /= table[name].std()"),),
    ),
    Mutant(
        "center",
        "copy",
        "A copy is changed. Change the table itself.",
        (("    for name", "    table = table.copy()\n    for name"),),
    ),
    Mutant(
        "center",
        "first-column-only",
        "Only the first column is centered. Center each.",
        (("in columns", "in columns[:1]"),),
    ),
    Mutant(
        "center",
        "common-mean",
        "The mean of all columns together is subtracted. Subtract from each its own.",
        (("table[name].mean()", "table[columns].stack().mean()"),),
    ),
)

VARIANTS = (
    Variant(
        "summarize",
        "piece-by-piece",
        "two columns put together",
        body="""\
    groups = table.groupby(group)[value]
    return pd.DataFrame({"count": groups.count(), "mean": groups.sum() / groups.count()})
""",
    ),
    Variant(
        "center", "in-one-step", "all columns at once", body="table[columns] = table[columns] - table[columns].mean()"
    ),
)

EQUIVALENTS = {
    "summarize": {
        "The columns may have any order.": ("return …: ['mean', 'count'] → ['count', 'mean']",),
    },
}
