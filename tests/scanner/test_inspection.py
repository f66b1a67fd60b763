"""scanner/inspection.py: any message of any program, asked who it shows to whom."""

from __future__ import annotations

import hashlib
import os
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safesend import Allow, Recipient, Severity, Watch, inspect
from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address

ADA, BO = "ada.lovelace@example.net", "bo.diddley@example.net"
AUDIENCE = [ADA, BO, "third@example.com"]


def _message(text="Dear member,\n", to=ADA, **headers):
    message = EmailMessage()
    message["From"] = "The club <news@club.example>"
    message["To"] = to
    message["Subject"] = "Hello"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def _checks(message, **options):
    found = inspect(bytes(message), recipient=ADA, audience=AUDIENCE, **options)
    assert not any(local in str(found) for local in ("lovelace", "diddley", "third@"))
    return [leak.check for leak in found]


def test_a_private_message_is_clean():
    """With its own reader in it, and the sender's addresses."""
    text = f"Dear {ADA},\n\nwrite to office@club.example or news@club.example.\n"
    assert _checks(_message(text)) == []


@pytest.mark.parametrize(
    ("message", "check"),
    [
        (_message(f"ask {BO}"), "I3"),
        (_message(f"ask {BO.replace('@', '%40')}"), "I3"),
        (_message(to=f"{ADA}, {BO}"), "L01"),
        (_message(Cc=BO), "L01"),
        (_message(Bcc=BO), "L02"),
        (_message(Reply_To=BO), "L08"),
        (_message(X_SMTPAPI='{"to": ["a@b.example", "c@d.example"]}'), "L12"),
        (_message(List_Unsubscribe=f"<https://x.example/?u={ADA}>"), "I7"),
        (_message("Hello {{ name }}"), "L37"),
    ],
)
def test_a_leak_has_the_id_of_its_mechanism(message, check):
    """In texts and headers."""
    assert check in _checks(message)


def test_an_attachment_is_read():
    """A list in a file, a mail in a file."""
    message = _message()
    message.add_attachment(f"a,b\n1,{BO}\n".encode(), "text", "csv", filename="l.csv")
    [leak] = inspect(bytes(message), recipient=ADA, audience=AUDIENCE)
    assert leak.place == "attachment 'l.csv', cell B2"
    forwarded = _message()
    forwarded.add_attachment(_message(Bcc=BO))
    assert {"I3", "L20"} <= set(_checks(forwarded))


def test_values_of_other_rows_are_found():
    """Where the audience has fields; a digest of an address as well."""
    rows = [
        Recipient(ADA, account="ACC-00017-XY", ward="C7b"),
        Recipient(BO, account="ACC-00018-XY", ward="C9b"),
    ]
    text = "your account: ACC-00018-XY, ward C9b"
    found = inspect(bytes(_message(text)), recipient=rows[0], audience=rows)
    assert [leak.check for leak in found] == ["L17"]
    own = bytes(_message("your account: ACC-00017-XY"))
    assert inspect(own, recipient=ADA, audience=rows) == []
    private = inspect(
        bytes(_message("ward C9b")), recipient=ADA, audience=rows, private=["ward"]
    )
    assert [leak.check for leak in private] == ["L17"]
    digest = hashlib.sha256(BO.encode()).hexdigest()
    link = bytes(_message(f"https://x.example/{digest}"))
    assert [k.check for k in inspect(link, recipient=ADA, audience=rows)] == ["I3"]


def test_public_addresses_and_allowed_checks_pass():
    """And nothing else does."""
    assert _checks(_message(f"ask {BO}"), public=[BO]) == []
    people = "\n".join(f"guest{n}@elsewhere.example" for n in range(9))
    assert _checks(_message(people)) == ["L21"]
    assert _checks(_message(people), allow=[Allow("L21", "published")]) == []
    with pytest.raises(ConfigurationError, match="cannot be allowed"):
        _checks(_message(people), allow=["I3: they know each other"])


def test_warnings_are_told_on_demand():
    """What stops nothing."""
    message = _message()
    message.add_alternative("<img src='https://x.example/logo.png' alt='x'>", "html")
    assert _checks(message) == []
    found = inspect(bytes(message), recipient=ADA, audience=AUDIENCE, warnings=True)
    assert [leak.check for leak in found] == ["L16"]
    assert found[0].severity is Severity.WARN


def test_a_sender_may_be_on_the_list():
    """The From is no leak; a Reply-To that is another recipient's is one."""
    message = _message("see you, Bo\n")
    message.replace_header("From", BO)
    assert _checks(message) == []
    message["Reply-To"] = "third@example.com"
    assert "L08" in _checks(message)


@pytest.mark.parametrize("audience", [AUDIENCE, map(Address.parse, AUDIENCE)])
def test_an_audience_is_addresses_or_recipients(audience):
    """Any iterable of them."""
    found = inspect(bytes(_message(f"ask {BO}")), recipient=ADA, audience=audience)
    assert [leak.check for leak in found] == ["I3"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"message": "a text"}, ConfigurationError),
        ({"audience": ADA}, ConfigurationError),
        ({"audience": ["nobody"]}, AddressError),
        ({"recipient": "nobody"}, AddressError),
        ({"public": "office@example.org"}, ConfigurationError),
    ],
)
def test_wrong_arguments_are_errors(change, error):
    """Only the message is never one."""
    arguments = {"message": b"", "recipient": ADA, "audience": AUDIENCE, **change}
    with pytest.raises(error):
        inspect(arguments.pop("message"), **arguments)


def test_one_list_for_many_messages():
    """It is read once; what reads files ends with it."""
    before = _children()
    message = _message()
    message.add_attachment(_zip(), "application", "zip", filename="a.zip")
    with Watch(iter(AUDIENCE)) as watch:
        for _ in range(3):
            found = watch.inspect(bytes(message), ADA)
            assert [leak.check for leak in found] == ["I3"]
        assert watch.inspect(bytes(_message()), BO) != []
        assert len(_children() - before) <= 1
    assert _children() <= before


def _zip():
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("list.csv", f"a,{BO}\n")
    return out.getvalue()


def _children():
    return set(
        Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    )


WATCH = Watch(AUDIENCE)


@given(st.binary(max_size=1500))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_it_never_raises(octets):
    """Whatever the message is; and no address is repeated."""
    for leak in WATCH.inspect(octets, ADA, warnings=True):
        assert "lovelace" not in str(leak)


@given(
    st.lists(
        st.sampled_from(
            [
                b"To: ",
                b"Bcc: ",
                BO.encode(),
                ADA.encode(),
                b"\r\n",
                b"\n\n",
                b"Content-Type: message/rfc822",
                b"=?utf-8?b?",
                b"<",
                b">",
                b",",
                b":;",
                b"Content-Transfer-Encoding: base64",
                b"--x",
                b"; boundary=x",
                b"\xff",
                b"\0",
            ]
        )
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_leak_repeats_an_address(parts):
    """However the pieces of a message are thrown together."""
    for leak in WATCH.inspect(b"".join(parts), ADA, warnings=True):
        assert "lovelace" not in str(leak)
        assert "diddley" not in str(leak)
