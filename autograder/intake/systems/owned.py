"""What a download tells of a file: whose it is, of which attempt, and when that was handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograder.intake.safe_names import safe_name

__all__ = ["Entry", "Owned", "Owner", "Owners", "System", "UnknownName", "typed", "unknown_name"]

NAME_BYTES = 100  # of a student's name in the id


@dataclass(frozen=True)
class Entry:
    """A file of a download.

    - name: its path, with slashes. - modified: seconds since 1970, 0 where the download tells none.
    - read: function that returns its bytes, or raises Unreadable.
    """

    name: str
    modified: float
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Owner:
    """A student, or a team, as the system writes them. - number: "" where the name alone is unique."""

    name: str
    number: str = ""

    @property
    def student(self) -> str:
        """The id: people read the name, and the system's own tables have the number."""
        name = safe_name(self.name, size=NAME_BYTES)
        return f"{name}_{self.number}" if self.number else name


@dataclass(frozen=True)
class Owned:
    """Whose a file is.

    - owners: a student, or the members of a team. - file: the name that the student gave it.
    - late: whether the system marks it as late.
    - attempt: the later one of a student comes last by its text; "" where the system gives the latest alone.
    - source: the folder in which the system puts an attempt, or "".
    - when: the time of handing in, as a text; "" where the system tells none.
    """

    owners: tuple[Owner, ...]
    file: str
    late: bool = False
    attempt: str = ""
    source: str = ""
    when: str = ""


Owners = dict[str, Owned | str]  # a file's path → whose it is, or a text that says why it is nobody's


@dataclass(frozen=True)
class System:
    """A learning management system.

    - fits: whether a file's path is one that the system writes.
    - owners: function of (path → Entry, name of the course's zone). Paths that it leaves out are the
      system's own files.
    - is_of_student: whether the first folder of a path is one student's, so that it is not around the whole download.
    - numbers_last: whether the number of a student is the same in each download of the course.
    - local_times: whether its times name no zone.
    """

    name: str
    fits: Callable[[str], bool]
    owners: Callable[[Mapping[str, Entry], str], Owners]
    is_of_student: Callable[[str], bool] = lambda folder: False
    numbers_last: bool = False
    local_times: bool = False


class UnknownName(str):
    """Why a file is nobody's: the system gives no such name."""


def unknown_name(system: str) -> UnknownName:
    """Say that a file's name is not one of a system's."""
    return UnknownName(f"its name is not one that {system} gives")


def typed(system: str) -> str:
    """Say that a file is a text that a student typed."""
    return f"it is text that was typed into {system}; look whether it says where the notebooks are"
