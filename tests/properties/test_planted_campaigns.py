"""Whatever a campaign would show one recipient of another stops it before row one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.planting.files import FILES
from checks.planting.pdf import PDFS
from checks.planting.spot import Spot
from checks.planting.text import IN_TEXT
from checks.planting.written import WRITTEN
from properties.worlds import EVE, FAITHFUL, SHAPES
from safesend import Campaign, Recipient, Template
from safesend.engine.report import Rehearsal
from safesend.errors import AttachmentError, UnsafeMessage
from safesend.message.attachment import Attachment
from safesend.transports import MemoryTransport

PLAIN = {
    "subject": "Hello {{ name }}",
    "text": "Dear {{ name }}, the hall is open. {{ note }}",
    "html": "<p>Dear {{ name }}, the <b>hall</b> is open. {{ note }}</p>",
    "headers": {"X-Note": "{{ short }}"},
}
Rows = list[Recipient]


def _person(address: str, **fields: str) -> Recipient:
    return Recipient(address, **{"name": "member", "note": "-", "short": "n", **fields})


def _with(rows: Rows, number: int, **fields: str) -> Rows:
    """The rows, one of them with other fields."""
    changed = list(rows)
    row = rows[number]
    changed[number] = Recipient(row.address, **{**row.fields, **fields})
    return changed


def _with_file(rows: Rows, number: int, file: Attachment) -> Rows:
    changed = list(rows)
    row = rows[number]
    changed[number] = Recipient(row.address, [file], **row.fields)
    return changed


def _rehearsed(rows: Rows, **template: object) -> Rehearsal:
    return Campaign(
        name="planted",
        sender="The Club <news@sender.example>",
        template=Template(**{**PLAIN, **template}),
        audience=rows,
    ).rehearse()


# Each puts a text where another row than the victim's would read it.
WAYS: dict[str, tuple[str, Callable[[Rows, int, str], Rehearsal]]] = {
    "field in the text": (
        "text",
        lambda rows, reader, said: _rehearsed(_with(rows, reader, note=said)),
    ),
    "field in the subject": (
        "Subject",
        lambda rows, reader, said: _rehearsed(_with(rows, reader, name=said)),
    ),
    "field in a header": (
        "X-Note",
        lambda rows, reader, said: _rehearsed(_with(rows, reader, short=said)),
    ),
    "template text": (
        "text",
        lambda rows, reader, said: _rehearsed(rows, text=f"For {{{{ name }}}}: {said}"),
    ),
    "template html": (
        "html",
        lambda rows, reader, said: _rehearsed(
            rows, html=f"<p>For {{{{ name }}}}: <i>{said}</i></p>"
        ),
    ),
    "template comment": (
        "html",
        lambda rows, reader, said: _rehearsed(
            rows, html=f"<p>For {{{{ name }}}}</p><!-- {said} -->"
        ),
    ),
    "template subject": (
        "Subject",
        lambda rows, reader, said: _rehearsed(rows, subject=f"For {said}"),
    ),
    "shared file": (
        "list.csv",
        lambda rows, reader, said: _rehearsed(rows, attachments=[_table(said)]),
    ),
    "personal file": (
        "list.csv",
        lambda rows, reader, said: _rehearsed(_with_file(rows, reader, _table(said))),
    ),
}


def _table(said: str) -> Attachment:
    content = f"name;mail\nEve;{said}\n".encode()
    return Attachment.from_bytes(content, name="list.csv")


def _told(rehearsal: Rehearsal) -> str:
    """Everything that a rehearsal says."""
    said = [*rehearsal.leaks, *rehearsal.warnings, *rehearsal.problems]
    advice = [leak.advice for leak in (*rehearsal.leaks, *rehearsal.warnings)]
    return " ".join(map(str, [*said, *advice])).casefold()


@pytest.mark.parametrize("way", WAYS)
def test_each_way_into_a_campaign_is_watched(way: str) -> None:
    """A leak names the part, and the address only masked."""
    rows = [_person(f"m{number}@example.net") for number in range(5)]
    rows.insert(3, _person(EVE))
    part, planted = WAYS[way]
    rehearsal = planted(rows, 1, EVE)
    assert any(part in leak.place for leak in rehearsal.leaks)
    assert "eve.stone" not in _told(rehearsal)


@settings(max_examples=40)
@given(
    victim=SHAPES,
    way=st.sampled_from(sorted(WAYS)),
    disguise=FAITHFUL,
    row=st.integers(0, 5),
    others=st.integers(1, 6),
)
def test_whoever_is_planted_stops_the_campaign(
    victim: str, way: str, disguise: str, row: int, others: int
) -> None:
    """Any address, in any row, shown to another row in any way."""
    rows = [_person(f"m{number}@example.net") for number in range(others)]
    rows.insert(row, _person(victim))
    row = min(row, others)
    reader = (row + 1) % len(rows)
    part, planted = WAYS[way]
    rehearsal = planted(rows, reader, IN_TEXT[disguise](victim))
    assert any(part in leak.place for leak in rehearsal.leaks)
    assert victim.casefold() not in _told(rehearsal)


@settings(max_examples=30)
@given(
    spot=st.sampled_from([*FILES.values(), *PDFS.values(), *WRITTEN.values()]),
    shared=st.booleans(),
    victim=st.integers(0, 4),
)
def test_whoever_stands_in_a_file_stops_the_campaign(
    spot: Spot, shared: bool, victim: int
) -> None:
    """Any place in any document, shared by all or of one row."""
    rows = [_person(f"m{number}@example.net") for number in range(4)]
    rows.insert(victim, _person(EVE))
    try:
        file = Attachment.from_bytes(spot.make(EVE), name=spot.file)
    except AttachmentError:  # a mail is no attachment at all
        assert spot.file.endswith((".eml", ".mbox"))
        return
    if shared:
        rehearsal = _rehearsed(rows, attachments=[file])
    else:
        rehearsal = _rehearsed(_with_file(rows, (victim + 1) % 5, file))
    assert any(
        leak.check == "I3" and spot.file in leak.place for leak in rehearsal.leaks
    )
    assert "eve.stone" not in _told(rehearsal)


@settings(max_examples=30)
@given(addresses=st.lists(SHAPES, min_size=1, unique_by=str.casefold), data=st.data())
def test_a_campaign_that_shows_each_their_own_is_clean(
    addresses: list[str], data: st.DataObject
) -> None:
    """Everybody reads their own address, in any disguise, in the text of their mail."""
    rows = []
    for address in addresses:
        disguise = data.draw(FAITHFUL)
        rows.append(_person(address, note=f"You are {IN_TEXT[disguise](address)}."))
    rehearsal = _rehearsed(rows)
    assert (rehearsal.leaks, rehearsal.problems) == ((), ())


def test_one_leak_stops_the_sending() -> None:
    """Nothing was sent, not even to the rows before the leak."""
    rows = [_person(f"m{number}@example.net") for number in range(50)]
    rows = _with([*rows, _person(EVE)], 49, note=EVE)
    campaign = Campaign(
        name="planted",
        sender="news@sender.example",
        template=Template(**PLAIN),
        audience=rows,
    )
    transport = MemoryTransport()
    with pytest.raises(UnsafeMessage) as caught:
        campaign.send(transport, ledger=":memory:")
    assert list(transport.messages) == []
    assert "eve.stone" not in str(caught.value)
