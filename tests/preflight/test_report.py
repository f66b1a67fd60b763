"""What a look before sending found."""

import pytest

from safesend.preflight.report import Finding, Grade, skipped, unlooked, worst


@pytest.mark.parametrize(
    ("grades", "whole"),
    [
        ("", "skipped"),
        ("skipped", "skipped"),
        ("skipped pass", "pass"),
        ("pass", "pass"),
        ("pass warn", "warn"),
        ("warn unknown pass", "unknown"),
        ("unknown fail", "fail"),
    ],
)
def test_the_worst_counts(grades, whole):
    """
    What is not known comes before what is merely not good; of nothing nothing is known.
    """
    found = [
        Finding(check="P1", what="SPF", grade=Grade(grade), reason="so")
        for grade in grades.split()
    ]
    assert worst(found) == Grade(whole)


def test_what_was_not_looked_at_is_named_by_its_check():
    """
    Not where something else of the check was.
    """
    seen = Finding(check="P11", what="Page", grade=Grade.PASS, reason="so")
    found = [
        skipped("P6", "PTR", "no address", "name it"),
        seen,
        skipped("P11", "Opening", "nobody's token", "try it"),
        skipped("P7", "TLS", "no server", "name it"),
        skipped("P7", "TLS", "no server", "name it"),
    ]
    assert unlooked(found) == ("P6", "P7")
    assert unlooked([seen]) == ()
