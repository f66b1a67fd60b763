"""The page about the checks says what the checks say."""

from __future__ import annotations

import re

import attrs
import pytest

from docs.checks_page import CLAUSES, EXAMPLES, FILE, INSIDE, TEMPLATE, page
from safesend.checks.base import Check
from safesend.checks.catalogue import ALL_CHECKS
from safesend.checks.documents.formats import FORMATS
from safesend.checks.mailboxes.catalogue import ADVICE_IDS

ROW = re.compile(r"^\| ([LI]\d+) \|.*\| (.+) \|$", re.MULTILINE)


def test_the_page_is_the_one_that_the_checks_make() -> None:
    """A docstring, a format or a limit that changes changes the page with it."""
    assert FILE.read_text("utf-8") == page(), "run: python tests/docs/checks_page.py"


def test_every_mechanism_stands_in_the_page_once() -> None:
    """L01 to L38 are a row each, in order, and so are the rules I1 to I9."""
    rows = [name for name, _ in ROW.findall(FILE.read_text("utf-8"))]
    mechanisms = [f"L{number:02}" for number in range(1, 39)]
    assert rows == [*mechanisms, *(f"I{number}" for number in range(1, 10))]


@pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: check.title)
def test_every_mechanism_that_is_checked_leads_to_its_check(check: Check) -> None:
    """Whose number has a check needs no answer of its own in the table."""
    rows = ROW.findall(TEMPLATE.read_text("utf-8"))
    answers = " ".join(answer for name, answer in rows if name[0] == "L")
    assert f"${check.id}" in answers


@pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: check.title)
def test_every_check_explains_itself(check: Check) -> None:
    """Title, danger, a real case, an answer and a way out: none is empty."""
    texts = attrs.asdict(check).values()
    assert all(text for text in texts if isinstance(text, str))


def test_every_advice_has_a_section() -> None:
    """Those about mailboxes stand below the checks, in order."""
    found = re.findall(r"^### (M\d+): ", FILE.read_text("utf-8"), re.MULTILINE)
    assert found == sorted(ADVICE_IDS)


def test_every_disguise_has_an_example() -> None:
    """What a leak may say of a disguise stands in the list with an example."""
    shown = {clause for text, _ in EXAMPLES for clause in text.split(", ") if clause}
    assert shown == CLAUSES


def test_no_format_is_described_that_does_not_exist() -> None:
    """What the page says of a format is of one that safesend knows."""
    assert set(INSIDE) <= {form.what for form in FORMATS}
