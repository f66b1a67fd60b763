"""The tree walk, by the steps and examples of RFC 9989 section 4.10."""

from __future__ import annotations

import pytest

from safesend.preflight.dmarc_walk import questions, targets, walked

from .tables import SILENT, heard

LONG = "a.b.c.d.e.f.g.h.i.j.mail.example.com"


def walk(domain, **records):
    """The way up from a domain; a record is named by its domain, `_` for a dot."""
    table = {
        (f"_dmarc.{name.replace('_', '.')}", "TXT"): (
            text if isinstance(text, tuple) else (f'"v=DMARC1; {text}"',)
        )
        for name, text in records.items()
    }
    return walked(domain, [heard(table, one) for one in questions(domain)])


@pytest.mark.parametrize(
    ("domain", "way"),
    [
        ("com", ["com"]),
        ("a.com", ["a.com", "com"]),
        ("a.b.c.d.e.f.com", ["a.b.c.d.e.f.com", "b.c.d.e.f.com", "c.d.e.f.com",
                             "d.e.f.com", "e.f.com", "f.com", "com"]),
        (LONG, [LONG, "g.h.i.j.mail.example.com", "h.i.j.mail.example.com",
                "i.j.mail.example.com", "j.mail.example.com", "mail.example.com",
                "example.com", "com"]),
    ],
)  # fmt: skip
def test_eight_questions_are_the_most(domain, way):
    """
    A long name is cut to seven labels after the first.
    """
    assert targets(domain) == way
    assert questions(domain)[0] == (f"_dmarc.{domain}", "TXT")
    assert len(targets("x." * 60 + "com")) == 8


@pytest.mark.parametrize(
    ("records", "organization", "policy"),
    [
        ({}, "a.mail.example.com", None),
        ({"mail_example_com": "", "example_com": ""}, "example.com", "example.com"),
        ({"com": "psd=y"}, "example.com", "com"),
        ({"com": "psd=y", "example_com": ""}, "example.com", "example.com"),
        ({"com": "psd=u"}, "com", "com"),
        ({"example_com": "psd=y"}, "mail.example.com", "example.com"),
        ({"example_com": "", "mail_example_com": "psd=n"}, "mail.example.com",
         "mail.example.com"),
        ({"a_mail_example_com": "", "example_com": ""}, "example.com",
         "a.mail.example.com"),
        ({"a_mail_example_com": "psd=n", "example_com": ""}, "a.mail.example.com",
         "a.mail.example.com"),
        ({"a_mail_example_com": "psd=y", "example_com": ""}, "example.com",
         "a.mail.example.com"),
        ({"mail_example_com": "psd=y", "com": "psd=y"}, "a.mail.example.com",
         "mail.example.com"),
        ({"example_com": ('"v=DMARC1"', '"v=DMARC1; p=none"')}, "a.mail.example.com",
         None),
        ({"example_com": ('"v=spf1 -all"', '"v=DMARC1; p=none"')}, "example.com",
         "example.com"),
    ],
)  # fmt: skip
def test_whose_policy_and_which_organization(records, organization, policy):
    """
    Sections 4.10.1 and 4.10.2; several records at a place are none.
    """
    found = walk("a.mail.example.com", **records)
    assert found.organization == organization
    assert (found.policy.domain if found.policy else None) == policy


def test_the_walk_ends_at_a_public_suffix():
    """
    Or at who says that it is none; what is above is nobody's matter.
    """
    found = walk("a.mail.example.com", mail_example_com="psd=n", example_com=SILENT)
    assert [stop.domain for stop in found.stops][-1] == "mail.example.com"
    assert not found.unheard
    assert "nobody answers" in walk("a.com", com=SILENT).unheard


def test_what_is_worth_nothing_is_told():
    """
    Several records, and texts that nobody reads.
    """
    found = walk("a.com", a_com=('"v=DMARC1;p=none"', '"v=DMARC1"', '"x"'))
    assert len(found.stops[0].several) == 2
    found = walk("a.com", a_com=('"v=dmarc1; p=none"', '"x"'))
    assert found.stops[0].unread == ("v=dmarc1; p=none",)
    assert found.stops[0].several == ()
