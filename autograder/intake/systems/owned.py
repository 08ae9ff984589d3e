"""Types for the files of a download: owner, attempt, and time of the submission."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograder.intake.safe_names import safe_name

__all__ = ["Entry", "Owned", "Owner", "Owners", "System", "UnknownName", "typed", "unknown_name"]

NAME_BYTES = 100  # of a student's name in the id


@dataclass(frozen=True)
class Entry:
    """A file of a download.

    - name: its path, with slashes
    - modified: seconds since 1970; 0 if unknown
    - read: function that returns its bytes, or raises Unreadable
    """

    name: str
    modified: float
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Owner:
    """A student or a team in the system.

    - name: as the system writes it
    - number: "" if the name alone is unique
    """

    name: str
    number: str = ""

    @property
    def student(self) -> str:
        """The id: the name for people, and the number for the system's own tables."""
        name = safe_name(self.name, size=NAME_BYTES)
        return f"{name}_{self.number}" if self.number else name


@dataclass(frozen=True)
class Owned:
    """The owner and attempt of a file.

    - owners: a student, or the members of a team
    - file: the student's own file name
    - late: whether the system marks it as late
    - attempt: a text that sorts a student's later attempts last, or "" if the system gives only the
      latest one
    - source: the system's folder of the attempt, or ""
    - when: time of the submission as a text; "" if unknown
    """

    owners: tuple[Owner, ...]
    file: str
    late: bool = False
    attempt: str = ""
    source: str = ""
    when: str = ""


Owners = dict[str, Owned | str]  # path of a file → its owner, or why it has none


@dataclass(frozen=True)
class System:
    """A learning management system.

    - name: of the system
    - fits: function that returns whether a path follows the system's naming scheme
    - owners: function of (path → Entry, name of the course's zone) that returns Owners, without the
      system's own files
    - is_of_student: function that returns whether a first folder is one student's, and not a folder
      around the whole download
    - numbers_last: whether a student has the same number in all downloads of the course
    - local_times: whether its times have no zone
    """

    name: str
    fits: Callable[[str], bool]
    owners: Callable[[Mapping[str, Entry], str], Owners]
    is_of_student: Callable[[str], bool] = lambda folder: False
    numbers_last: bool = False
    local_times: bool = False


class UnknownName(str):
    """The reason for a file without an owner: its name does not follow the system's scheme."""


def unknown_name(system: str) -> UnknownName:
    """Return the reason for a name that does not follow a system's scheme."""
    return UnknownName(f"its name is not a file name of {system}")


def typed(system: str) -> str:
    """Return the reason for a text that a student typed into a system."""
    return f"it is text that was typed into {system}: check whether it says where the notebooks are"
