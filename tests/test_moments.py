"""Times with zones are parsed correctly or rejected, but never guessed."""

import pytest

from autograder.intake.moments import UNDERSTOOD, read_moment, utc_text

TEN = "2026-11-19 10:00:00 UTC"


@pytest.mark.parametrize(
    "text",
    [
        # nbgrader, ISO 8601, git log --format=%ci, %cI, %cD and its default
        *("2026-11-19 10:00:00 UTC", "2026-11-19 10:00:00", "2026-11-19 10:00:00.000000 UTC", "2026-11-19T10:00:00Z"),
        *("2026-11-19 11:00:00 +0100", "2026-11-19T11:00:00+01:00", "2026-11-19 11:00:00+01", "20261119T10:00Z"),
        *("2026-11-19 02:00:00 -0800", "2026-11-19T02:00:00-08:00", "2026-11-19 02:00:00 \u22120800"),
        *("Thu, 19 Nov 2026 11:00:00 +0100", "Thu, 19 Nov 2026 05:00:00 EST", "Thu Nov 19 11:00:00 2026 +0100"),
        *("Thu, 19 Nov 2026 11:00:00 +0100 (CET)", "2026-11-19 15:30:00 +0530", "2026-11-19 11:00 GMT+1"),
        # letters and names
        *("2026-11-19 11:00:00 CET", "2026-11-19 12:00:00 CEST", "2026-11-19 02:00:00 PST", "2026-11-19 03:00:00 PDT"),
        *("2026-11-19 05:00 EST", "2026-11-19 06:00 EDT", "2026-11-19 03:00 MST", "2026-11-19 11:00 MEZ"),
        *("2026-11-19 11:00:00 Europe/Berlin", "2026-11-19 10:00 gmt"),
        # as people and learning management systems write
        *("Thursday, November 19, 2026 5:00:00 AM EST", "Thursday, 19 November 2026 10:00:00 o'clock GMT"),
        *("Thursday, 19 November 2026, 10:00 AM", "Nov 19, 2026 1000 AM", "19 November, 2026 10:00\u202fAM"),
        *("11/19/2026 10:00 AM", "19/11/2026 10:00", "19.11.2026 10:00", "19.11.2026, 10:00 Uhr"),
        *("Donnerstag, 19. November 2026, 11:00 MEZ", "Thu Nov 19 11:00:00 CET 2026", "10:00 on 19 Nov 2026"),
    ],
)
def test_many_formats_of_a_time_are_parsed(text):
    assert utc_text(read_moment(text)) == TEN


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-19 12:00 AM", "2026-11-19 00:00:00 UTC"),
        ("2026-11-19 12:30 pm", "2026-11-19 12:30:00 UTC"),
        ("2026-11-19 23:30:00 -0800", "2026-11-20 07:30:00 UTC"),
        ("2026-11-19 00:30:00 +0100", "2026-11-18 23:30:00 UTC"),
        ("2026-11-19 10:00:00.123456 UTC", "2026-11-19 10:00:00.123456 UTC"),
        ("2026-11-19", "2026-11-19 00:00:00 UTC"),
        ("05.06.2026 10:00", "2026-06-05 10:00:00 UTC"),
        ("5. März 2026 10:00", "2026-03-05 10:00:00 UTC"),
        ("6/6/2026 10:00", "2026-06-06 10:00:00 UTC"),
        (UNDERSTOOD, "2026-11-20 17:00:00 UTC"),
    ],
)
def test_the_date_changes_with_the_zone(text, moment):
    assert utc_text(read_moment(text)) == moment
    assert read_moment(utc_text(read_moment(text))) == read_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-19 10:00 IST", "2026-07-19 10:00 BST", "2026-11-19 10:00 CST", "2026-11-19 10:00 XYZ"),
        *("2026-11-19 10:00 Europe/Nowhere", "2026-11-19 10:00 ../../etc/passwd", "2026-11-19 10:00 +100"),
        *("2026-11-19 10:00 +2500", "2026-11-19 10:00 +0175", "2026-11-19 10:00 +0100 +0200", "2026-11-19 10:00 UTC x"),
        *("05/06/2026 10:00", "05-06-2026 10:00", "11/19/26 10:00", "2026-02-30 10:00", "2026-13-01 10:00"),
        *("2026-11-19 25:00", "2026-11-19 13:00 PM", "2026-11-19 0:00 AM", "19. marraskuu 2026 10:00", "5. mai"),
        *("", "today", "10", "10:00", "1763546400", "\x00", "9" * 500, "\uff12026-11-19 10:00", "+0100"),
        *("0001-01-01 00:00:00 +0100", "9999-12-31 23:59:00 -0100"),
    ],
)
def test_invalid_and_ambiguous_times_are_rejected(text):
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-07-19 10:00 BST", "Europe/London", "2026-07-19 09:00:00 UTC"),
        ("2026-11-19 10:00 IST", "Asia/Kolkata", "2026-11-19 04:30:00 UTC"),
        ("2026-07-19 10:00 IST", "Europe/Dublin", "2026-07-19 09:00:00 UTC"),
        ("2026-11-19 10:00 CST", "America/Chicago", "2026-11-19 16:00:00 UTC"),
        ("2026-11-19 10:00 CST", "Asia/Shanghai", "2026-11-19 02:00:00 UTC"),
        ("2026-07-19 10:00 CST", "America/Chicago", "2026-07-19 16:00:00 UTC"),
        ("2026-11-19 10:00 EST", "Europe/London", "2026-11-19 15:00:00 UTC"),
        ("2026-11-19 10:00", "Europe/Berlin", "2026-11-19 10:00:00 UTC"),
    ],
)
def test_ambiguous_abbreviations_follow_the_courses_zone(text, zone, moment):
    assert utc_text(read_moment(text, zone)) == moment


def test_ambiguous_abbreviations_stay_unknown_without_a_matching_zone():
    for zone in ("UTC", "Europe/Berlin", "Nowhere", "", "../x"):
        assert read_moment("2026-07-19 10:00 BST", zone) is None
