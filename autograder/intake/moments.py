"""Parser for times that people or systems wrote, with their zone. It rejects ambiguous times.

Other parsers guess: nbgrader's parser reads "+0100" as 100 seconds, and unknown letters as UTC. A
wrong guess costs a student points. So this parser accepts no form or zone with two meanings.
"""

import datetime
import re
import zoneinfo

__all__ = ["UNDERSTOOD", "now_text", "read_moment", "utc_text"]

UNDERSTOOD = "2026-11-20 18:00:00 +0100"  # example for messages
MAX_LENGTH = 100
DATE_ALONE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MAX_OFFSET = datetime.timedelta(hours=14)

# English and German. In other languages, other months start like these.
MONTHS = (
    "jan january januar jän jänner",
    "feb february februar",
    "mar march mär märz mrz",
    "apr april",
    "may mai",
    "jun june juni",
    "jul july juli",
    "aug august",
    "sep sept september",
    "oct october okt oktober",
    "nov november",
    "dec december dez dezember",
)
MONTH_NUMBERS = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
DAYS = "mon tue wed thu fri sat sun mo di mi do fr sa so die mit don fre sam son".split()
ALPHABET = r"a-zA-ZäöüÄÖÜ"

TIME = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?(?![\d:])"
    r"(?:\s*o'clock|\s*Uhr)?(?:\s*(?P<half>[AaPp])\.?[Mm]\b\.?)?",
    re.ASCII,
)
# Brightspace omits the colon, which file names can't have.
COMPACT = re.compile(r"(?<=\s)(?P<hour>\d{1,2})(?P<minute>\d\d)\s+(?P<half>[AaPp])[Mm]$", re.ASCII)
# +0100, +01:00, +1 or +01: three digits are ambiguous.
OFFSET = re.compile(
    r"(?:(?:UTC|GMT)\s*)?(?P<sign>[+\-\u2212])(?P<hours>\d\d(?=\d\d)|\d\d?(?!\d))(?::?(?P<minutes>\d\d))?", re.ASCII
)
LETTERS = re.compile(r"[A-Za-z]+(?:/[A-Za-z_+\-0-9]+)*")

ISO_DATE = re.compile(r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})", re.ASCII)
COMPACT_DATE = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)", re.ASCII)
POINTS = re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})", re.ASCII)
SLASHES = re.compile(r"(?P<first>\d{1,2})(?P<sign>[/-])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4})", re.ASCII)
DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[.\s-]*(?P<name>[{ALPHABET}]{{3,9}})[.,\s-]*(?P<year>\d{{4}})", re.ASCII
)
MONTH_FIRST = re.compile(
    rf"(?P<name>[{ALPHABET}]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[,\s]+(?P<year>\d{{4}})", re.ASCII
)

# Hours from UTC of abbreviations that RFC 2822 defines, or that only one region uses.
KNOWN_LETTERS = {
    **dict.fromkeys(("UTC", "GMT", "UT", "Z", "WET"), 0),
    **dict.fromkeys(("CET", "MEZ", "WEST"), 1),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 2),
    **{"EEST": 3, "JST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
    **{"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
}


def read_moment(text: str, zone: str = "UTC") -> datetime.datetime | None:
    """Parse a time.

    Inputs:
    - text: ISO 8601, RFC 2822, the formats of git and nbgrader, and usual English and German forms.
      Without a zone it is UTC, as in nbgrader. A date alone means its first moment
    - zone: name of the course's zone, which decides abbreviations of several regions: BST, IST, CST

    Returns: a datetime in UTC, without zone; None if the text is not a time, or is ambiguous.
    """
    text = " ".join(text[: MAX_LENGTH + 1].split())
    if len(text) > MAX_LENGTH:
        return None
    text = re.sub(r"(?<=\d)T(?=\d)", " ", text)  # ISO 8601
    if DATE_ALONE.fullmatch(text):
        text += " 00:00"
    found = TIME.search(text) or COMPACT.search(text)
    if found is None:
        return None
    before, after = text[: found.start()], text[found.end() :]
    try:
        date, rest = _split_date(before, after)
        moment = datetime.datetime.combine(date, _time_of_day(found))
        return moment - _offset(rest, moment, zone)
    except (ValueError, OverflowError):
        return None


def now_text() -> str:
    """Return the present time, to the second, in the format of utc_text.

    Such texts can be compared.
    """
    return utc_text(datetime.datetime.now(datetime.UTC).replace(microsecond=0, tzinfo=None))


def utc_text(moment: datetime.datetime) -> str:
    """Return a time in UTC as a text that nbgrader parses correctly, too."""
    fraction = f".{moment.microsecond:06}" if moment.microsecond else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} UTC"


def _time_of_day(found: re.Match[str]) -> datetime.time:
    parts = found.groupdict()
    hour, half = int(parts["hour"]), parts["half"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a half day")
        hour = hour % 12 + (12 if half in "Pp" else 0)
    microseconds = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    return datetime.time(hour, int(parts["minute"]), int(parts.get("second") or 0), microseconds)


def _split_date(before: str, after: str) -> tuple[datetime.date, str]:
    """The date, which is before the time or around it, and the rest of the text: the zone."""
    before = _without_weekday(before.strip(" ,-"))
    for words in ("at", "um", "on"):
        before = before.removesuffix(f" {words}").strip(" ,")
    if date := _date(before):
        return date, after.strip(" ,")
    # As `date` and git write it: Thu Nov 19 10:00:00 [zone] 2026 [zone]
    year = re.search(r"(?<![\d:+\-])[0-9]{4}(?!\d)", after)
    if year and (date := _date(f"{before} {year[0]}")):
        return date, f"{after[: year.start()]} {after[year.end() :]}".strip()
    # 10:00 on 19 November 2026
    if not before and (date := _date(_without_weekday(after.strip(" ,").removeprefix("on ").strip()))):
        return date, ""
    raise ValueError("no date")


def _without_weekday(text: str) -> str:
    first, _, rest = text.partition(" ")
    word = first.strip(".,").lower()
    is_day = word in DAYS or (word.endswith(("day", "tag", "woch")) and word[:3] in DAYS)
    return rest.strip() if is_day else text


def _date(text: str) -> datetime.date | None:
    """A date in an unambiguous form, or None. Raises: ValueError for an impossible date."""
    if found := ISO_DATE.fullmatch(text) or COMPACT_DATE.fullmatch(text) or POINTS.fullmatch(text):
        return datetime.date(int(found["year"]), int(found["month"]), int(found["day"]))
    if found := DAY_FIRST.fullmatch(text) or MONTH_FIRST.fullmatch(text):
        month = MONTH_NUMBERS.get(found["name"].lower())
        return datetime.date(int(found["year"]), month, int(found["day"])) if month else None
    if found := SLASHES.fullmatch(text):
        first, second = int(found["first"]), int(found["second"])
        if first == second or second > 12:
            return datetime.date(int(found["year"]), first, second)
        if first > 12:
            return datetime.date(int(found["year"]), second, first)
    return None


def _offset(text: str, moment: datetime.datetime, zone: str) -> datetime.timedelta:
    """The offset of a zone from UTC. Raises: ValueError for an unknown zone."""
    text = re.sub(r"\s*\([^()]*\)$", "", text.strip())  # a comment, as in "+0100 (CET)"
    if not text:
        return datetime.timedelta(0)
    if found := OFFSET.fullmatch(text):
        minutes = int(found["minutes"] or 0)
        offset = datetime.timedelta(hours=int(found["hours"]), minutes=minutes)
        if minutes > 59 or offset > MAX_OFFSET:
            raise ValueError("no offset")
        return offset if found["sign"] == "+" else -offset
    if not LETTERS.fullmatch(text):
        raise ValueError("no zone")
    if "/" in text:
        return _offset_there(text, moment)
    there = _ambiguous_there(text.upper(), moment, zone)
    if there is not None:
        return there
    if text.upper() in KNOWN_LETTERS:
        return datetime.timedelta(hours=KNOWN_LETTERS[text.upper()])
    raise ValueError("letters of several zones, or of none")


def _offset_there(name: str, moment: datetime.datetime) -> datetime.timedelta:
    try:
        return moment.replace(tzinfo=zoneinfo.ZoneInfo(name)).utcoffset() or datetime.timedelta(0)
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        raise ValueError("no such zone") from None


def _ambiguous_there(letters: str, moment: datetime.datetime, zone: str) -> datetime.timedelta | None:
    """The offset of an abbreviation in the course's zone, in any season, or None."""
    try:
        there = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    for month in (moment.month, 1, 7):
        local = datetime.datetime(moment.year, month, 1 if month != moment.month else moment.day, 12, tzinfo=there)
        if local.tzname() == letters:
            return local.utcoffset()
    return None
