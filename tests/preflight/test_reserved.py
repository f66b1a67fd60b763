"""Which domains are nobody's."""

from __future__ import annotations

import pytest

from safesend.preflight.reserved import is_reserved


@pytest.mark.parametrize(
    "domain",
    [
        "example.org",
        "mail.example.com",
        "example.net",
        "a.example",
        "x.test",
        "invalid",
    ],
)
def test_a_name_for_examples(domain):
    """RFC 2606 and RFC 6761."""
    assert is_reserved(domain)


@pytest.mark.parametrize(
    "domain",
    ["example.de", "myexample.org", "test.org", "example.com.de", "localhost.de"],
)
def test_a_name_that_somebody_may_have(domain):
    """Whatever stands before or behind the word."""
    assert not is_reserved(domain)
