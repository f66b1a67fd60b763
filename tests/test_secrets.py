"""Secrets are read from where they are kept, and never told."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback

import keyring
import pytest
from keyring.backends import fail, null

import safesend
from own_keyring import OctetKeyring, OwnKeyring, TalkativeKeyring
from safesend import Secret, redaction
from safesend.errors import ConfigurationError
from safesend.transports import SmtpTransport

PEM = "-----BEGIN KEY-----\nhunter2\n-----END KEY-----\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The keyring of the tests is in use, with one password in it."""
    monkeypatch.setenv("OWN_KEYRING", str(tmp_path / "kept.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(OwnKeyring())
    keyring.set_password("mail", "ada@example.org", "hunter2")
    yield keyring.set_keyring
    keyring.set_keyring(before)


def _file(path, content, mode=0o600):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def _wrong(read):
    """The message of the error; neither it nor its traceback tells the secret."""
    with pytest.raises(ConfigurationError) as caught:
        read()
    error = caught.value
    told = "".join(traceback.TracebackException.from_exception(error).format())
    assert "hunter2" not in told
    assert error.__context__ is None or error.__suppress_context__
    return str(error)


def test_a_variable_holds_it(monkeypatch):
    """As it is."""
    monkeypatch.setenv("MAIL_PW", "hunter 2 ")

    assert Secret.from_env("MAIL_PW").reveal() == "hunter 2 "


@pytest.mark.parametrize("value", ["", " \n"])
def test_an_empty_variable_is_told(monkeypatch, value):
    """An empty password would be sent as one."""
    monkeypatch.setenv("MAIL_PW", value)

    assert "the variable MAIL_PW should hold" in _wrong(
        lambda: Secret.from_env("MAIL_PW")
    )
    assert "the variable MISSING" in _wrong(lambda: Secret.from_env("MISSING"))


@pytest.mark.parametrize(
    "text", ["hunter 2 \nrest", "hunter 2 \r\n", "\ufeffhunter 2 "]
)
def test_a_file_holds_it_in_its_first_line(tmp_path, caplog, text):
    """Without the line end, or what an editor puts before it."""
    assert Secret.from_file(_file(tmp_path / "pw", text)).reveal() == "hunter 2 "
    assert caplog.records == []


@pytest.mark.parametrize("sign", ["\f", "\x1c", "\x85", "\u2028"])
def test_only_a_line_end_ends_the_line(tmp_path, sign):
    """Others that Unicode knows may be part of a password."""
    file = _file(tmp_path / "pw", f"hunter{sign}2\rrest")
    assert Secret.from_file(file).reveal() == f"hunter{sign}2"


def test_octets_that_are_no_text_are_told(monkeypatch, own, tmp_path):
    """No login could say them, and no frame of the error holds them."""
    monkeypatch.setenv("MAIL_PW", "hunter\udcff2")
    with pytest.raises(ConfigurationError, match="no text in UTF-8") as caught:
        Secret.from_env("MAIL_PW")
    traced = caught.value.__traceback__.tb_next
    frames = traceback.TracebackException(
        ConfigurationError, caught.value, traced, capture_locals=True
    )
    assert "hunter" not in "".join(frames.format())

    own(OctetKeyring())
    message = _wrong(lambda: Secret.from_keyring("mail", "ada"))
    assert "the keyring, for ada at mail, should hold" in message
    assert "no path" in _wrong(lambda: Secret.from_file("a\0b"))


def test_a_file_may_be_a_secret_as_a_whole(tmp_path):
    """A key is more than a line."""
    assert Secret.from_file(_file(tmp_path / "k", PEM), whole=True).reveal() == PEM


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_told(tmp_path, caplog, mode):
    """It works, as container platforms mount secrets so, and it is said."""
    file = _file(tmp_path / "pw", "hunter2", mode)

    with caplog.at_level(logging.WARNING, "safesend"):
        assert Secret.from_file(str(file)).reveal() == "hunter2"

    [record] = caplog.records
    assert f"chmod 600 {file}" in record.getMessage()
    assert "hunter2" not in record.getMessage()


def test_a_pipe_is_a_file(tmp_path):
    """A shell makes one of what a password manager prints: <(pass mail)."""
    read, write = os.pipe()
    os.write(write, b"hunter2\n")
    os.close(write)

    assert Secret.from_file(f"/dev/fd/{read}").reveal() == "hunter2"
    os.close(read)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the first line of"),
        (b"\nhunter2", "the first line of"),
        (b"hunter2\xff", "is not text"),
        (b"hunter2" * 10_000, "too long"),
    ],
)
def test_a_file_that_holds_none_is_told(tmp_path, content, words):
    """It is named, and nothing of it repeated."""
    file = _file(tmp_path / "pw", content)

    message = _wrong(lambda: Secret.from_file(file))

    assert words in message
    assert str(file) in message


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    """Why, and which."""
    message = _wrong(lambda: Secret.from_file(tmp_path / "none"))
    assert message == f"there is no password file {tmp_path / 'none'}"
    assert "Is a directory" in _wrong(lambda: Secret.from_file(tmp_path))


def test_the_keyring_holds_it(own):
    """For a service and a user."""
    assert Secret.from_keyring("mail", "ada@example.org").reveal() == "hunter2"


def test_what_the_keyring_does_not_hold_can_be_put_there(own):
    """The message is the command, quoted for a shell."""
    message = _wrong(lambda: Secret.from_keyring("our mail", "bo"))

    assert "no password of bo for our mail" in message
    assert "'keyring set 'our mail' bo'" in message


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        (fail.Keyring, "(NoKeyringError)"),
        (TalkativeKeyring, "(KeyringLocked)"),
        (null.Keyring, "holds no password of ada@example.org"),
    ],
)
def test_a_keyring_that_gives_none_is_told(own, backend, words):
    """What it says itself is not repeated: it may hold anything."""
    own(backend())

    assert words in _wrong(lambda: Secret.from_keyring("mail", "ada@example.org"))


def test_without_the_package_it_is_said_how_to_get_it():
    """In a process that cannot import it."""
    code = (
        "import sys; sys.modules['keyring'] = None\n"
        "import safesend\n"
        "safesend.Secret.from_keyring('mail', 'ada')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert 'pip install "safesend[keyring]"' in done.stderr
    assert "'keyring set mail ada'" in done.stderr


def test_it_is_a_secret_wherever_one_is_taken(monkeypatch):
    """And prints as three asterisks in whatever holds it."""
    monkeypatch.setenv("MAIL_PW", "hunter2")
    secret = Secret.from_env("MAIL_PW")
    server = SmtpTransport("mx.example.org", username="ada", password=secret)

    assert isinstance(secret, redaction.Secret)
    assert server.password is secret
    for shown in (f"{secret} {secret!r} {[secret]} {server!r}", "%s" % secret):  # noqa: UP031
        assert "hunter2" not in shown
        assert "***" in shown or "SmtpTransport" in shown
    assert "Secret" in safesend.__all__
