"""cli/settings.py: campaign.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.cli.settings import Allowed, read_settings
from safesend.errors import ConfigurationError

LEAST = 'name = "fair"\nsender = "a@example.org"\nlist = "people.csv"\n'


def _read(folder: Path, text: str | bytes):
    file = folder / "campaign.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_settings(file)


def _error(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        _read(folder, text)
    message = str(caught.value)
    assert message.startswith(str(folder / "campaign.toml"))
    return message.removeprefix(str(folder / "campaign.toml"))


def test_the_least_is_a_name_a_sender_and_a_list(tmp_path):
    """Everything else has a default."""
    settings = _read(tmp_path, LEAST)
    assert (settings.name, settings.sender) == ("fair", "a@example.org")
    assert (settings.list, settings.via, settings.lanes) == ("people.csv", None, None)
    assert settings.smtp.username is None
    assert settings.headers == {}


def test_everything_that_is_written_is_read(tmp_path):
    """Every key arrives where it belongs."""
    settings = _read(
        tmp_path,
        LEAST + "lanes = 4\nmax_recipients = 9\nskip_invalid = true\n"
        'rate = "5/s"\n[headers]\nX-A = "1"\n[smtp]\nusername = "me"\n',
    )
    assert (settings.lanes, settings.max_recipients) == (4, 9)
    assert settings.skip_invalid is True
    assert settings.headers == {"X-A": "1"}
    assert settings.smtp.username == "me"
    assert settings.where("rate").endswith("campaign.toml:7")
    assert settings.where("via").endswith("campaign.toml")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    """Editors on Windows write one."""
    assert _read(tmp_path, b"\xef\xbb\xbf" + LEAST.encode()).name == "fair"


def test_the_pace_is_read(tmp_path):
    """Texts, numbers, a table of texts and one of lists."""
    settings = _read(
        tmp_path,
        LEAST + 'rate = "5/s"\nburst = 7\nwarmup = "1/d -> 9/d over 5d"\nhours = "x"\n'
        'retry = "5m"\ngive_up_after = 3600\nrules = "own.toml"\nmx_lookup = true\n'
        '[rate_per_provider]\ngoogle = "1/s"\n"example.org" = "2/s"\n'
        '[providers]\ncouncil = ["council.example"]\n',
    )
    assert (settings.burst, settings.warmup) == (7, "1/d -> 9/d over 5d")
    assert (settings.hours, settings.retry, settings.rules) == ("x", "5m", "own.toml")
    assert (settings.give_up_after, settings.mx_lookup) == (3600, True)
    assert settings.rate_per_provider == {"google": "1/s", "example.org": "2/s"}
    assert settings.providers == {"council": ("council.example",)}
    assert settings.where("rate_per_provider.example.org").endswith(":14")
    assert _read(tmp_path, LEAST + 'give_up_after = "2d"').give_up_after == "2d"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sendr = "x"', ":1: unknown key 'sendr'; did you mean 'sender'?"),
        ('zzz = "x"', ":1: unknown key 'zzz'; known are: address, allow,"),
        ('file = "x"', ":1: unknown key 'file'; known are: address"),
        ('lines = "x"', ":1: unknown key 'lines'; did you mean 'lanes'?"),
        ('[smtp]\nuser = "x"', ":2: unknown key 'user'; did you mean 'username'?"),
        ('"sendr" = 1', ":1: unknown key 'sendr'"),
        ('[smtp]\npassword = "x"', ":2: a password does not belong into this file"),
        ("lanes = true", ":1: 'lanes' must be a whole number"),
        ('lanes = "8"', ":1: 'lanes' must be a whole number"),
        ("skip_invalid = 1", ":1: 'skip_invalid' must be true or false"),
        ("# one\nvia = 3", ":2: 'via' must be a text in quotes"),
        ("[smtp]\nusername = 3", ":2: 'smtp.username' must be a text"),
        ("[headers]\nX-A = 3", ":2: 'headers.X-A' must be a text"),
        ("headers = 3", ":1: 'headers' must be a table: [headers]"),
        ("[list]\na = 1", ":2: unknown key 'a'"),
        ("list = 3", ":1: 'list' must be a text in quotes, or a table"),
        ('[list]\nquery = "q.sql"', ":1: [list] needs 'database'"),
        ('[list]\ndatabase = "d.db"', ":1: [list] needs 'query'"),
        (
            '[list]\ndatabase = "d.db"\nquery = "q"\npassword = "x"',
            ":4: a password does not belong into this file",
        ),
        (
            '[list]\ndatabase = "postgresql://me:pw@h/d"\nquery = "q"',
            ":2: a password does not belong into this file",
        ),
        (
            '[list]\ndatabase = "postgresql://h/d?password=pw"\nquery = "q"',
            ":2: a password does not belong into this file",
        ),
        (
            '[list]\ndatabase = "postgres://[h/d"\nquery = "q"',
            ":2: a password does not belong into this file",
        ),
        (
            '[list]\ndatabase="p"\nquery="q"\npassword_env="A"\npassword_file="b"',
            ":5: give password_env or password_file, not both",
        ),
        (
            '[list]\ndatabase = "d.db"\nquery = "q"\npassword_env = "A"',
            ":4: a file of SQLite has no password",
        ),
        ('name = ""', ":1: 'name' is missing or empty"),
        ('name = "x"', ": 'sender' is missing or empty"),
        ('name = "x\n', ":1:10: Illegal character"),
        ("name = [", ": Invalid value (at the end of the file); this is not TOML"),
        ("mx_lookup = 1", ":1: 'mx_lookup' must be true or false"),
        (
            "give_up_after = true",
            ":1: 'give_up_after' must be a text in quotes (\"...\") or a whole number",
        ),
        (
            LEAST + "[rate_per_provider]\ngoogle = 5",
            ":5: 'rate_per_provider.google' must be a text in quotes",
        ),
        (
            LEAST + '[rate_per_provider]\nexample.org = "5/s"',
            (
                ":4: 'rate_per_provider.example' must be a text in quotes (\"...\");"
                ' a name with a dot stands in quotes: "example.org"'
            ),
        ),
        (
            LEAST + '[providers]\ncouncil = "council.example"',
            ":5: 'providers.council' must be a list of texts",
        ),
        (
            LEAST + "providers = { a = 1 }",
            ":4: 'providers.a' must be a list of texts",
        ),
        (LEAST + "burst = 0", ":4: 'burst' must be at least 1"),
        (LEAST + "lanes = 0", ":4: 'lanes' must be at least 1"),
        (LEAST + "lanes = 501", ":4: 'lanes' must be at most 500"),
        (LEAST + "max_recipients = -1", ":4: 'max_recipients' must be at least 1"),
        (LEAST.replace("fair", "a/b"), ":1: the name becomes part of a file's name"),
        (LEAST.replace("fair", "..a"), ":1: the name becomes part of a file's name"),
        (b'name = "x"\nsender = "\xff"', ":2: this is not UTF-8"),
        (
            LEAST + '[smtp]\npassword_env = "A"\npassword_file = "b"',
            ":6: give password_env or password_file, not both",
        ),
        (
            LEAST + '[smtp]\npassword_keyring = "A"\npassword_file = "b"',
            ":5: give password_file or password_keyring, not both",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, message):
    """An error names the file, the line where it is known, and what to write."""
    assert _error(tmp_path, text).startswith(message)


def test_a_missing_file_says_how_to_make_one(tmp_path):
    """A folder that is no campaign leads to 'safesend init'."""
    with pytest.raises(ConfigurationError, match="'safesend init DIR'"):
        read_settings(tmp_path / "campaign.toml")


def test_no_value_is_repeated_in_an_error(tmp_path):
    """A password that somebody wrote anyway is not printed."""
    assert "hunter2" not in _error(tmp_path, '[smtp]\npassword = "hunter2"')
    assert "hunter2" not in _error(tmp_path, 'lanes = "hunter2"')


@given(text=st.text(max_size=200))
def test_no_text_gives_anything_but_settings_or_a_clear_error(text, tmp_path_factory):
    """Whatever stands in the file, no other exception comes out."""
    folder = tmp_path_factory.getbasetemp()
    if not text.isspace() and "=" not in text:
        text = LEAST + "# " + text
    try:
        settings = _read(folder, text.encode("utf-8", "replace"))
    except ConfigurationError:
        return
    assert settings.name


@given(
    table=st.dictionaries(
        st.sampled_from(["name", "sender", "list", "lanes", "rate", "smtp", "odd"]),
        st.one_of(st.integers(), st.booleans(), st.just("x"), st.lists(st.integers())),
    )
)
def test_only_complete_tables_of_the_right_types_are_taken(table, tmp_path_factory):
    """What is taken has its three texts, a positive count and nothing unknown."""
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
    assert tomllib.loads(text) == table
    try:
        _read(tmp_path_factory.getbasetemp(), text)
    except ConfigurationError:
        return
    assert {"name", "sender", "list"} <= table.keys() <= {*table} - {"odd", "smtp"}
    assert type(table.get("lanes", 1)) is int
    assert table.get("lanes", 1) >= 1


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def test_what_the_checks_are_told_is_read(tmp_path):
    """Lists, pairs and tables."""
    settings = _read(
        tmp_path,
        LEAST
        + 'public = ["o@example.org", "Ada"]\nprivate = ["room"]\n'
        + 'verify = [["email", "mail"]]\nallowed_domains = ["example.org"]\n'
        + '[[allow]]\ncheck = "L23"\nreason = "formulas"\n',
    )
    assert settings.public == ("o@example.org", "Ada")
    assert settings.private == ("room",)
    assert settings.verify == (("email", "mail"),)
    assert settings.allowed_domains == ("example.org",)
    assert settings.allow == (Allowed(check="L23", reason="formulas"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('public = "o@example.org"', ":4: 'public' must be a list of texts"),
        ("private = [7]", ":4: 'private' must be a list of texts"),
        ('verify = ["email", "mail"]', ":4: 'verify' must be pairs of columns"),
        ("verify = 7", ":4: 'verify' must be pairs of columns"),
        ('allow = "L23"', ":4: 'allow' must be tables: [[allow]]"),
        ('[[allow]]\ncheck = "L23"', "[[allow]] needs 'reason'"),
        ('[[allow]]\nreason = "x"', "[[allow]] needs 'check'"),
        ('[[allow]]\ncheck = "L23"\nreason = "x"\nfile = "a"', "unknown key 'file'"),
    ],
)
def test_what_the_checks_are_told_has_its_form(tmp_path, text, message):
    """An error names the line where it is known."""
    assert message in _error(tmp_path, LEAST + text)
