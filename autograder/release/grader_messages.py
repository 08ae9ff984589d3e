"""Messages that the grader shows to students: those of an assignment's content, and the library's own.

Their catalogues stay with the grader: the student zip has neither hidden tests nor their titles.
"""

from collections.abc import Iterator
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.content import Content, Topic
from autograder.paths import KIT
from autograder.release.messages import Message, add_message, check_messages, messages_in, messages_of_files

__all__ = ["check_grader_catalogues", "messages_of_content", "messages_of_grader"]


def messages_of_grader(assignment: Assignment, root: Path) -> dict[Path, dict[Message, list[str]]]:
    """Return the messages whose catalogues belong to a course's folder.

    Inputs:
    - root: the course's folder. An installed library outside of it is left out.

    Returns: folder of a catalogue → its messages, see `messages_in`. Folders without messages are
    omitted.
    """
    content = assignment.content
    found = {content.folder: messages_of_content(content)}
    if KIT.resolve().is_relative_to(root.resolve()):
        found[KIT] = messages_in(KIT, without=KIT / "assignments")
    return {
        folder: messages
        for folder, messages in found.items()
        if messages and folder.resolve().is_relative_to(root.resolve())
    }


def messages_of_content(content: Content) -> dict[Message, list[str]]:
    """Return the messages of an assignment's content, by topic.

    Those of a topic are the titles and parts of its hidden tests, the texts in its calls of `tr`,
    and its misconceptions. A part that is a name in Python, such as "dx", is not a message. Files
    outside of the topics come last.

    Returns: message → names of the files that have it, relative to the folder's parent.
    """
    found: dict[Message, list[str]] = {}
    for topic in content.topics:
        for message, name in _messages_of_topic(content, topic):
            add_message(found, message, f"{content.folder.name}/{name}")
    shared = [content.folder / name for name in sorted(content.hashes) if "/" not in name]
    for message, names in messages_of_files(shared, content.folder.parent).items():
        for name in names:
            add_message(found, message, name)
    return found


def _messages_of_topic(content: Content, topic: Topic) -> Iterator[tuple[Message, str]]:
    """Yield the messages of a topic, each with its file relative to the content's folder."""
    tests = [test for test in content.tests if test.node.startswith(f"{topic.name}/")]
    for test in tests:
        yield test.title, test.node.partition("::")[0]
    for test in tests:
        for part in test.parts:
            if not part.isidentifier():
                yield part, test.node.partition("::")[0]
    files = [content.folder / name for name in sorted(content.hashes) if name.startswith(f"{topic.name}/")]
    for message, names in messages_of_files(files, content.folder).items():
        for name in names:
            yield message, name
    for mutant in topic.mutants:
        yield mutant.words, f"{topic.name}/mutants.py"


def check_grader_catalogues(assignment: Assignment, language: str, root: Path) -> list[str]:
    """Check that the grader's catalogues translate every message, with the same fields.

    Inputs:
    - language: code of the language.
    - root: see `messages_of_grader`.

    Returns, Raises: see `check_catalogues`.
    """
    wanted = {folder.name: (folder, messages) for folder, messages in messages_of_grader(assignment, root).items()}
    return check_messages(assignment, language, wanted)
