import pytest

from safesend.checks.mime_tree import read_entity
from safesend.checks.mime_types import Role, charset_of, name_of, role_of, unit_of

PDF = "application/pdf"
SEALED = "application/pkcs7-mime"

PARTS = [
    ("", Role.TEXT, "text"),
    ("text/plain", Role.TEXT, "text"),
    ("text/plain; name=a.txt", Role.FILE, "attachment 'a.txt'"),
    ("text/plain; name=a.txt\nContent-Disposition: inline", Role.TEXT, "text"),
    ("text/plain\nContent-Disposition: attachment", Role.FILE, None),
    ("text/html", Role.HTML, "html"),
    ("text/html; name=a.html", Role.HTML, "html"),
    (
        "text/html\nContent-Disposition: attachment; filename=a.html",
        Role.FILE,
        "attachment 'a.html'",
    ),
    ("text/x-amp-html", Role.AMP, "amp"),
    ("text/calendar", Role.CALENDAR, "calendar"),
    ("text/calendar; name=a.ics", Role.CALENDAR, "attachment 'a.ics'"),
    ("message/rfc822", Role.MAIL, "attached mail"),
    ("message/rfc822\nContent-Disposition: attachment", Role.MAIL, "attached mail"),
    ("message/rfc822; name=old.eml", Role.MAIL, "attachment 'old.eml'"),
    ("message/partial", Role.FRAGMENT, "attached mail"),
    ("text/rfc822-headers", Role.HEADERS, "attached mail"),
    ("message/delivery-status", Role.REPORT, "delivery report"),
    (SEALED, Role.SEALED, "sealed mail"),
    (f"{SEALED}; smime-type=signed-data", Role.SEALED, "sealed mail"),
    (f"{SEALED}; smime-type=certs-only", Role.FILE, None),
    (PDF, Role.FILE, f"attachment without a name ({PDF})"),
    (f"{PDF}; name=ada@example.org.pdf", Role.FILE, "attachment 'a…@example.org.pdf'"),
    ("image/png; name=a.png", Role.FILE, "attachment 'a.png'"),
    ("image/png; name=a.png\nContent-ID: <x>", Role.FILE, "picture 'a.png'"),
    (
        "image/png\nContent-Disposition: inline",
        Role.FILE,
        "picture without a name (image/png)",
    ),
    ("multipart/mixed", None, "multipart"),
]


@pytest.mark.parametrize(("head", "role", "unit"), PARTS)
def test_what_a_part_is_to_its_reader(head, role, unit):
    """By its type, its disposition and whether it has a name."""
    entity = read_entity(f"Content-Type: {head}\n\n".encode())

    assert role in (None, role_of(entity))
    assert unit in (None, unit_of(entity))


def test_the_charset_of_a_part():
    """The declared one, or nothing."""
    assert charset_of(read_entity(b'Content-Type: a/b; charset="x"\n\n')) == "x"
    assert charset_of(read_entity(b"Content-Type: a/b\n\n")) == ""


def test_a_file_without_a_name_gets_one_by_its_type():
    """So that its reader knows the format where the content leaves it open."""
    assert name_of("text/csv").endswith(".csv")
    assert name_of("application/octet-stream") == ""
