"""fleet/secrets.py: what a worker brings, and where it finds it."""

from __future__ import annotations

import keyring
import pytest

from engine.content.samples import campaign
from message.judges import pem
from own_keyring import OwnKeyring
from safesend.engine.content import Way, content_of, read_content
from safesend.engine.options import Options
from safesend.errors import ConfigurationError
from safesend.fleet.secrets import Pem, Secrets
from safesend.message.unsubscribe import Unsubscribe
from safesend.redaction import Secret
from safesend.suppression import SuppressionList

WAY = Way(url="smtp://me@mail.example.org")


def kept(**more):
    """A campaign as a ledger gives it back."""
    options = Options(give_up_after="2d", confirm_changes=False)
    content = content_of(campaign(**more), options)
    return read_content(content.manifest, content.parts.__getitem__)


def found(secrets, way=WAY, *, only=True):
    """The password for a carrier, in clear."""
    secret = secrets.password_of(way, only=only)
    return None if secret is None else secret.reveal()


@pytest.fixture
def file(tmp_path):
    """A file with a password."""
    path = tmp_path / "secret"
    path.write_text("from a file\n")
    path.chmod(0o600)
    return path


def test_a_carrier_without_a_user_needs_none():
    """Nobody is asked."""
    assert found(Secrets(), Way(url="eml:out")) is None


def test_what_is_brought_goes_before_what_the_campaign_says(monkeypatch, file):
    """And that before a question."""
    monkeypatch.setenv("MAIL_PW", "from a variable")
    asked = Secrets(ask=lambda url: Secret(f"for {url}"))
    assert found(asked) == f"for {WAY.url}"
    told = Way(url=WAY.url, password_env="MAIL_PW")
    assert found(asked, told) == "from a variable"
    assert found(Secrets(), Way(url=WAY.url, password_file=str(file))) == "from a file"
    brought = Secrets(password=Secret("brought"))
    assert found(brought, told) == "brought"


def test_of_several_each_has_its_own():
    """The one password that is brought is not tried at all of them."""
    secrets = Secrets(password=Secret("x"), passwords={WAY.url: Secret("y")})
    other = Way(url="smtp://me@b.example")
    assert found(secrets, only=False) == "y"
    with pytest.raises(ConfigurationError, match=r"me at b\.example is needed"):
        found(secrets, other, only=False)


def test_a_keyring_is_asked_for_the_user(monkeypatch, tmp_path):
    """Whether the worker or the campaign names it."""
    monkeypatch.setenv("OWN_KEYRING", str(tmp_path / "kept.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(OwnKeyring())
    try:
        keyring.set_password("mail", "me", "hunter2")
        assert found(Secrets(keyring="mail")) == "hunter2"
        assert found(Secrets(), Way(url=WAY.url, password_keyring="mail")) == "hunter2"
    finally:
        keyring.set_keyring(before)


def test_the_environment_says_where(monkeypatch, tmp_path, file):
    """A password or its file, keys, the list."""
    nothing = Secrets.from_environment()
    assert (nothing.password, nothing.dkim, nothing.suppression) == (None, (), None)
    monkeypatch.setenv("SAFESEND_PASSWORD", "from a variable")
    monkeypatch.setenv("SAFESEND_DKIM_KEYS", "a.pem:b.pem")
    monkeypatch.setenv("SAFESEND_SUPPRESSION", str(tmp_path / "out.db"))
    some = Secrets.from_environment()
    assert found(some) == "from a variable"
    assert [str(one.key) for one in some.dkim] == ["a.pem", "b.pem"]
    assert some.suppression == tmp_path / "out.db"
    monkeypatch.setenv("SAFESEND_PASSWORD_FILE", str(file))
    assert found(Secrets.from_environment()) == "from a file"


def test_nothing_of_it_is_printed():
    """Neither passwords nor keys."""
    key = Pem(Secret(pem().decode()), Secret("hunter2"))
    shown = repr(Secrets(password=Secret("hunter2"), dkim=(key,)))
    assert "hunter2" not in shown
    assert "PRIVATE" not in shown


def test_the_keys_are_read_when_they_are_needed(tmp_path):
    """That of the list too, where links are sealed with it."""
    (tmp_path / "key.pem").write_bytes(pem())
    secrets = Secrets(dkim=(Pem(tmp_path / "key.pem"),))
    assert len(secrets.keys(kept(), None).dkim) == 1
    with SuppressionList(tmp_path / "out.db") as shared:
        key = shared.unsubscribe_key()
        link = Unsubscribe("https://example.org/leave", key)
        assert secrets.keys(kept(unsubscribe=link), shared).unsubscribe == key
        assert secrets.keys(kept(), shared).unsubscribe is None
