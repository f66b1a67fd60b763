"""What a look before sending found."""

import pytest

from safesend.preflight.report import Finding, Grade, worst


@pytest.mark.parametrize(
    ("grades", "whole"),
    [
        ("", "pass"),
        ("pass", "pass"),
        ("pass warn", "warn"),
        ("warn unknown pass", "unknown"),
        ("unknown fail", "fail"),
    ],
)
def test_the_worst_counts(grades, whole):
    """
    What is not known comes before what is merely not good.
    """
    found = [
        Finding(check="P1", what="SPF", grade=Grade(grade), reason="so")
        for grade in grades.split()
    ]
    assert worst(found) == Grade(whole)
