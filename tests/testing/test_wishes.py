from __future__ import annotations

import pytest

from safesend.testing.syntax import Bad
from safesend.testing.wishes import check_wishes

ADA = "ada@x.example"


@pytest.mark.parametrize(
    ("name", "value", "mailbox"),
    [
        ("RET", "hdrs", ADA),
        ("RET", "FULL", ADA),
        ("ENVID", "a+2Bb", ADA),
        ("ENVID", "e" * 94, ADA),
        ("NOTIFY", "never", ADA),
        ("NOTIFY", "SUCCESS,FAILURE,DELAY", ADA),
        ("ORCPT", f"rfc822;{ADA}", ADA),
        ("ORCPT", "RFC822;a+2Bb@x.example", "a+b@x.example"),
        ("ORCPT", "utf-8;ä\\x{2B}b@x.example", "ä+b@x.example"),
    ],
)
def test_what_the_rfc_allows_is_kept(name: str, value: str, mailbox: str) -> None:
    """As it was written."""
    given = {name: value, "SIZE": "1"}

    assert check_wishes(given, mailbox, utf8=True) == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RET", "BODY"),
        ("ENVID", "a+b"),
        ("ENVID", "a+2b"),
        ("ENVID", ""),
        ("ENVID", "ä"),
        ("ENVID", "e" * 95),
        ("NOTIFY", "NEVER,FAILURE"),
        ("NOTIFY", "ALWAYS"),
        ("ORCPT", ADA),
        ("ORCPT", f"x400;{ADA}"),
        ("ORCPT", "rfc822;eve@x.example"),
        ("ORCPT", "rfc822;" + "a" * 490),
    ],
)
def test_anything_else_is_refused(name: str, value: str) -> None:
    """Also an ORCPT that is not the mailbox of RCPT."""
    with pytest.raises(Bad, match=r"^501 5\.5\.4"):
        check_wishes({name: value}, ADA, utf8=True)


def test_other_scripts_are_for_smtputf8() -> None:
    """RFC 6533 section 3."""
    with pytest.raises(Bad, match="ORCPT"):
        check_wishes({"ORCPT": "utf-8;ä@x.example"}, "ä@x.example", utf8=False)
