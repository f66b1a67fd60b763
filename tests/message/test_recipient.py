import enum
import pickle
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.message.recipient import Recipient, restored_recipient


def test_a_recipient_is_an_address_and_fields():
    """
    Keywords become fields; there is no key, no place and no file.
    """
    ada = Recipient("ada@example.org", name="Ada", born=1815)

    assert ada.address == Address.parse("ada@example.org")
    assert dict(ada.fields) == {"name": "Ada", "born": 1815}
    assert (ada.attachments, ada.key, ada.source) == ((), None, "")


def test_a_recipient_takes_a_parsed_address():
    """
    An Address is used as it is.
    """
    address = Address.parse("ada@example.org")

    assert Recipient(address).address is address


def test_a_row_knows_its_key_and_its_place():
    """
    from_row sets what a list knows, and lets fields have any name.
    """
    ada = Recipient.from_row(
        "ada@example.org", {"address": "x", "key": 7}, key="7", source="members.csv:17"
    )

    assert (ada.key, ada.source) == ("7", "members.csv:17")
    assert dict(ada.fields) == {"address": "x", "key": 7}


@pytest.mark.parametrize(
    "address",
    [
        ["ada@example.org"],
        ("ada@example.org", "bob@example.org"),
        {"ada@example.org"},
        None,
        "ada@example.org, bob@example.org",
        "ada@example.org;bob@example.org",
    ],
)
def test_several_addresses_are_no_recipient(address):
    """
    A list, or a text that is one, is refused with the way out.
    """
    with pytest.raises(AddressError, match=r"one Recipient .*per person") as caught:
        Recipient(address)

    assert "bob" not in str(caught.value)


def test_a_recipients_address_is_bare():
    """
    A display name is refused, as text and as a parsed sender.
    """
    sender = Address.parse("Ada <ada@example.org>", name_allowed=True)

    with pytest.raises(AddressError, match="display name"):
        Recipient(sender)
    with pytest.raises(AddressError, match="display name"):
        Recipient("Ada <ada@example.org>")


def test_fields_are_an_own_copy_that_stays():
    """
    What the caller changes later, and whoever holds the recipient, changes nothing.
    """
    row = {"tags": ["a", {"b": ["c"]}]}
    ada = Recipient.from_row("ada@example.org", row)
    row["tags"].append("x")
    row["tags"][1]["b"].append("x")

    assert ada.fields["tags"] == ("a", {"b": ("c",)})
    with pytest.raises(TypeError):
        ada.fields["name"] = "Bob"
    with pytest.raises(TypeError):
        ada.fields["tags"][1]["b"] = "x"
    with pytest.raises(AttributeError):
        ada.fields = {}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (b"bytes", "holds a bytes"),
        ({1, 2}, "holds a set"),
        (object(), "holds a object"),
        ([object()], "holds a object"),
        ({"a": b""}, "holds a bytes"),
        ({1: "a"}, "a key that is a int"),
        (1j, "holds a complex"),
        ("\ud800", "no Unicode"),
        ({"\ud800": 1}, "no Unicode"),
        (1 << 5_000, "4096 bits"),
        (-(1 << 5_000), "4096 bits"),
        (type("Stamp", (datetime,), {})(2026, 1, 1), "holds a Stamp"),
    ],
)
def test_what_a_field_cannot_hold_is_refused(value, hint):
    """
    The error names the field and the place, and says what a field may hold.
    """
    with pytest.raises(ConfigurationError, match=hint) as caught:
        Recipient.from_row("ada@example.org", {"odd": value}, source="members.csv:17")
    with pytest.raises(ConfigurationError, match=r"^the field 'odd' "):
        Recipient("ada@example.org", odd=value)

    assert str(caught.value).startswith("members.csv:17: the field 'odd' ")


def test_a_value_that_holds_itself_is_refused():
    """
    Nesting ends at twenty levels.
    """
    endless = []
    endless.append(endless)

    with pytest.raises(ConfigurationError, match="nested deeper"):
        Recipient("ada@example.org", endless=endless)


class Colour(enum.StrEnum):
    RED = "red"


class Size(enum.IntEnum):
    BIG = 3


class Markup(str):
    __slots__ = ()

    def __html__(self):
        return self


class Share(float):
    pass


@pytest.mark.parametrize(
    ("value", "kept", "kind"),
    [
        (Colour.RED, "red", str),
        (Size.BIG, 3, int),
        (Markup("<b>"), "<b>", str),
        (Share(0.5), 0.5, float),
        (True, True, bool),
        (None, None, type(None)),
        (Decimal("1.50"), Decimal("1.50"), Decimal),
        (date(2026, 1, 2), date(2026, 1, 2), date),
        (time(12, 30), time(12, 30), time),
        (["a"], ("a",), tuple),
    ],
)
def test_values_are_kept_as_plain_ones(value, kept, kind):
    """
    Subclasses lose what they add: nothing in a field is markup, or prints otherwise.
    """
    field = Recipient("ada@example.org", value=value).fields["value"]

    assert field == kept
    assert type(field) is kind


def test_dates_keep_their_offset_and_not_their_zone():
    """
    So a date prints the same before and after it was stored.
    """
    from zoneinfo import ZoneInfo

    summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Madrid"))
    ada = Recipient(
        "ada@example.org",
        summer=summer,
        noon=time(12, tzinfo=ZoneInfo("Europe/Madrid")),
        fold=datetime(2026, 7, 1, fold=1, tzinfo=UTC),
        zulu=time(12, tzinfo=UTC),
    )

    assert ada.fields["summer"].isoformat() == "2026-07-01T12:00:00+02:00"
    assert ada.fields["summer"].tzname() == "UTC+02:00"
    assert ada.fields["noon"].tzinfo is None
    assert ada.fields["fold"].fold == 0
    assert ada.fields["zulu"].tzinfo is UTC


def test_a_recipient_prints_masked_and_without_values():
    """
    The representation shows a masked address, the place and the names of fields.
    """
    ada = Recipient.from_row("ada@example.org", {"name": "Lovelace"}, source="a.csv:2")

    assert repr(ada) == "<Recipient a…@example.org from a.csv:2, fields: name>"
    assert (
        repr(Recipient("ada@example.org")) == "<Recipient a…@example.org, fields: none>"
    )


def test_recipients_are_equal_by_what_they_are():
    """
    Address, fields, files and key count; the place in a list does not.
    """
    one = Recipient.from_row("ada@example.org", {"a": 1}, source="a.csv:2")
    two = Recipient.from_row("ADA@example.org", {"a": 1}, source="b.csv:9")

    assert one == two
    assert len({one, two, Recipient("ada@example.org", a=2)}) == 2


def test_a_recipient_can_be_pickled():
    """
    A worker process gets an equal one, read-only as before.
    """
    ada = Recipient.from_row(
        "ada@example.org", {"a": {"b": ["c"]}}, key="k", source="a.csv:2"
    )

    again = pickle.loads(pickle.dumps(ada))

    assert (again, again.key, again.source) == (ada, "k", "a.csv:2")
    with pytest.raises(TypeError):
        again.fields["a"] = 1


def test_a_recipient_is_restored_of_its_parts():
    """
    Restoring copies and checks nothing.
    """
    ada = Recipient("ada@example.org", name="Ada")

    assert restored_recipient(ada.address, {"name": "Ada"}) == ada
