"""engine/inspection.py: what all messages share, each row, and a sample read whole."""

from __future__ import annotations

import hashlib

import pytest

from engine.fleet import inspector, plan
from safesend import Allow, Attachment, Campaign, Recipient, Template
from safesend.engine.plan import rehearse
from safesend.engine.safety import Safety
from safesend.message.address import Address
from safesend.testing import FakeClock

FOREIGN = "far.away@example.net"


def _people(**second):
    rows = [Recipient(f"p{n}@example.org", name=f"Name {n}") for n in range(300)]
    rows[1] = Recipient("p1@example.org", **{"name": "Name 1", **second})
    return [*rows, Recipient(FOREIGN, name="Far Away-Nowhere")]


def _rehearsed(audience, **options):
    return rehearse(plan(audience, **options), b"k" * 32, FakeClock())


def _leaks(audience, **options):
    return [
        (leak.check, leak.place, leak.row)
        for leak in _rehearsed(audience, **options).leaks
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"Dear {{{{ name }}}}, write to {FOREIGN}",
        "Dear {{ name }}, write to far.away=40example.net",
        "Dear {{ name }}, write to far.away%40example.net",
        "Dear {{ name }}, \u0192ar.away@example.net".replace("\u0192", "f\u200b"),
    ],
)
def test_an_address_in_the_letter_is_found_once(text):
    """However it is written, and although its row is far away; not once a row."""
    assert [leak[:2] for leak in _leaks(_people(), text=text)] in (
        [("I3", "text, line 1")],
        [("I3", "text, line 1 (in quoted-printable)")],
        [("I3", "text, line 1 (percent-encoded)")],
        [("I3", "text, line 1 (with invisible characters)")],
    )


def test_an_address_in_a_file_is_found_once():
    """Each attachment is read once, before the first row."""
    sheet = Attachment.from_bytes(f"a,b\n1,{FOREIGN}\n".encode(), name="prices.csv")
    found = _leaks(_people(), attachments=[sheet])
    assert found == [("I3", "attachment 'prices.csv', cell B2", "")]


@pytest.mark.parametrize(
    ("text", "html", "place"),
    [
        ("{{ name }}", None, "text, line 1"),
        ("{{ name }}@example.net", None, "text, line 1"),
        ("-", "<p>{{ name }}</p>", "html, line 1"),
        ("-", "<a href='x?{{ name }}'>x</a>", "html, link"),
    ],
)
def test_an_address_in_a_row_is_found_in_its_message(text, html, place):
    """Whole, or made of a value and of what it touches."""
    value = "far.away" if text.endswith(".net") else FOREIGN
    rows = [r for r in _people(name=value) if r.address.local != "x"]
    found = [leak for leak in _leaks(rows, text=text, html=html) if leak[0] == "I3"]
    assert any(leak[1].startswith(place) for leak in found), found


def test_a_part_with_logic_is_read_for_every_row():
    """What Jinja2 makes of a row is looked at, tags or no tags."""
    rows = _people(name=FOREIGN)
    logic = "{% if name %}<b>{{ name }}</b>{% endif %}"
    assert any(k[0] == "I3" for k in _leaks(rows, text=logic))
    assert any(k[0] == "I3" for k in _leaks(rows, text="-", html=logic))
    split = [Recipient("p@example.org", a="far", b="away"), *_people()]
    html = "{% if a %}<b>{{ a }}</b>.<i>{{ b }}</i>@example.net{% endif %}"
    rows = [
        Recipient.from_row(r.address, {"a": "", "b": "", "name": "n", **r.fields})
        for r in split
    ]
    assert ("I3", "html", "") in _leaks(rows, text="-", html=html)


def test_a_subject_is_read_as_well():
    """With logic and without."""
    rows = _people(name=FOREIGN)
    assert any("Subject" in leak[1] for leak in _leaks(rows))
    one = plan(rows, text="-", headers={"X-Of": "{% if name %}{{ name }}{% endif %}"})
    found = rehearse(one, b"k" * 32, FakeClock()).leaks
    assert any("X-Of" in leak.place for leak in found)


def test_the_value_of_another_row_is_found():
    """An account number that only one row has, in somebody else's message."""
    rows = [
        Recipient("a@example.org", name="Ada", note="see ACC-00017-XY too"),
        Recipient("b@example.org", name="Bo", note="fine", account="ACC-00017-XY"),
    ]
    [leak] = _rehearsed(rows, text="{{ name }}: {{ note }}").leaks
    assert (leak.check, leak.place) == ("L17", "text, line 1")
    assert "account" in leak.reason
    shared = _rehearsed(rows, text="{{ name }} ACC-00017-XY").leaks
    assert {leak.check for leak in shared} == {"L17"}


def test_the_digest_of_another_row_is_found():
    """A picture's link with the MD5 of somebody else's address."""
    digest = hashlib.md5(FOREIGN.encode()).hexdigest()
    html = "<img src='https://example.org/{{ name }}.png' alt='you'>"
    found = _leaks(_people(name=digest), text="-", html=html)
    assert ("I3", "html, picture, line 1", "") in found


def test_personal_files_are_read_and_belong_to_one_person():
    """Nobody else's address in them, and nobody else's file."""
    bill = Attachment.from_bytes(f"for {FOREIGN}".encode(), name="bill.txt")
    rows = [
        Recipient("a@example.org", attachments=[bill], name="Ada"),
        Recipient("b@example.org", attachments=[bill], name="Bo"),
        Recipient(FOREIGN, name="Far"),
    ]
    found = {leak[:2] for leak in _leaks(rows)}
    assert found == {
        ("I3", "personal file 'bill.txt', line 1"),
        ("L22", "personal file 'bill.txt'"),
    }


def test_pairs_of_columns_say_the_same():
    """What was joined from two tables."""
    rows = [
        Recipient("a@example.org", name="A", account_mail="A@example.org"),
        Recipient("b@example.org", name="B", account_mail="c@example.org"),
    ]
    safety = Safety(verify=(("address", "account_mail"),))
    [leak] = _rehearsed(rows, safety=safety).leaks
    assert leak.check == "L17"
    assert "@" not in leak.reason.replace("…@", "")


def test_a_recipient_that_is_a_list_is_refused():
    """Whoever is on it would get the message of one."""
    [leak] = _rehearsed([Recipient("all-staff@example.org", name="All")]).leaks
    assert leak.check == "L05"


def test_what_is_public_may_stand_anywhere():
    """The sender, the reply address, declared addresses and phrases."""
    rows = _people()
    safety = Safety(public=(Address.parse(FOREIGN),), phrases=("Far Away-Nowhere",))
    text = f"{{{{ name }}}} news@example.org {FOREIGN} Far Away-Nowhere"
    assert _leaks(rows, text=text, safety=safety) == []


def test_what_is_allowed_passes_and_is_counted():
    """And nothing else does."""
    listing = "\n".join(f"guest{n}@elsewhere.example" for n in range(9))
    file = Attachment.from_bytes(listing.encode(), name="guests.txt")
    assert {k[0] for k in _leaks(_people(), attachments=[file])} == {"L21"}
    allow = Allow("L21", "a published list", place="guests.txt")
    rehearsal = _rehearsed(_people(), attachments=[file], safety=Safety(allow=(allow,)))
    assert rehearsal.ok
    assert rehearsal.allowed == {allow: 1}


def test_warnings_stop_nothing():
    """A picture from elsewhere is told, once for all messages."""
    html = "<p>{{ name }}</p><img src='https://elsewhere.example/logo.png' alt='l'>"
    rehearsal = _rehearsed(_people(), text="-", html=html)
    assert rehearsal.ok
    assert [warning.check for warning in rehearsal.warnings] == ["L16"]


def test_a_message_of_an_earlier_list_is_looked_at_when_it_is_sent():
    """Its values were checked against another list than this one."""
    old = Recipient("old@example.org", name=f"see {FOREIGN}")
    one = plan(_people())
    composed = one.preparer(b"k" * 32).compose(old, 0.0)
    assert [leak.check for leak in inspector(one).claimed(composed)] == ["I3", "I3"]
    fine = one.preparer(b"k" * 32).compose(Recipient("old@example.org", name="O"), 0.0)
    assert inspector(one).claimed(fine) == []


def test_files_of_an_earlier_list_are_looked_at_when_they_are_sent():
    """They were read for another list than this one."""
    file = Attachment.from_bytes(f"ask {FOREIGN}".encode(), name="bill.txt")
    old = Recipient("old@example.org", attachments=[file], name="O")
    one = plan(_people())
    composed = one.preparer(b"k" * 32).compose(old, 0.0)
    [leak] = inspector(one).claimed(composed)
    assert (leak.check, leak.place) == ("I3", "personal file 'bill.txt', line 1")


def test_what_the_campaign_writes_is_read():
    """The unsubscribe link and the names of pictures, also when the first row's own."""
    cid = Attachment.from_bytes(b"text", name="a.txt", cid=FOREIGN)
    rows = [Recipient(FOREIGN, name="Far"), Recipient("b@example.org", name="Bo")]
    found = _leaks(rows, text="-", attachments=[cid])
    assert ("I3", "attachment 'a.txt', header Content-ID", "") in found
    campaign = Campaign(
        name="x",
        sender="news@example.org",
        template=Template("Hi", text="-"),
        audience=rows,
        unsubscribe=f"https://example.org/{FOREIGN.encode().hex()}/{{token}}",
    )
    found = {(leak.check, leak.place) for leak in campaign.rehearse().leaks}
    assert ("I3", "header List-Unsubscribe (in hexadecimal)") in found


def test_the_digest_of_another_row_in_a_file_is_found():
    """Although neither the letter nor a row has one."""
    digest = hashlib.sha1(FOREIGN.encode()).hexdigest()
    file = Attachment.from_bytes(f"id,{digest}\n".encode(), name="ids.csv")
    found = _leaks(_people(), attachments=[file])
    assert [leak[:2] for leak in found] == [("I3", "attachment 'ids.csv', cell B1")]


def test_what_a_whole_reading_finds_is_told_once():
    """A header that all messages have, although several are read whole."""
    rows = [Recipient(f"p{n}@example.org", name=f"N{n}") for n in range(1001)]
    reply_to = Address.parse("all-members@example.org")
    [leak] = _rehearsed(rows, reply_to=reply_to).leaks
    assert leak.check == "L08"


def test_what_suits_no_mailbox_refuses_nothing():
    """It is a warning beside the leaks, said once of all rows."""
    people = [Recipient(f"p{n}@example.net", url="www.a.example") for n in range(3)]
    template = Template("Hello", html="<p>Hello</p><a href='{{ url }}'>here</a>")
    campaign = Campaign(
        name="spring", sender="news@example.org", template=template, audience=people
    )
    rehearsal = campaign.rehearse()
    assert rehearsal.ok
    assert [warning.check for warning in rehearsal.warnings] == ["M04"]
