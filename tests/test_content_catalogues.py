"""The catalogues of what an assignment's content tells students: complete, current, and not in the student zip."""

import dataclasses
import gettext
import re
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from courses import ASSIGNMENT, ASSIGNMENTS, COURSE

from autograder.authoring.matrix import by_check, observed
from autograder.course.content import load_content
from autograder.errors import UsageError
from autograder.language import in_language, tr, tr_plural
from autograder.release.bundle import bundle_files
from autograder.release.grader_messages import check_grader_catalogues, messages_of_content, messages_of_grader
from autograder.release.message_catalogues import update_catalogues
from autograder.scoring.scorer import scorer_for
from student_tools.language import catalogue_path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ASSIGNMENTS / ASSIGNMENT.name
# English words in Chinese sentences that are neither names in code nor numbers.
ENGLISH_WORDS = {"AdaGrad", "CIFAR", "Nesterov", "NumPy", "ReLU", "dropout", "leaky", "momentum", "sigmoid", "softmax"}
# Words in code that a Chinese sentence has unchanged, if the English one has them.
CODE = re.compile(
    r"\b(?:d[xwb]|dout|dgamma|dbeta|gamma|beta\d?|eps|epsilon|momentum|reg|config|params|grads|keepdims|[WHCGDN]"
    r"|[a-z]+_[a-z]+\w*|[WbC]\d|ReLU|dropout|softmax|p)\b(?:\['\w+'\])?",
    re.ASCII,
)
FIELD, WORD = re.compile(r"\{[^}]*\}"), re.compile(r"[A-Za-z_]\w*", re.ASCII)
NUMBER = re.compile(r"(?<![A-Za-z_])\d[\d.e-]*|½")


@pytest.fixture
def content():
    """The content in this repository. Other tests load copies of it, and the last folder counts."""
    return load_content(FOLDER)


def read_catalogue(folder, code="zh"):
    with catalogue_path(folder, code, ".po").open("rb") as file:
        return read_po(file, locale=code)


def pairs():
    """English and Chinese texts, one of each plural."""
    first = {m.id: m.string for m in read_catalogue(FOLDER) if m.id}
    return {(k if isinstance(k, str) else k[0]): (v if isinstance(v, str) else v[0]) for k, v in first.items()}


PAIRS = pairs()


def small_content(folder, *, tests="", mutants="", more=""):
    """A folder with the content of an assignment of one topic, and a file outside of the topic."""
    topic = folder / "small" / "topic"
    topic.mkdir(parents=True)
    if tests:
        (topic / "hidden_tests.py").write_text(f"from autograder import hidden_test, tr\n{tests}\n", encoding="utf-8")
    (topic / "mutants.py").write_text(
        f"from autograder import Mutant\nMUTANTS = ({mutants})\nVARIANTS = ()\n", encoding="utf-8"
    )
    (folder / "small" / "shared.py").write_text(f"from autograder import tr\n{more}\n", encoding="utf-8")
    return load_content(folder / "small")


def test_each_message_is_translated_with_the_same_fields(content):
    lines = check_grader_catalogues(ASSIGNMENT, "zh", ROOT)
    count = len(messages_of_content(content))
    assert lines[0] == f"{count} messages of assignment2 are translated into zh, with the same fields"


def test_the_catalogue_has_the_messages_of_the_content_in_its_order(content):
    messages, catalogue = messages_of_content(content), read_catalogue(FOLDER)
    assert [message.id for message in catalogue if message.id] == list(messages)
    files = {message.id: sorted(name for name, _ in message.locations) for message in catalogue if message.id}
    assert files == {message: sorted(names) for message, names in messages.items()}, (
        "run `make translations`, and translate what is new"
    )
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    with catalogue_path(FOLDER, "zh").open("rb") as file:
        tracked = gettext.GNUTranslations(file)
    fresh = gettext.GNUTranslations(BytesIO(compiled.getvalue()))
    texts = [message if isinstance(message, str) else message[0] for message in messages]
    assert [tracked.gettext(text) for text in texts] == [fresh.gettext(text) for text in texts]


def test_titles_parts_and_misconceptions_are_in_the_language_of_the_block(content):
    titles = {test.title for test in content.tests}
    misconceptions = {mutant.words for mutant in content.mutants}
    assert len(titles) > 100
    assert len(misconceptions) > 500
    with in_language("zh"):
        assert [text for text in titles | misconceptions if tr(text) == text] == []
        assert tr("The gradient {part} of a few samples.") == "几个样本的梯度 {part}。"
        assert tr("four axes") == "四个轴"
        assert tr("The bias is subtracted. Add it.") == "偏置被减去了。请改为加上它。"
    assert tr("four axes") == "four axes"


@pytest.mark.parametrize(
    ("name", "test", "english", "chinese"),
    [
        (
            "affine_forward/no-bias",
            "test_weighted_sums",
            "3 samples of 2 × 5 numbers, 4 units",
            "3 个样本，每个有 2 × 5 个数，4 个单元",
        ),
        (
            "conv_forward_naive/no-bias",
            "test_bias",
            "an image of zeros, stride 1, pad 1",
            "全为零的图像，步幅 1，填充 1",
        ),
    ],
)
def test_a_hidden_test_describes_its_input_in_the_language_of_the_block(content, name, test, english, chinese):
    scorer = scorer_for(COURSE.root, ASSIGNMENT.name)
    exercise = name.partition("/")[0]
    mutant = next(m for m in content.mutants if m.exercise == exercise and m.words.startswith("The bias is missing."))

    def message():
        np.random.seed(0)  # noqa: NPY002 - the tested code uses it
        runs, _ = observed(mutant, scorer.reference, [0], scorer.assignment)
        return next(seen.fault.message for check, seen in by_check(runs).items() if check.test.name == test)

    assert english in message()
    with in_language("zh"):
        assert chinese in message()


def test_a_misconception_has_two_sentences_in_both_languages():
    words = [text for text in PAIRS if re.search(r"\. [A-Z]", text)]
    assert len(words) > 500
    assert [PAIRS[text] for text in words if PAIRS[text].count("。") != 2 or not PAIRS[text].endswith("。")] == []


def test_code_and_numbers_are_the_same_in_both_languages():
    wrong = []
    for english, chinese in PAIRS.items():
        ours, theirs = FIELD.sub("", english), FIELD.sub("", chinese)
        words = {word.lower() for word in WORD.findall(ours)}
        known = {word for word in WORD.findall(theirs) if word.lower() in words}
        wrong += [(word, chinese) for word in set(WORD.findall(theirs)) - known]
        wrong += [(code, chinese) for code in CODE.findall(ours) if code not in theirs]
        if {n.rstrip(".") for n in NUMBER.findall(ours)} != {n.rstrip(".") for n in NUMBER.findall(theirs)}:
            wrong.append((english, chinese))
    assert wrong == []


def test_chinese_sentences_have_no_english_words_but_names():
    names = set()
    for english, chinese in PAIRS.items():
        names |= {word for word in WORD.findall(FIELD.sub("", chinese)) if word.lower() in english.lower()}
    plain = {name for name in names if name.isalpha() and len(name) > 2} - ENGLISH_WORDS
    assert plain == {
        *("FullyConnectedNet", "None", "assert", "beta", "cache", "config", "dbeta", "dgamma", "dout", "eps"),
        *("epsilon", "gamma", "grads", "keepdims", "layernorm", "loss", "normalization", "out", "pad", "params"),
        *("reg", "reshape", "stride"),
    }


def test_the_translations_differ_and_address_students_plainly():
    assert len(set(PAIRS.values())) == len(PAIRS)
    assert [text for text in PAIRS.values() if "您" in text or re.search(r"[一-鿿] ?[,;:!?]", text)] == []


def test_the_student_zip_has_no_title_and_no_misconception(content):
    files = bundle_files(ROOT / "release" / "assignment2-zh", ASSIGNMENT)
    assert any(name.endswith("student_tools.mo") for name in files), "the zip is in Chinese"
    assert [name for name in files if "assignment2." in name or "autograder" in name] == []
    texts = [content.decode("utf-8", "replace") for content in files.values()]
    secret = [test.title for test in content.tests] + [mutant.words for mutant in content.mutants]
    secret += [PAIRS[text] for text in secret]
    assert [text for text in set(secret) if any(text in other for other in texts)] == []


def test_a_translation_renews_no_scores(tmp_path):
    copy = tmp_path / "content"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    without = load_content(copy).hashes
    assert without == load_content(FOLDER).hashes
    assert not any("locale" in name for name in without)


def test_catalogues_are_read_before_the_files_may_be_deleted(tmp_path):
    words = "'The wombat is missing. Add it.'"
    content = small_content(tmp_path, mutants=f"Mutant('f', 'no-wombat', {words}),")
    assignment = dataclasses.replace(ASSIGNMENT, content=content)
    update_catalogues(assignment, tmp_path, "de")
    path = catalogue_path(content.folder, "de", ".po")
    path.write_text(
        path.read_text().replace('msgstr "" ', "").replace('Add it."\nmsgstr ""', 'Add it."\nmsgstr "Fehlt."')
    )
    update_catalogues(assignment, tmp_path)
    load_content(content.folder).import_for_scoring()
    shutil.rmtree(content.folder)
    with in_language("de"):
        assert tr("The wombat is missing. Add it.") == "Fehlt."


def test_messages_are_found_by_topic(tmp_path):
    content = small_content(
        tmp_path,
        tests="""
@hidden_test("f", parts=("dx", "two axes"))
def test_parts():
    \"\"\"The part {part}.\"\"\"
    tr("later {n}", n=1)
""",
        mutants="Mutant('f', 'a', 'It is 1. Add 1.'), Mutant('f', 'b', 'It has a {. Remove it.')",
        more="tr('shared'), tr('two axes')",
    )
    assert messages_of_content(content) == {
        "The part {part}.": ["small/topic/hidden_tests.py"],
        "two axes": ["small/topic/hidden_tests.py", "small/shared.py"],
        "later {n}": ["small/topic/hidden_tests.py"],
        "It is 1. Add 1.": ["small/topic/mutants.py"],
        "It has a {. Remove it.": ["small/topic/mutants.py"],
        "shared": ["small/shared.py"],
    }
    assert list(messages_of_content(content))[-1] == "shared"


def test_a_release_names_a_misconception_without_a_translation(tmp_path):
    content = small_content(tmp_path, mutants="Mutant('f', 'a', 'It is 2. Add 2.'),")
    assignment = dataclasses.replace(ASSIGNMENT, content=content)
    (line,) = check_grader_catalogues(assignment, "de", tmp_path)
    assert line.startswith("small has no messages in de, so they stay English: `python -m autograder translations")
    (line,) = update_catalogues(assignment, tmp_path, "de")
    assert line.endswith("small.po: 0 of 1 messages are translated")
    with pytest.raises(
        UsageError, match=r'small/locale/de/.*/small\.po: "It is 2\. Add 2\." is not translated: correct'
    ):
        check_grader_catalogues(assignment, "de", tmp_path)


def test_an_installed_library_has_no_catalogue_in_the_course(tmp_path, content):
    assert content.folder in messages_of_grader(ASSIGNMENT, ROOT)
    assert messages_of_grader(ASSIGNMENT, tmp_path) == {}


def test_the_library_s_messages_are_without_those_of_assignments(content):
    library = messages_of_grader(ASSIGNMENT, ROOT)[ROOT / "autograder"]
    assert ("{points} point", "{points} points") in library
    assert not any("assignments" in name for names in library.values() for name in names)


def test_plurals_of_descriptions():
    assert tr_plural("{count} sample", "{count} samples", 1) == "1 sample"
    with in_language("zh"):
        assert tr_plural("{count} sample", "{count} samples", 1) == "1 个样本"
