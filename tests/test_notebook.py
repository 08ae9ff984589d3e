"""Definitions loaded from a notebook: the loaded parts, the ignored parts, and the messages."""

import json

import pytest

from cs231n.notebook import definitions
from student_tools.notebook import definitions_for, execute, parse, read_code_cells


def write(path, *sources):
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))


def built(*sources):
    namespace = {}
    statements, problems = parse([(f"code cell {n}", s) for n, s in enumerate(sources, 1)], name="A.ipynb")
    return namespace, problems + execute(statements, namespace)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    return 1",
        "class f:\n    pass",
        "f = lambda: 1",
        "import math as f",
        "f = 3",
        "f: float = 1e-5",
        "f = (1, [2, {'a': -3}])",
        "import math\nf = math.sqrt",
        "f = 2 * 3 + 1",
        "%matplotlib inline\nf = 1",
        "files = !ls\nf = 1",
        "%matplotlib inline\nf = 1  # right?",
        "!pip install numpy\nf = 1",
        "%%time\nf = 1",
        "try:\n    import nothing_of_that_name as f\nexcept ImportError:\n    f = None",
        "f = '''\n%not a magic\n'''",
    ],
)
def test_definitions_imports_and_constants_are_kept(source):
    namespace, problems = built(source)
    assert problems == []
    assert "f" in namespace


@pytest.mark.parametrize(
    "source",
    [
        "f = print('running')",
        "for f in range(3): pass",
        "if True:\n    f = 1",
        "%%bash\nf = 1",
        "%%html\n<b>f = 1</b>",
        "with open('x') as f: pass",
        "f = [i for i in range(10)]",
        "globals()['f'] = 1",
    ],
)
def test_everything_else_is_dropped(source):
    namespace, problems = built(source)
    assert problems == []
    assert "f" not in namespace


def test_a_cell_that_does_not_parse_is_dropped_alone():
    namespace, problems = built("a = 1", "b = 2\nc = = 3", "d = 4")
    assert {"a", "d"} <= set(namespace)
    assert "b" not in namespace
    assert [str(p) for p in problems] == ["code cell 2, line 2: not valid Python (invalid syntax)"]


def test_a_definition_that_fails_is_dropped_alone():
    namespace, problems = built("def f(x=missing): pass\ndef g(): return 2")
    assert "f" not in namespace
    assert namespace["g"]() == 2
    assert "name 'missing' is not defined" in problems[0].message


@pytest.mark.parametrize(
    "source", ["(" * 5000 + ")" * 5000, "a = 1\0", "-" * 100_000 + "1", "x = " + "+".join("1" * 3000)]
)
def test_text_that_breaks_the_parser_is_only_a_problem(source):
    _, problems = built(source)
    assert len(problems) == 1


def test_the_last_definition_counts():
    namespace, _ = built("def f(): return 1", "def f(): return 2")
    assert namespace["f"]() == 2


def test_a_later_notebook_uses_an_earlier_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "A.ipynb", "import math\n", "def f(): return math.pi", "def g(): return 2\nraise SystemExit")
    f, g = definitions("A.ipynb", "f", "g")
    assert (f(), g()) == (pytest.approx(3.14159, abs=1e-4), 2)
    assert definitions("A.ipynb", "g")() == 2
    assert definitions("A.ipynb").f() == f()


def test_an_undefined_function_raises_an_error_when_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "A.ipynb", "x = 1")
    f = definitions("A.ipynb", "batchnorm_forward")
    with pytest.raises(NotImplementedError, match=r"batchnorm_forward is not defined yet: write it in A\.ipynb"):
        f()


def test_a_missing_notebook_is_reported_and_does_not_stop_the_rest(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    f = definitions("A.ipynb", "f")
    assert "A.ipynb is not in this folder" in capsys.readouterr().err
    with pytest.raises(NotImplementedError):
        f()


def test_notebooks_may_use_each_other(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    uses = "from cs231n.notebook import definitions\n{} = definitions('{}.ipynb', '{}')"
    write(tmp_path / "A.ipynb", uses.format("g", "B", "g"), "def f(n):\n    return n and 1 + g(n - 1)")
    write(tmp_path / "B.ipynb", uses.format("f", "A", "f"), "def g(n):\n    return n and 10 + f(n - 1)")
    assert definitions("A.ipynb", "f")(3) == 12
    assert definitions("B.ipynb", "g")(3) == 21
    assert capsys.readouterr().err == ""


def test_another_notebook_is_looked_into_once_and_only_when_it_is_needed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "A.ipynb", "g = definitions('B.ipynb', 'g')", "def f(): return g()")
    f = definitions("A.ipynb", "f")
    write(tmp_path / "B.ipynb", "def g(): return 1")
    assert f() == 1
    (tmp_path / "B.ipynb").unlink()
    assert f() == 1


def test_given_functions_take_the_place_of_the_notebooks_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "A.ipynb", "g = definitions('B.ipynb', 'g')", "def h(): return 1", "def f(): return g() + h()")
    assert definitions("A.ipynb", "f", g=lambda: 10, h=lambda: 20)() == 30
    write(tmp_path / "C.ipynb", "def g(): return 5", "f = definitions('A.ipynb', 'f', g=g)", "def e(): return f()")
    assert definitions("C.ipynb", "e")() == 6


def test_what_was_not_handed_out_comes_from_the_provided_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    provided = tmp_path / "provided"
    provided.mkdir()
    (provided / "A.py").write_text("def f():\n    return 'provided'\n")
    (provided / "B.py").write_text("g = definitions('A.ipynb', 'f')\n")
    definitions = definitions_for(provided)
    assert definitions("A.ipynb", "f")() == "provided"
    assert definitions("B.ipynb", "g")() == "provided", "a copy takes from another one"
    write(tmp_path / "A.ipynb", "def f(): return 'mine'")
    assert definitions("A.ipynb", "f")() == "mine"


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "A.ipynb").write_text("<html>")
    with pytest.raises(ValueError, match=r"A\.ipynb is not a readable notebook"):
        read_code_cells(tmp_path / "A.ipynb")
