from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.testing.strategies import (
    addresses,
    audiences,
    hostile_text,
    recipients,
    templates,
)


@given(addresses())
def test_addresses_are_addresses(text: str) -> None:
    """Each is taken, and is on a reserved domain."""
    address = Address.parse(text)

    assert address.wire == text
    assert text.endswith((".example", ".test", ".example.org", ".example.com"))


@given(addresses("example.org"))
def test_a_domain_can_be_given(text: str) -> None:
    """All of them are there then."""
    assert text.endswith("@example.org")


@given(recipients("name", "city"))
def test_recipients_have_the_fields_asked_for(recipient: Recipient) -> None:
    """And nothing else."""
    assert set(recipient.fields) == {"name", "city"}


@given(recipients("name", values=st.integers()))
def test_the_values_of_recipients_can_be_given(recipient: Recipient) -> None:
    """Of any kind that a field may hold."""
    assert isinstance(recipient.fields["name"], int)


@given(audiences("name", min_size=2, max_size=5))
def test_audiences_have_everybody_once(people: list[Recipient]) -> None:
    """And all rows the same fields."""
    assert 2 <= len(people) <= 5
    assert len({person.address for person in people}) == len(people)
    assert {tuple(person.fields) for person in people} == {("name",)}


@given(templates("name", "city"))
def test_templates_ask_for_no_other_fields(template: Template) -> None:
    """They are sound: each compiles."""
    assert template.fields <= {"name", "city"}


@given(templates())
def test_a_template_may_have_no_fields(template: Template) -> None:
    """Then it is the same for all."""
    assert template.fields == frozenset()


@given(st.lists(hostile_text(), min_size=1))
def test_hostile_text_is_text(texts: list[str]) -> None:
    """Whatever it holds."""
    assert all(isinstance(text, str) for text in texts)


def test_without_hypothesis_it_says_what_to_install() -> None:
    """As a fresh installation has it."""
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import safesend.testing.strategies"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "pip install hypothesis" in done.stderr
