"""Tables between hidden tests and student code: round trips in a real worker, and hostile replies."""

import copy
import json
import sys

import numpy as np
import pandas as pd
import pytest

from autograder import ClassSignature, Signature, check_series, check_table
from autograder.errors import AuthorError, GraderError, StudentFault
from autograder.paths import TOOLS
from autograder.sandbox.import_policy import ImportPolicy, import_settings
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.sandbox.worker import protocol, wire_types
from autograder.scoring.in_process_session import LocalSession
from autograder.scoring.proxy import Student

WITH_PANDAS = ImportPolicy("tables", (("student_tools", TOOLS),), packages=("pandas",))
SOURCE = """
import numpy as np
import pandas as pd

def means(table):
    return table.groupby("group")["value"].mean()

def by_two(table):
    return table.groupby(["group", "day"]).agg({"value": ["min", "max"]})

def add_column(table):
    table["twice"] = 2 * table["value"]

def same(table):
    return table

def large(rows):
    return pd.DataFrame({"x": np.zeros(rows)})

class Own(pd.DataFrame):
    pass

def subclass():
    return Own({"x": [1]})

def odd():
    return pd.DataFrame({"x": [[1], [2]]})


class Keeper:
    def __init__(self, table):
        self.table = table

    def fill(self):
        self.table = self.table[["value"]].fillna(0)
"""
NAMES = ("means", "by_two", "add_column", "same", "large", "subclass", "odd")
SIGNATURES = {name: Signature(("out",)) for name in NAMES} | {"add_column": Signature(())}
SIGNATURES["Keeper"] = ClassSignature({"fill": Signature(())}, attributes=("table",))
TABLE = pd.DataFrame(
    {
        "group": ["a", "b", "a", None],
        "value": [1.0, 2.0, np.nan, 4.0],
        "n": np.arange(4),
        "ok": [True, False, True, True],
        "day": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-01", None]),
        "any": pd.Series([1, "x", None, 2.5], dtype=object),
    },
    index=pd.Index([10, 20, 30, 40], name="id"),
)


@pytest.fixture(scope="module", params=["worker", "this process"])
def student(request):
    if request.param == "this process":
        namespace = {}
        exec(SOURCE, namespace)
        yield Student(LocalSession({name: namespace[name] for name in SIGNATURES}), SIGNATURES)
        return
    with Sandbox("inner", Limits(reply_mb=4), policy=WITH_PANDAS) as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", SOURCE)]})
        with sandbox.session(program, "A.ipynb", wanted=list(SIGNATURES), seconds=60) as session:
            yield Student(session, SIGNATURES)


def test_a_table_comes_back_as_it_was(student):
    pd.testing.assert_frame_equal(student.same(TABLE), TABLE)
    empty = TABLE.iloc[:0]
    pd.testing.assert_frame_equal(student.same(empty), empty)
    pd.testing.assert_frame_equal(student.same(pd.DataFrame()), pd.DataFrame())
    pd.testing.assert_series_equal(student.same(TABLE["any"]), TABLE["any"])


def test_results_are_compared_by_the_checks(student):
    check_series("means", student.means(TABLE), TABLE.groupby("group")["value"].mean())
    right = TABLE.groupby(["group", "day"]).agg({"value": ["min", "max"]})
    got = student.by_two(TABLE)
    check_table("by_two", got, right)
    assert got.columns.tolist() == [("value", "min"), ("value", "max")]


def test_a_table_that_is_changed_in_place_comes_back(student):
    table = TABLE.copy()
    assert student.add_column(table) is None
    pd.testing.assert_frame_equal(student.after_call(0, table), TABLE.assign(twice=2 * TABLE["value"]))
    pd.testing.assert_frame_equal(table, TABLE)
    student.same(table)
    assert student.after_call(0, table) is table


def test_objects_keep_tables(student):
    keeper = student.Keeper(TABLE)
    keeper.fill()
    assert keeper.table["value"].tolist() == [1, 2, 0, 4]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("subclass", "expected a DataFrame, got Own"),
        ("odd", "expected a DataFrame, got DataFrame with a list in the column 'x'"),
    ],
)
def test_an_unsupported_table_is_the_student_s_mistake(student, name, words):
    got = getattr(student, name)()
    with pytest.raises(StudentFault, match=words):
        check_table("out", got, TABLE)


def test_a_large_table_counts_against_the_size_of_a_reply():
    with Sandbox("inner", Limits(reply_mb=1), policy=WITH_PANDAS) as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", SOURCE)]})
        with sandbox.session(program, "A.ipynb", wanted=["large"], seconds=60) as session:
            student = Student(session, SIGNATURES)
            assert len(student.large(100_000)) == 100_000
            with pytest.raises(StudentFault, match="over the size limit"):
                student.large(200_000)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({1, 2}, "got a set"),
        ([np.zeros(2, complex)], "got a numpy array of dtype complex128"),
        (TABLE.assign(p=pd.period_range("2020", periods=4, freq="M")), r"got a DataFrame with the dtype period\[M\]"),
        (lambda: 0, "got a function"),
    ],
    ids=["set", "complex", "period", "function"],
)
def test_an_argument_that_can_not_cross_is_the_author_s_error(student, argument, words):
    with pytest.raises(AuthorError, match=words):
        student.same(argument)


def test_a_table_needs_a_policy_with_pandas():
    with Sandbox("inner") as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", "def same(x):\n    return x")]})
        with sandbox.session(program, "A.ipynb", wanted=["same"]) as session:
            with pytest.raises(
                AuthorError, match="a DataFrame, but the import policy of the test does not list pandas"
            ):
                Student(session, SIGNATURES).same(TABLE)


def test_pandas_is_imported_where_a_policy_lists_it_only():
    def preloaded(policy):
        return import_settings(policy, str)["preload"]

    assert "pandas" in preloaded(WITH_PANDAS)
    assert "pandas" not in preloaded(ImportPolicy("none", (("student_tools", TOOLS),)))
    source = "def loaded():\n    import sys\n    return 'pandas' in sys.modules"
    with Sandbox("inner") as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", source)]})
        with sandbox.session(program, "A.ipynb", wanted=["loaded"]) as session:
            assert Student(session, {"loaded": Signature(("out",))}).loaded() is False


def test_dependencies_of_pandas_can_be_imported():
    assert {"numpy", "pandas", "dateutil"} <= set(WITH_PANDAS.every_package)


def encoded(table):
    arrays = []
    return json.loads(json.dumps(wire_types.encode(table, arrays, packages=("pandas",)))), arrays


def changed(*path, value):
    """The message of a small table with one thing changed in it."""
    tree, arrays = encoded(pd.DataFrame({"x": [1.0, 2.0], "t": ["a", "b"]}))
    place = tree["DataFrame"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return tree, arrays


@pytest.mark.parametrize(
    "message",
    [
        changed("rows", value=3),
        changed("rows", value=-1),
        changed("rows", value=True),
        changed("rows", value=1 << 60),
        changed("width", value=3),
        changed("width", value=1),
        changed("width", value=1 << 40),
        changed("index", value=None),
        changed("index", "range", value=[0, 3, 1]),
        changed("index", "range", value=[0, 2, 0]),
        changed("index", "range", value=[0, 1 << 70, 1 << 69]),
        changed("index", "names", value=[]),
        changed("index", "names", value=[{"a": 1}]),
        changed("index", "names", value=["a"] * 9),
        changed("columns", "blocks", value=[]),
        changed("columns", "more", value=1),
        changed("blocks", value=[]),
        changed("blocks", value=[1]),
        changed("blocks", 0, 0, value="complex"),
        changed("blocks", 0, 0, value="object"),
        changed("blocks", 0, 0, value=["<f8"]),
        changed("blocks", 0, 0, value="<i8"),
        changed("blocks", 0, 1, value=[0, 0]),
        changed("blocks", 0, 1, value=[5]),
        changed("blocks", 0, 1, value=[0, 1]),
        changed("blocks", 0, 2, value=99),
        changed("blocks", 0, 2, value=0),
        changed("blocks", 1, 0, value="<f8"),
    ],
)
def test_a_malformed_table_is_refused(message):
    tree, arrays = message
    with pytest.raises(protocol.ProtocolError):
        wire_types.decode(tree, arrays, packages=("pandas",))


@pytest.mark.parametrize(
    "data", [b"[[]]", b'["a"', b'{"a": 1}', b"[1e999, {}]", b"[" * 100_000, b"\xff", b"[" + b"1" * 5000 + b"]"]
)
def test_a_malformed_column_is_refused(data):
    tree, arrays = encoded(pd.DataFrame({"t": ["a", "b"]}))
    number = tree["DataFrame"]["blocks"][0][2]
    arrays[number] = np.frombuffer(data, np.uint8)
    with pytest.raises(protocol.ProtocolError):
        wire_types.decode(tree, arrays, packages=("pandas",))


def test_a_table_without_a_policy_is_refused_before_pandas_decodes_it(monkeypatch):
    tree, arrays = encoded(TABLE)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(protocol.ProtocolError):
        wire_types.decode(copy.deepcopy(tree), list(arrays))
    with pytest.raises(wire_types.LibraryMissing):
        wire_types.decode(tree, arrays, packages=("pandas",))


def test_a_grader_without_pandas_is_told_so(monkeypatch):
    with Sandbox("inner", policy=WITH_PANDAS) as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", SOURCE)]})
        with sandbox.session(program, "A.ipynb", wanted=["large"], seconds=60) as session:
            student = Student(session, SIGNATURES)
            monkeypatch.setitem(sys.modules, "pandas", None)
            with pytest.raises(GraderError, match=r"expected pandas where the grader runs.*pip install pandas"):
                student.large(1)


def test_a_long_list_of_plain_values_crosses_and_counts():
    arrays = []
    tree = wire_types.encode([1, 2.5, "x", None] * 100, arrays)
    assert sum(array.nbytes for array in arrays) > 400
    assert wire_types.decode(tree, arrays) == [1, 2.5, "x", None] * 100
    assert type(wire_types.decode(wire_types.encode([0] * (1 << 21), []), [])) is wire_types.Opaque


FORGED = """
import sys

def forged():
    body = {"rows": 5, "width": 0, "columns": {"names": [None], "blocks": []}, "index": {}, "blocks": []}
    sys.modules["wire_types"].encode = lambda value, out, **options: {"list": [{"DataFrame": body}]}
    return 1
"""


@pytest.mark.parametrize("policy", [WITH_PANDAS, None], ids=["pandas", "no pandas"])
def test_a_forged_table_is_the_student_s_fault(policy):
    with Sandbox("inner", **({"policy": policy} if policy else {})) as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", FORGED)]})
        with sandbox.session(program, "A.ipynb", wanted=["forged"], seconds=60) as session:
            with pytest.raises(StudentFault, match="the reply was damaged"):
                Student(session, {"forged": Signature(("out",))}).forged()
