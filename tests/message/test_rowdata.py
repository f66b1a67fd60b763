import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AttachmentError
from safesend.message.attachment import Attachment
from safesend.message.recipient import Recipient
from safesend.message.rowdata import pack, packed, unpack

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
zones = st.none() | st.builds(
    lambda seconds: timezone(timedelta(seconds=seconds)), st.integers(-86_399, 86_399)
)
plain = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.times(timezones=zones)
    | st.datetimes(timezones=zones)
)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=6,
)
addresses = st.sampled_from(
    ["ada@example.org", "Ada.L@example.org", "jörg@bücher.example", '"a b"@example.org']
)


def look(value):
    """The value with its types, since 1 == True == 1.0 == Decimal(1)."""
    if isinstance(value, tuple):
        return [look(item) for item in value]
    if hasattr(value, "items"):
        return {name: look(item) for name, item in value.items()}
    return (type(value), str(value))


@given(addresses, st.dictionaries(texts, values, max_size=4), st.none() | texts, texts)
def test_a_row_comes_back_as_it_was(address, fields, key, source):
    """
    Every value that a field can hold, of the same type, in the same order.
    """
    row = Recipient.from_row(address, fields, key=key, source=source)

    again = unpack(pack(row))

    assert look(again.fields) == look(row.fields)
    assert list(again.fields) == list(row.fields)
    assert again == row
    assert (again.address.wire, again.key, again.source) == (
        row.address.wire,
        key,
        source,
    )


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1.50"),
        Decimal("-Infinity"),
        float("inf"),
        date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        time(1, 2),
        {"D": "1"},
        {"m": {"D": ["T"]}},
        {},
        [],
        [[], {}],
        "\ufeff\u2028\0",
    ],
)
def test_what_looks_like_our_own_tags_is_data(value):
    """
    Mappings that resemble a tag, and empty ones, survive.
    """
    row = Recipient("ada@example.org", value=value)

    assert look(unpack(pack(row)).fields) == look(row.fields)


def test_not_a_number_stays_one():
    """
    NaN is kept, though it equals nothing.
    """
    row = Recipient("ada@example.org", a=math.nan, b=Decimal("NaN"))

    again = unpack(pack(row)).fields

    assert math.isnan(again["a"])
    assert again["b"].is_nan()


def test_a_row_is_read_only_after_unpacking():
    """
    The fields, and the mappings inside of them, refuse to be changed.
    """
    again = unpack(pack(Recipient("ada@example.org", a={"b": 1})))

    for mapping in again.fields, again.fields["a"]:
        with pytest.raises(TypeError):
            mapping["x"] = 1


def test_octets_of_another_version_are_refused():
    """
    A row that another version wrote is not guessed at.
    """
    with pytest.raises(ValueError, match="another version"):
        unpack(b"2[]")
    with pytest.raises(ValueError, match="another version"):
        unpack(b"")


def test_files_given_as_octets_go_along():
    """
    Name, type, content id and octets come back.
    """
    file = Attachment.from_bytes(b"\0\xffticket", name="t.bin", cid="ticket")
    row = Recipient("ada@example.org", attachments=[file])

    again = unpack(pack(row))

    assert again == row
    assert again.attachments[0].load() == b"\0\xffticket"


def test_files_on_disk_go_as_their_path_and_digest(tmp_path, monkeypatch):
    """
    The octets stay on disk; the path is absolute, so that another folder does no harm.
    """
    (tmp_path / "t.pdf").write_bytes(b"ticket of ada")
    monkeypatch.chdir(tmp_path)
    packed = pack(
        Recipient("ada@example.org", attachments=[Attachment.from_path("t.pdf")])
    )
    monkeypatch.chdir("/")

    [file] = unpack(packed).attachments

    assert b"ticket of ada" not in packed
    assert (file.name, file.content_type) == ("t.pdf", "application/pdf")
    assert file.load() == b"ticket of ada"


def test_a_file_that_changed_since_it_was_packed_is_found(tmp_path):
    """
    Loading it raises: what was rehearsed is what is sent, or nothing.
    """
    path = tmp_path / "t.pdf"
    path.write_bytes(b"ticket of ada")
    packed = pack(
        Recipient("ada@example.org", attachments=[Attachment.from_path(path)])
    )
    path.write_bytes(b"ticket of bob")

    [file] = unpack(packed).attachments

    with pytest.raises(AttachmentError, match="changed"):
        file.load()


def test_a_file_that_is_missing_is_never_there(tmp_path):
    """
    Nobody looked into it: when it appears later, it is another one.
    """
    row = Recipient(
        "ada@example.org", attachments=[Attachment.from_path(tmp_path / "no.pdf")]
    )

    restored = unpack(pack(row))
    (tmp_path / "no.pdf").write_bytes(b"late")

    with pytest.raises(AttachmentError, match="changed"):
        restored.attachments[0].load()


def test_a_path_may_hold_any_octets(tmp_path):
    """
    A file's path need not be UTF-8 (PEP 383).
    """
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    (folder / "t.pdf").write_bytes(b"ticket")
    row = Recipient(
        "ada@example.org", attachments=[Attachment.from_path(folder / "t.pdf")]
    )

    assert unpack(pack(row)).attachments[0].load() == b"ticket"


def test_only_packable_values_are_packed():
    """
    A value that no Recipient can hold is a fault of ours, and says so.
    """
    row = Recipient("ada@example.org")
    object.__setattr__(row, "fields", {"a": object()})

    with pytest.raises(TypeError, match="cannot hold a object"):
        pack(row)


def test_content_is_not_where_a_list_and_its_files_lie(tmp_path):
    """
    The place of a row and the folder of a file are not what people agree to.
    """
    contents, payloads = set(), set()
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "a.txt"
        file.write_bytes(b"yours")
        row = Recipient.from_row(
            "ada@example.org",
            {"name": "Ada"},
            attachments=[Attachment.from_path(file)],
            source=f"{folder}/people.csv:2",
        )
        contents.add(packed(row).content)
        payloads.add(packed(row).payload)
        assert packed(row).payload == pack(row)
    given = Attachment.from_bytes(b"yours", name="a.txt")
    contents.add(
        packed(Recipient("ada@example.org", attachments=[given], name="Ada")).content
    )
    assert (len(contents), len(payloads)) == (1, 2)


@pytest.mark.parametrize(
    "other",
    [
        Recipient("adb@example.org", name="Ada"),
        Recipient("ada@example.net", name="Ada"),
        Recipient("ada@example.org", name="Adb"),
        Recipient("ada@example.org", Name="Ada"),
        Recipient("ada@example.org", name="Ada", more=""),
        Recipient("ada@example.org"),
        Recipient.from_row("ada@example.org", {"name": "Ada"}, key="1"),
        *(
            Recipient("ada@example.org", attachments=[file], name="Ada")
            for file in (
                Attachment.from_bytes(b"x", name="a.txt"),
                Attachment.from_bytes(b"y", name="a.txt"),
                Attachment.from_bytes(b"x", name="b.txt"),
                Attachment.from_bytes(b"x", name="a.txt", content_type="a/b"),
                Attachment.from_path("missing.txt", name="a.txt"),
            )
        ),
    ],
)
def test_content_changes_with_whatever_is_sent(other):
    """
    Mailbox, names and values of fields, key, and each file's name, type and octets.
    """
    row = Recipient("ada@example.org", name="Ada")
    assert packed(other).content != packed(row).content
    if other.attachments:
        first = Recipient(
            "ada@example.org",
            attachments=[Attachment.from_bytes(b"z", name="a.txt")],
            name="Ada",
        )
        assert packed(other).content != packed(first).content
