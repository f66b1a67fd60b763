"""cli/signing.py: the tables [[dkim]], their keys, and what should be better."""

from __future__ import annotations

import keyring
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa as numbers

from cli.campaigns import make_folder
from message.judges import ed25519, pem
from own_keyring import OwnKeyring
from safesend.cli.folder import open_folder
from safesend.errors import ConfigurationError

TABLE = '[[dkim]]\ndomain = "example.org"\nselector = "s1"\n'


@pytest.fixture
def folder(tmp_path):
    """A campaign with a key beside it."""
    made = make_folder(tmp_path)
    key = made / "dkim.pem"
    key.write_bytes(pem("ed25519"))
    key.chmod(0o600)
    return made


def _signers(folder, tables):
    settings = folder / "campaign.toml"
    begin = settings.read_text().partition("[")[0]
    settings.write_text(f"{begin}\n{tables}")
    return open_folder(folder).signers()


def _refused(folder, tables, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        _signers(folder, tables)
    assert "campaign.toml:" in str(caught.value)
    assert "PRIVATE" not in str(caught.value)


def _locked(password):
    opened = serialization.load_pem_private_key(pem("ed25519"), None)
    return opened.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )


def test_a_key_lies_in_a_file_beside_the_letter(folder, capsys):
    """
    One table, in single brackets or in double ones; nothing is said where all is well.
    """
    tables = TABLE + 'key_file = "dkim.pem"\n'
    for written in (tables, tables.replace("[[dkim]]", "[dkim]")):
        [one] = _signers(folder, written)
        assert (one.domain, one.selector) == ("example.org", "s1")
        assert one.key.public == ed25519().key.public
        assert open_folder(folder).campaign().dkim[0].record == one.record
    assert capsys.readouterr().err == ""


def test_a_key_stands_in_a_variable(folder, monkeypatch):
    """
    As it is, or with its lines in one.
    """
    for value in (
        pem("ed25519").decode(),
        pem("ed25519").decode().replace("\n", r"\n"),
    ):
        monkeypatch.setenv("DKIM_KEY", value)
        [one] = _signers(folder, TABLE + 'key_env = "DKIM_KEY"\n')
        assert one.key.public == ed25519().key.public


def test_a_locked_key_has_its_password_elsewhere(folder, monkeypatch, capsys):
    """
    In a file, whose first line it is, or in a variable.
    """
    (folder / "dkim.pem").write_bytes(_locked(b"hunter2"))
    (folder / "pw").write_text("hunter2\nrest\n")
    (folder / "pw").chmod(0o600)
    monkeypatch.setenv("DKIM_PASSWORD", "hunter2")
    tables = TABLE + 'key_file = "dkim.pem"\n'
    for more in ('password_file = "pw"\n', 'password_env = "DKIM_PASSWORD"\n'):
        [one] = _signers(folder, tables + more)
        assert one.key.public == ed25519().key.public
        assert "hunter" not in repr(one)
    assert capsys.readouterr().err == ""


def test_a_keyring_keeps_a_key_or_its_password(folder, tmp_path, monkeypatch):
    """
    Under the name of its record, for the service that the table names.
    """
    kept = tmp_path / "keyring.json"
    monkeypatch.setenv("OWN_KEYRING", str(kept))
    before = keyring.get_keyring()
    keyring.set_keyring(OwnKeyring())
    try:
        name = "s1._domainkey.example.org"
        keyring.set_password("mail", name, pem("ed25519").decode())
        [one] = _signers(folder, TABLE + 'key_keyring = "mail"\n')
        keyring.set_password("mail", name, "hunter2")
        (folder / "dkim.pem").write_bytes(_locked(b"hunter2"))
        tables = TABLE + 'key_file = "dkim.pem"\npassword_keyring = "mail"\n'
        [other] = _signers(folder, tables)
        _refused(folder, TABLE + 'key_keyring = "nobody"\n', "'keyring set nobody s1")
    finally:
        keyring.set_keyring(before)
    assert one.key.public == other.key.public == ed25519().key.public


def test_what_others_can_read_is_told(folder, capsys):
    """
    The key is used all the same, as container platforms mount secrets so.
    """
    (folder / "dkim.pem").chmod(0o644)
    assert _signers(folder, TABLE + 'key_file = "dkim.pem"\n')
    told = capsys.readouterr().err
    assert told.startswith("Warning: others can read ")
    assert "chmod 600" in told


def test_a_domain_that_is_not_the_senders_is_told(folder, capsys):
    """
    DMARC does not count it; a relay may sign for itself all the same.
    """
    table = TABLE.replace("example.org", "relay.example")
    assert _signers(folder, table + 'key_file = "dkim.pem"\n')
    assert "the DKIM domain relay.example is not that of the" in capsys.readouterr().err


def test_a_short_key_is_told(folder, capsys):
    """
    1024 bits are taken, and 2048 advised.
    """
    short = numbers.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "dkim.pem").write_bytes(short)
    assert _signers(folder, TABLE + 'key_file = "dkim.pem"\n')
    assert "has 1024 bits; 2048 are advised" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ('dkim = "dkim.pem"\n', r"'dkim' must be tables: \[\[dkim\]\]"),
        ('[dkim]\ndomain = "x.org"\n', "needs 'selector'"),
        ('[dkim]\nselector = "s"\n', "needs 'domain'"),
        (TABLE, "needs one of key_file, key_env, key_keyring"),
        (TABLE + 'key_file = "a"\nkey_env = "b"\n', "needs one of key_file, key_env"),
        (TABLE + 'key = "-----BEGIN"\n', "unknown key 'key'; did you mean"),
        (TABLE + "key_file = 3\n", "'dkim.key_file' must be a text"),
        (
            TABLE + 'key_file = "a"\npassword_file = "b"\npassword_env = "c"\n',
            "takes one of password_file, password_env, password_keyring",
        ),
        (TABLE + 'key_file = "gone.pem"\n', "gone.pem cannot be read: No such file"),
        (TABLE + 'key_file = "people.csv"\n', "is no PEM"),
        (
            TABLE + 'key_env = "NO_SUCH_KEY"\n',
            "the variable NO_SUCH_KEY should hold the key",
        ),
        (
            TABLE + 'key_file = "dkim.pem"\npassword_env = "NO_SUCH"\n',
            "the variable NO_SUCH should hold the password",
        ),
        (
            TABLE + 'key_file = "dkim.pem"\npassword_file = "gone"\n',
            "there is no password file",
        ),
        (
            TABLE + 'key_file = "dkim.pem"\npassword_file = "empty"\n',
            "should hold the password",
        ),
        (
            TABLE + 'key_file = "dkim.pem"\npassword_file = "odd"\n',
            "the password file .*odd is not text",
        ),
        (TABLE.replace("s1", "s 1") + 'key_file = "dkim.pem"\n', "is no selector"),
        ((TABLE + 'key_file = "dkim.pem"\n') * 2, "share the name s1"),
    ],
)
def test_what_cannot_be_used_names_its_line(folder, tables, words):
    """
    And says what to do.
    """
    (folder / "empty").write_text("\nrest\n")
    (folder / "odd").write_bytes(b"\xff\n")
    _refused(folder, tables, words)


def test_a_sender_that_is_none_is_told_for_itself(tmp_path, folder):
    """
    Not as a matter of DMARC.
    """
    settings = folder / "campaign.toml"
    settings.write_text(settings.read_text().replace("<fair@example.org>", "<fair>"))
    assert _signers(folder, TABLE + 'key_file = "dkim.pem"\n')
