"""The benchmarks run, with few rounds; what they measure is for `make bench` alone."""

import pytest

from benchmarks import browser, classes, data, sandbox, shapes

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("section", "few"),
    [
        (sandbox, {"ROUNDS": 1}),
        (classes, {"SMALL": 1, "MIDDLE": 2, "STOCK": 1}),
        (data, {"ROUNDS": 1}),
        (browser, {"VISITS": 1, "STEPS": 1}),
        (shapes, {"ROUNDS": 1, "ROUNDS_OF_SLOW": 1}),
    ],
    ids=["sandbox", "class", "data", "browser", "shapes"],
)
def test_a_section_is_written(section, few, monkeypatch, synthetic_data):
    monkeypatch.setenv("CS231N_DATA", str(synthetic_data))
    for name, value in few.items():
        monkeypatch.setattr(section, name, value)
    text = section.run()
    assert text.startswith("## ")
    assert "Not measured" not in text
