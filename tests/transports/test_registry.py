from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import safesend.transports
from safesend.errors import ConfigurationError
from safesend.redaction import Secret
from safesend.transports import SmtpTransport, open_transport


def test_every_built_in_scheme_opens(tmp_path: Path) -> None:
    """Each leads to the carrier of its name."""
    opened = {
        url: type(open_transport(url)).__name__
        for url in (
            "smtp://mail.example.org",
            "smtps://mail.example.org",
            "smtp+insecure-plaintext://mail.example.org",
            f"eml:{tmp_path}",
            f"maildir:{tmp_path}",
            f"mbox:{tmp_path}/x.mbox",
            "memory:",
            "EML:" + str(tmp_path),
        )
    }
    assert list(opened.values()) == [
        *["SmtpTransport"] * 3,
        "EmlTransport",
        "MaildirTransport",
        "MboxTransport",
        "MemoryTransport",
        "EmlTransport",
    ]


def test_the_password_goes_to_the_carrier_as_a_secret() -> None:
    """And cannot be seen on the way."""
    for password in ("hunter2", Secret("hunter2")):
        transport = open_transport("smtp://ada@mail.example.org", password=password)

        assert isinstance(transport, SmtpTransport)
        assert transport.password == Secret("hunter2")
        assert "hunter2" not in repr(transport)


@pytest.mark.parametrize("url", ["", "out", "C:", ":x", "pigeon:home", "1x:y"])
def test_what_is_not_known_is_refused_with_what_is(url: str) -> None:
    """The error lists the schemes there are, and shows nothing else of the URL."""
    with pytest.raises(ConfigurationError) as caught:
        open_transport(url)

    listed = str(caught.value).partition("known are ")[2].split(", ")
    known = [name.removesuffix(":") for name in listed]
    assert known == sorted(known)
    assert {"eml", "failover", "lmtp", "memory", "mx", "ses", "smtp"} <= {*known}
    assert "home" not in str(caught.value)


def test_nothing_of_a_wrong_url_is_repeated() -> None:
    """It may hold a password."""
    with pytest.raises(ConfigurationError) as caught:
        open_transport("smpt://ada:hunter2@mail.example.org")

    assert "hunter2" not in str(caught.value)
    assert "no transport is called smpt" in str(caught.value)


@attrs.frozen
class Pigeon:
    """A carrier of another package."""

    url: str

    @classmethod
    def from_url(cls, url: str, *, password: object = None) -> Pigeon:
        return cls(url)


@pytest.fixture
def _added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package that brings carriers."""
    folder = tmp_path / "pigeon-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon\n")
    (folder / "entry_points.txt").write_text(
        "[safesend.transports]\n"
        f"pigeon = {__name__}:Pigeon\n"
        f"eml = {__name__}:Pigeon\n"
        "broken = no_such_module:Thing\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("_added")
def test_other_packages_can_add_carriers() -> None:
    """By an entry point; but the built-in names are not theirs."""
    assert open_transport("pigeon:home") == Pigeon("pigeon:home")
    assert not isinstance(open_transport("eml:out"), Pigeon)
    with pytest.raises(ConfigurationError, match="pigeon:"):
        open_transport("falcon:home")


@pytest.mark.usefixtures("_added")
def test_a_carrier_that_cannot_be_loaded_is_named() -> None:
    """With what is missing."""
    with pytest.raises(ConfigurationError, match=r"broken: .*no_such_module"):
        open_transport("broken:x")


def test_carriers_are_imported_on_use() -> None:
    """Importing the room brings none of them; asking for one does."""
    code = (
        "import sys, safesend.transports as t\n"
        "room = [m for m in sys.modules if m.startswith('safesend.transports.')]\n"
        "assert room == ['safesend.transports.base'], room\n"
        "t.SmtpTransport\n"
        "assert 'safesend.transports.smtp' in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )


def test_a_name_that_is_not_there_is_an_ordinary_error() -> None:
    """`hasattr` and friends work as ever."""
    assert not hasattr(safesend.transports, "PigeonTransport")
