"""cli/dkim.py: a key is made, its record shown, and checked in DNS."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from message.judges import dkimpy
from net.test_dkim import zone
from safesend import Dkim
from safesend.cli.app import app
from servers.dns import Zone, run_dns


def _run(*words):
    return CliRunner().invoke(app, ["dkim", *map(str, words)])


def _made(folder, *options, selector="s2026"):
    """A key in a folder, and the table for it in its campaign.toml."""
    file = folder / f"{selector}.pem"
    done = _run("new", "example.org", selector, "--out", file, *options)
    assert done.exit_code == 0, done.output
    table = done.stdout.partition("[[dkim]]")[2]
    if table:
        with (folder / "campaign.toml").open("a") as settings:
            settings.write(f"[[dkim]]{table}")
    return Dkim("example.org", selector, file), done


@pytest.fixture
def folder(tmp_path):
    """A campaign that signs with a key of each kind."""
    made = make_folder(tmp_path)
    _made(made)
    _made(made, "--ed25519", selector="e2026")
    return made


def test_a_new_key_is_for_its_owner_alone(tmp_path):
    """
    Mode 0600, in PEM, and nothing of it is printed.
    """
    folder = make_folder(tmp_path)
    key, done = _made(folder)
    file = folder / "s2026.pem"

    assert file.stat().st_mode & 0o777 == 0o600
    assert key.key.bits == 2048
    assert "PRIVATE" not in done.stdout
    assert not set(file.read_text().splitlines()) & set(done.stdout.split())


def test_what_new_prints_is_what_to_publish_and_to_write(folder):
    """
    The record, and a table that campaign.toml takes as it is.
    """
    done = _run("record", folder)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    for line, selector in zip(lines, ("s2026", "e2026"), strict=True):
        key = Dkim("example.org", selector, folder / f"{selector}.pem")
        assert line.startswith(f"{key.name}. IN TXT ( ")
        texts = re.findall('"([^"]*)"', line)
        assert "".join(texts) == key.record
        assert max(map(len, texts)) <= 255


def test_a_file_may_be_called_anything(tmp_path):
    """
    The table is TOML all the same.
    """
    done = _run("new", "example.org", "s", "--out", tmp_path / 'my "key" \\.pem')
    [table] = tomllib.loads(f"[[dkim]]{done.stdout.partition('[[dkim]]')[2]}")["dkim"]
    assert table["key_file"] == 'my "key" \\.pem'


def test_a_key_is_not_written_over(tmp_path):
    """
    Somebody may have published it.
    """
    folder = make_folder(tmp_path)
    _made(folder)
    file = folder / "s2026.pem"
    before = file.read_bytes()
    done = _run("new", "example.org", "other", "--out", file)
    assert (done.exit_code, file.read_bytes()) == (2, before)
    assert "is there already" in done.stderr


@pytest.mark.parametrize(
    ("domain", "selector", "words"),
    [("a b", "s", "is no domain name"), ("example.org", "a b", "is no selector")],
)
def test_a_name_that_is_none_makes_no_file(tmp_path, domain, selector, words):
    """
    Told before anything is written.
    """
    done = _run("new", domain, selector, "--out", tmp_path / "k.pem")
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (tmp_path / "k.pem").exists()


def test_a_program_gets_records_as_json(folder):
    """
    One object each time.
    """
    told = json.loads(_run("record", folder, "--json").stdout)
    names = [one["name"] for one in told["records"]]
    assert names == ["s2026._domainkey.example.org", "e2026._domainkey.example.org"]
    out = folder / "x.pem"
    made = json.loads(_run("new", "x.org", "s", "--out", out, "--json").stdout)
    assert made["file"] == str(out)
    assert made["record"].startswith("v=DKIM1; k=rsa; p=")


def test_a_folder_that_signs_nothing_is_told(tmp_path):
    """
    And how it could.
    """
    folder = make_folder(tmp_path)
    for command in ("record", "check"):
        done = _run(command, folder)
        assert done.exit_code == 2
        assert "has no table [[dkim]]; 'safesend dkim new' makes a" in done.stderr


def _zones(folder):
    keys = [Dkim("example.org", s, folder / f"{s}.pem") for s in ("s2026", "e2026")]
    return {one.name: zone(one.record) for one in keys}


def test_what_is_published_is_well(folder):
    """
    Of each key.
    """
    with run_dns(_zones(folder)) as server:
        where = f"127.0.0.1:{server.port}"
        done = _run("check", folder, "--nameserver", where)
        told = json.loads(_run("check", folder, "--nameserver", where, "--json").stdout)
    assert done.exit_code == 0, done.output
    assert done.stdout.count("DNS has the key that signs.") == 2
    assert told["ok"] is True
    assert [one["flaws"] for one in told["keys"]] == [[], []]


def test_what_is_wrong_gives_the_exit_code_1(folder):
    """
    A key that is not there, and one that is under test.
    """
    zones = _zones(folder)
    name = "s2026._domainkey.example.org"
    record = Dkim("example.org", "s2026", folder / "s2026.pem").record
    zones[name] = zone(record.replace("k=rsa", "k=rsa; t=y"))
    del zones["e2026._domainkey.example.org"]
    with run_dns(zones) as server:
        where = f"127.0.0.1:{server.port}"
        done = _run("check", folder, "--nameserver", where)
        told = json.loads(_run("check", folder, "--nameserver", where, "--json").stdout)
    assert done.exit_code == 1
    assert "Warning: the record says t=y" in done.stdout
    assert "Wrong: there is no TXT record" in done.stdout
    severities = [[flaw["severity"] for flaw in one["flaws"]] for one in told["keys"]]
    assert (told["ok"], severities) == (False, [["warn"], ["refuse"]])


def test_a_warning_alone_stops_nothing(folder):
    """
    The exit code is 0: receivers can verify it.
    """
    zones = _zones(folder)
    name = "s2026._domainkey.example.org"
    record = Dkim("example.org", "s2026", folder / "s2026.pem").record
    zones[name] = zone(f"{record}; t=y")
    with run_dns(zones) as server:
        done = _run("check", folder, "--nameserver", f"[127.0.0.1]:{server.port}")
    assert done.exit_code == 0
    assert "Warning" in done.stdout


def test_no_answer_is_for_another_time(folder):
    """
    The exit code is 3.
    """
    with run_dns({"s2026._domainkey.example.org": Zone(junk=b"x")}) as server:
        done = _run("check", folder, "--nameserver", f"127.0.0.1:{server.port}")
    assert done.exit_code == 3
    assert "DNS could not tell" in done.stderr


@pytest.mark.parametrize("place", ["ns.example.org", "127.0.0.1:x", ":53", "1.2.3"])
def test_a_nameserver_is_an_address(folder, place):
    """
    Its name would have to be asked of another one.
    """
    done = _run("check", folder, "--nameserver", place)
    assert done.exit_code == 2
    assert "an IP address, with a port or without" in done.stderr


def test_what_is_sent_is_signed_with_the_keys_of_the_folder(folder):
    """
    From the key to the file, on the command line.
    """
    done = CliRunner().invoke(app, ["send", str(folder), "--yes"])
    assert done.exit_code == 0, done.output
    keys = [Dkim("example.org", s, folder / f"{s}.pem") for s in ("s2026", "e2026")]
    letters = [file.read_bytes() for file in (folder / "outbox").rglob("*.eml")]
    assert len(letters) == 3
    for letter in letters:
        content = letter.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert dkimpy(content, *keys) == [True, True]
