"""Catalogues of messages: they are found, updated, compiled and checked; a language needs no code."""

import gettext
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po
from courses import ASSIGNMENT, COURSE

from autograder.course.assignment import load_assignment
from autograder.errors import UsageError
from autograder.release.bundle import package_files
from autograder.release.message_catalogues import update_catalogues
from autograder.release.messages import check_catalogues, field_faults, messages_in
from student_tools import language
from student_tools.language import catalogue_path, in_language, tr, tr_plural
from student_tools.manifest import FILE_NAME

ROOT = Path(__file__).resolve().parent.parent


def package_in(folder, code):
    """A package with one module, in a folder."""
    package = folder / "tools"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text(
        f"from student_tools.language import tr, tr_plural\n\n{code}\n", encoding="utf-8"
    )
    return package


def assignment_with(*packages):
    """The assignment with other student packages."""
    assignment = load_assignment(COURSE)
    vars(assignment)["student_packages"] = {package.name: package for package in packages}
    return assignment


def start(package, code, translate, *installed):
    """Write the catalogue of a package, with a function of the English text as translator."""
    update_catalogues(assignment_with(package, *installed), package.parent, code)
    path = catalogue_path(package, code, ".po")
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    for message in catalogue:
        if message.id and message.pluralizable:
            message.string = tuple(translate(text) for text in message.id)[: catalogue.num_plurals]
        elif message.id:
            message.string = translate(message.id)
    with path.open("wb") as file:
        write_po(file, catalogue)
    update_catalogues(assignment_with(package, *installed), package.parent)


def entries(path):
    """The entries of a catalogue: message → (translation, files, whether it is fuzzy)."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name)
    return {m.id: (m.string, sorted(name for name, _ in m.locations), m.fuzzy) for m in catalogue if m.id}


@pytest.mark.parametrize(
    ("translated", "shown"),
    [
        ("{name} fehlt", "dx fehlt"),
        ("{nam} fehlt", "dx is missing"),
        ("{name fehlt", "dx is missing"),
        ("{} fehlt", "dx is missing"),
        ("{name.x} fehlt", "dx is missing"),
        ("{name:d} fehlt", "dx is missing"),
    ],
)
def test_a_translation_with_a_wrong_field_is_not_used(tmp_path, monkeypatch, translated, shown):
    package = package_in(tmp_path, 'tr("{name} is missing", name=1)')
    start(package, "de", lambda _: translated)
    monkeypatch.setattr(language, "_folders", [package])
    with in_language("de"):
        assert tr("{name} is missing", name="dx") == shown


def test_a_damaged_catalogue_is_english(tmp_path, monkeypatch):
    package = package_in(tmp_path, 'tr("yes")')
    start(package, "de", lambda _: "ja")
    path = catalogue_path(package, "de")
    path.write_bytes(path.read_bytes()[:40])
    monkeypatch.setattr(language, "_folders", [package])
    with in_language("de"):
        assert tr("yes") == "yes"


def test_a_further_language_needs_catalogues_only(tmp_path):
    folders = []
    for name in ("cs231n", "student_tools"):
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "locale")
        folders.append(Path(shutil.copytree(ROOT / name, tmp_path / "kit" / name, ignore=ignored)))
        start(folders[-1], "fr", lambda text: f"«{text}»")
    assignment = assignment_with(*folders)
    assert len(check_catalogues(assignment, "fr")) == 2
    files = package_files(assignment, "fr") | {f"cs231n/{FILE_NAME}": b'{"language": "fr"}'}
    for name, content in files.items():
        (tmp_path / "student" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "student" / name).write_bytes(content)
    code = (
        "import cs231n.submit, cs231n.training_bar\nfrom cs231n.check import check_close, check_trained\n"
        "for call in (lambda: check_close('dx error', None, 1, 1), lambda: check_trained(None, 'Net')):\n"
        "    try:\n        call()\n    except Exception as error:\n        print(error)\n"
    )
    command = [sys.executable, "-X", "utf8", "-c", code]
    done = subprocess.run(command, cwd=tmp_path / "student", capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.splitlines() == [
        "««dx error»: «dx is None, expected one number: compute and return it»»",
        "«nothing is trained yet: complete Net first, then run the cell above that trains»",
    ]


def test_languages_with_plurals_use_their_own_rules(tmp_path, monkeypatch):
    package = package_in(tmp_path, 'tr_plural("{count} file", "{count} files", 1)')
    start(package, "pl", str.upper)
    path = catalogue_path(package, "pl", ".po")
    text = path.read_text(encoding="utf-8")
    assert "nplurals=4" in text or "nplurals=3" in text
    for number, word in enumerate(("plik", "pliki", "plików", "pliku")):
        old = f'msgstr[{number}] ""' if f'msgstr[{number}] ""' in text else f'msgstr[{number}] "{{COUNT}} FILE'
        text = "\n".join(
            f'msgstr[{number}] "{{count}} {word}"' if line.startswith(old) else line for line in text.split("\n")
        )
    path.write_text(text, encoding="utf-8")
    update_catalogues(assignment_with(package), tmp_path)
    monkeypatch.setattr(language, "_folders", [package])
    with in_language("pl"):
        counted = [tr_plural("{count} file", "{count} files", count) for count in (1, 2, 5)]
    assert counted == ["1 plik", "2 pliki", "5 plików"]


def test_an_update_keeps_translations_and_writes_the_same_bytes_each_time(tmp_path):
    package = package_in(tmp_path, 'tr("yes"); tr("never mind this"); tr("{n} files", n=2)')
    start(package, "de", {"yes": "ja", "never mind this": "egal", "{n} files": "{n} Dateien"}.get)
    files = catalogue_path(package, "de", ".po"), catalogue_path(package, "de")
    before = [path.read_bytes() for path in files]
    update_catalogues(assignment_with(package), tmp_path)
    assert [path.read_bytes() for path in files] == before
    package_in(tmp_path, '\n\ntr("{n} files", n=2); tr("no"); tr("yes")')
    line, _ = update_catalogues(assignment_with(package), tmp_path)  # the other one is zh, as of the assignment
    assert line.endswith("2 of 3 messages are translated")
    with files[1].open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert [catalogue.gettext(text) for text in ("yes", "{n} files", "never mind this", "no")] == [
        "ja",
        "{n} Dateien",
        "never mind this",
        "no",
    ]


def test_a_release_in_a_language_names_the_first_message_without_a_translation(tmp_path):
    package = package_in(tmp_path, 'tr("yes"); tr("no")')
    start(package, "de", {"yes": "ja", "no": "nein"}.get)
    assert check_catalogues(assignment_with(package), "de") == [
        "2 messages of tools are translated into de, with the same fields"
    ]
    package_in(tmp_path, 'tr("yes"); tr("now {x}", x=1); tr("later {x}", x=1)')
    with pytest.raises(UsageError) as error:
        check_catalogues(assignment_with(package), "de")
    po = catalogue_path(package, "de", ".po")
    assert str(error.value) == (
        f'{po}: "now {{x}}" is not translated: correct the translation, then run `python -m autograder translations'
        " assignment2` (1 other messages need it, too)"
    )
    start(package, "de", {"yes": "ja", "now {x}": "jetzt {y}", "later {x}": "später {x}"}.get)
    with pytest.raises(UsageError) as error:
        check_catalogues(assignment_with(package), "de")
    assert 'the translation of "now {x}" lacks {x}: correct' in str(error.value)


def test_a_course_translates_the_messages_of_an_installed_package_in_its_own_catalogue(tmp_path, monkeypatch):
    installed = package_in(tmp_path, 'tr("yes")').rename(tmp_path / "installed")
    (tmp_path / "course").mkdir()
    package = package_in(tmp_path / "course", 'tr("no")')
    assignment = assignment_with(package, installed)
    (line,) = check_catalogues(assignment_with(installed), "de")
    assert "installed has no messages in de" in line
    start(package, "de", {"yes": "ja", "no": "nein"}.get, installed)
    assert not (installed / "locale").exists()
    assert len(check_catalogues(assignment, "de")) == 2
    monkeypatch.setattr(language, "_folders", [installed, package])
    with in_language("de"):
        assert (tr("yes"), tr("no")) == ("ja", "nein")
    (installed / "__init__.py").write_text('tr("yes"); tr("perhaps")')
    with pytest.raises(UsageError, match=r'course/tools/.*/tools\.po: "perhaps" is not translated'):
        check_catalogues(assignment, "de")


def test_a_package_without_a_catalogue_is_named(tmp_path):
    package = package_in(tmp_path, 'tr("yes")')
    (line,) = check_catalogues(assignment_with(package), "de")
    assert line.startswith("tools has no messages in de, so they stay English: `python -m autograder translations")


def test_a_format_string_in_a_message_is_an_error(tmp_path):
    package = package_in(tmp_path, 'tr(f"{1} file")')
    with pytest.raises(UsageError, match=r"tools/__init__.py, line 3: expected a text with \{fields\} in tr"):
        messages_in(package)


@pytest.mark.parametrize(
    ("translated", "fault"),
    [
        ("{name!r}：{count}", ""),
        ("{count}: {name!r}", ""),
        ("{name}: {count}", "lacks {name!r}"),
        ("{name!r} {count} {count}", "has {count}, which the English text lacks"),
        ("{name!r} {count", "has wrong braces (expected '}' before end of string)"),
    ],
)
def test_fields_are_compared_in_any_order(translated, fault):
    assert field_faults("{name!r} has {count}", translated) == fault


def test_a_text_with_a_single_brace_has_no_fields():
    assert field_faults("It has a {. Remove it.", "Es hat eine {. Entferne sie.") == ""


def test_every_message_is_translated_with_the_same_fields():
    assert len(check_catalogues(ASSIGNMENT, "zh")) == 2


@pytest.mark.parametrize(
    "path",
    [path for name in ("cs231n", "student_tools") for path in sorted(ROOT.glob(f"{name}/locale/*/LC_MESSAGES/*.po"))],
    ids=lambda path: path.name,
)
def test_the_catalogues_are_current(path, tmp_path):
    package, code = path.parents[3], path.parent.parent.name
    copy = Path(shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("*.so", "__pycache__")))
    update_catalogues(assignment_with(copy), tmp_path)
    fresh = catalogue_path(copy, code, ".po")
    assert entries(fresh) == entries(path), "run `make translations`, and translate what is new"
    compiled = []
    for mo in (fresh.with_suffix(".mo"), path.with_suffix(".mo")):
        with mo.open("rb") as file:
            compiled.append(gettext.GNUTranslations(file))
    for message in entries(path):
        text = message if isinstance(message, str) else message[0]
        assert compiled[0].gettext(text) == compiled[1].gettext(text)
