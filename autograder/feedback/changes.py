"""Compares marks with those in the feedback that a student already has."""

from autograder.feedback.whole_tests import whole_tests

__all__ = ["changes_since", "changes_text", "page_facts"]

NOTHING = "–"
WHY = {
    "work": "You handed in again.",
    "tests": "The hidden tests were changed.",
    "tolerances": "A tolerance of the hidden tests was changed.",
    "solutions": "A solution that the hidden tests compare with was changed.",
    "settings": "A limit or another setting of the grader was changed.",
    "grader": "The grader was changed.",
}
UNKNOWN = "The hidden tests or the grader were changed."


def page_facts(assignment, result, notebook_grades, handed_in):
    """Return the marks on a student's pages, for later comparison, as a dict for JSON.

    Inputs:
    - result: Result. - notebook_grades: dict of notebook name → NotebookGrades, see gradebook.writer.
    - handed_in: when, as a text, or None.
    """
    parts = {}
    for exercise in assignment.exercises.values():
        scored = result.exercises[exercise.name]
        tests = {test.title: [test.earned, test.weight] for test in whole_tests(scored.tests)}
        facts = {"notebook": exercise.notebook, "auto": scored.score, "tests": tests}
        parts[exercise.name] = facts | _score_in(notebook_grades, exercise.notebook, exercise.grade_cell)
    for question in assignment.questions.values():
        facts = {"notebook": question.notebook, "auto": None, "tests": {}}
        parts[question.name] = facts | _score_in(notebook_grades, question.notebook, question.name)
    notebooks = {
        name: {"score": s.score, "points": s.max_score, "late_penalty": s.late_penalty, "due": s.due}
        for name, s in notebook_grades.items()
    }
    return {"parts": parts, "notebooks": notebooks, "handed_in": handed_in}


def _score_in(notebook_grades, notebook, grade_id):
    score, points = notebook_grades[notebook].scores[grade_id]
    return {"score": score, "points": points}


def changes_since(released, facts, causes, decided):
    """Compare marks with those in the feedback that a student has.

    Inputs:
    - released: what the student has, see released.read_released. - facts: see page_facts.
    - causes: see cache_keys.Keys.causes. - decided: dict of exercise or question → decisions of regrade requests.

    Returns: dict of since (time), and notebooks: dict of notebook name → dict of before, now (texts) and rows: list of
    dicts of part, before, now, why (sentences) and tests (list of dicts of title, before, now). None without changes.
    """
    old_parts, parts, notebooks = released["facts"]["parts"], facts["parts"], {}
    old_notebooks = released["facts"]["notebooks"]
    news = _Causes(released["causes"], causes)
    for name, now in facts["notebooks"].items():
        names = [part for part in {**parts, **old_parts} if parts.get(part, old_parts.get(part))["notebook"] == name]
        rows = []
        for part in names:
            new = [d for d in decided.get(part, ()) if d["decided"] >= released["time"]]
            if row := _row(part, old_parts.get(part), parts.get(part), news, new):
                rows.append(row)
        before = old_notebooks.get(name, {"score": None, "points": 0, "late_penalty": 0, "due": ""})
        if now["late_penalty"] != before["late_penalty"]:
            when = None if facts["handed_in"] == released["facts"]["handed_in"] else facts["handed_in"]
            rows.append(_late_row(before, now, when, bool(rows)))
        if rows:
            notebooks[name] = {"before": _of(before), "now": _of(now), "rows": rows}
    return {"since": released["time"], "notebooks": notebooks} if notebooks else None


class _Causes:
    """The differences between two runs that scored the same student."""

    def __init__(self, before, now):
        self.before, self.now = before, now

    def why(self, exercise):
        """Return the reasons why the hidden tests of an exercise came out differently; [] if they are not known."""
        if not self.before or not self.now:
            return []
        old, new = self._of(self.before, exercise), self._of(self.now, exercise)
        return [words for cause, words in WHY.items() if cause in new and old.get(cause, new[cause]) != new[cause]]

    @property
    def is_other_work(self):
        return self.before.get("work") != self.now.get("work")

    @staticmethod
    def _of(causes, exercise):
        return causes | {"tests": causes.get("tests", {}).get(exercise)}


def _row(part, old, new, causes, decided):
    if new is None:
        row = {"before": _of(old), "now": NOTHING, "why": ["It is no longer part of the assignment."]}
        return {"part": part, "tests": [], **row}
    if old is None:
        row = {"before": NOTHING, "now": _of(new), "why": ["It is a new part of the assignment."]}
        return {"part": part, "tests": [], **row}
    tests = _test_rows(old, new)
    if not tests and (old["score"], old["points"]) == (new["score"], new["points"]):
        return None
    why = [f"Your regrade request was {decision['decision']}." for decision in decided]
    if tests or old["auto"] != new["auto"]:
        found = causes.why(part)
        only_points = not tests and old["points"] != new["points"]
        why += found or ([] if only_points else [UNKNOWN])
    if old["points"] != new["points"]:
        why.append(f"It is worth {_number(new['points'])} points now, {_number(old['points'])} before.")
    why += _why_by_hand(old, new, causes)
    return {"part": part, "before": _of(old), "now": _of(new), "why": why, "tests": tests}


def _why_by_hand(old, new, causes):
    if not new["tests"] or None in (old["score"], new["score"]):  # what a person grades
        if old["score"] == new["score"]:
            return []
        if old["score"] is None:
            return ["A person graded it."]
        return [WHY["work"] if causes.is_other_work else "A person changed the points."]
    added = [round(facts["score"] - facts["auto"], 4) for facts in (old, new)]
    if added[0] == added[1]:
        return []
    return ["A person changed the points." if added[1] else "The points that a person gave were taken back."]


def _test_rows(old, new):
    """The tests that came out differently, with their points before and now."""
    totals = [sum(weight for _, weight in facts["tests"].values()) for facts in (old, new)]
    rows = []
    for title in {**new["tests"], **old["tests"]}:
        was, now = old["tests"].get(title), new["tests"].get(title)
        if was and now and was[0] * now[1] == now[0] * was[1] and _share(was, totals[0]) == _share(now, totals[1]):
            continue
        texts = [
            NOTHING if test is None else _of({"score": points * test[0] / total, "points": points * test[1] / total})
            for test, total, points in ((was, totals[0], old["points"]), (now, totals[1], new["points"]))
        ]
        rows.append({"title": title.removesuffix("."), "before": texts[0], "now": texts[1]})
    return rows


def _share(test, total):
    return round(test[1] / total, 6)


def _late_row(before, now, handed_in, other_points):
    if before["due"] != now["due"]:
        why = f"Your work is due at {now['due']} UTC now." if now["due"] else "There is no due date any more."
    elif handed_in:
        why = f"It was handed in at {handed_in}."
    else:
        why = "It follows from the points." if other_points else "The rule for late submissions was changed."
    texts = [f"−{_number(facts['late_penalty'])}" if facts["late_penalty"] else "0" for facts in (before, now)]
    return {"part": "late penalty", "before": texts[0], "now": texts[1], "why": [why], "tests": []}


def _of(facts):
    score = "not graded" if facts["score"] is None else _number(facts["score"])
    return f"{score} of {_number(facts['points'])}"


def _number(value):
    return f"{round(float(value), 2):g}"


def changes_text(change):
    """A change of changes_since as lines of plain text, for all notebooks together."""
    lines = [f"What changed since the feedback of {change['since']}:"]
    for notebook in change["notebooks"].values():
        for row in notebook["rows"]:
            lines.append(f"{row['part']}: {row['before']} → {row['now']} points. {' '.join(row['why'])}")
            lines.extend(f"    {test['title']}: {test['before']} → {test['now']}" for test in row["tests"])
    return lines
