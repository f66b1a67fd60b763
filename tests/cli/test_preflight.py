"""cli/preflight.py: the command, its options and its exit codes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from cli.terminal import at_terminal
from safesend import SuppressionList
from safesend.cli.app import app
from safesend.testing import SmtpServer
from servers.dns import Zone, run_dns

SPF = "v=spf1 ip4:192.0.2.25 -all"


def _run(*words, **more):
    return CliRunner().invoke(app, ["preflight", *map(str, words)], **more)


@pytest.fixture
def dns():
    """A nameserver in whose zones SPF is right."""
    zones = {
        "example.org": Zone(txt=(SPF,), mx=((10, "mx.example.org"),)),
        "mx.example.org": Zone(a=("192.0.2.25",)),
        "example.com": Zone(mx=((10, "mx.example.org"),)),
    }
    with run_dns(zones) as server:
        yield server


@pytest.fixture
def asked(dns):
    """The option that names it."""
    return ("--nameserver", f"127.0.0.1:{dns.port}")


def test_what_is_well_gives_the_exit_code_0(tmp_path, asked):
    """
    With a line for each check, and what to do now.
    """
    folder = make_folder(tmp_path)
    done = _run(folder, "--only", "P1,P9,P12", *asked)
    assert done.exit_code == 0, done.output
    assert "  ok   P1   SPF" in done.stdout
    assert "  ok   P9   their domains" in done.stdout
    assert done.stdout.endswith(f"To send:\n  safesend send {folder}\n")
    assert done.stderr == ""


def test_what_fails_gives_the_exit_code_1(tmp_path, dns, asked):
    """
    And says what to publish.
    """
    dns.zones["example.org"] = Zone()
    done = _run(make_folder(tmp_path), "--only", "P1", *asked)
    assert done.exit_code == 1
    assert "FAIL P1   SPF: example.org" in done.stdout
    assert 'example.org. IN TXT "v=spf1 ' in done.stdout


def test_what_is_unknown_gives_the_exit_code_3(tmp_path, dns, asked):
    """
    SERVFAIL is for another time.
    """
    dns.zones["example.org"] = Zone(failing=("TXT",))
    done = _run(make_folder(tmp_path), "--only", "P1", *asked)
    assert done.exit_code == 3
    assert "Look again in a few minutes" in " ".join(done.stdout.split())


def test_warnings_count_where_somebody_is_strict(tmp_path, asked):
    """
    Else they give 0.
    """
    folder = make_folder(tmp_path, more='via = "eml:outbox"\n')
    (folder / "people.csv").write_text("email,name\ninfo@example.com,I\n")
    words = (folder, "--only", "P12", *asked)
    assert _run(*words).exit_code == 0
    done = _run(*words, "--strict")
    assert done.exit_code == 1
    assert "warn P12  the list" in done.stdout


def test_a_program_gets_one_object(tmp_path, dns, asked):
    """
    Findings, profiles and the exit code.
    """
    folder = make_folder(tmp_path)
    done = _run(folder, "--only", "P1,P12", "--json", "--all", *asked)
    told = json.loads(done.stdout)
    assert (told["ok"], told["grade"], told["exit_code"]) == (True, "pass", 0)
    assert [one["check"] for one in told["findings"]] == ["P1", "P12"]
    assert told["findings"][0]["seen"] == [SPF]
    names = [one["name"] for one in told["profiles"]]
    assert names == ["gmail", "yahoo", "microsoft", "icloud"]
    dns.zones["example.org"] = Zone()
    done = _run(folder, "--only", "P1", "--json", *asked)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["exit_code"], told["ok"]) == (1, 1, False)
    assert told["profiles"] == []


def test_providers_are_those_of_the_list_or_who_is_named(tmp_path, asked):
    """
    Others are left out.
    """
    folder = make_folder(tmp_path)
    (folder / "people.csv").write_text("email,name\nada@gmail.com,A\n")
    own = _run(folder, *asked).stdout
    assert "Gmail (1 person)" in own
    assert "iCloud" not in own
    words = (folder, "--only", "P1", *asked)
    assert "Gmail" not in _run(*words).stdout  # a part of the checks says little
    assert "Gmail" not in _run(folder, "--offline").stdout
    named = _run(*words, "--profile", "icloud", "--profile", "yahoo").stdout
    assert "Gmail" not in named
    assert "iCloud Mail (nobody on this list)" in named
    every = _run(*words, "--all").stdout
    assert "Gmail (1 person)" in every
    assert "iCloud Mail (nobody on this list)" in every


def test_the_command_that_is_named_is_of_the_same_mailing(tmp_path, dns, asked):
    """
    It can be copied, with the options that say what is looked at.
    """
    folder = make_folder(tmp_path)
    given = ("--via", "eml:out", "--address", "192.0.2.25", "--only", "P1", *asked)
    good = _run(folder, *given).stdout
    assert good.endswith(f"  safesend send {folder} --via eml:out\n")
    dns.zones["example.org"] = Zone()
    words = "--via eml:out --address 192.0.2.25"
    bad = _run(folder, *given).stdout
    assert bad.endswith(f"  safesend preflight {folder} {words}\n")


def test_offline_asks_nobody(tmp_path, dns, asked):
    """
    What is left is seen from here.
    """
    done = _run(make_folder(tmp_path), "--offline", *asked)
    assert done.exit_code == 0
    assert dns.questions == []
    assert "P1 " not in done.stdout
    assert "P13  the messages" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "P15"), "no check is called P15"),
        (("--only", "P1,P12", "--offline"), "P1 cannot be done --offline; what can"),
        (("--profile", "gmx"), "no profile is called 'gmx'"),
        (("--address", "mail.example.org"), "give the IP addresses"),
        (("--nameserver", "ns.example.org"), "an IP address"),
        (("--ledger", "nowhere.db"), "there is no ledger at nowhere.db"),
        (("--suppression", "nowhere.db"), "there is no suppression list"),
        (("--via", "carrier-pigeon:"), "no transport is called carrier-pigeon"),
        (("--via", "smtp://u:pw@mail.example.org"), "a password in a URL"),
    ],
)
def test_what_is_wrong_is_a_sentence(tmp_path, words, told):
    """
    With the exit code 2.
    """
    done = _run(make_folder(tmp_path), *words)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.output


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    """
    As it is for every command.
    """
    done = _run(tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr


def test_nothing_is_written(tmp_path, asked):
    """
    No ledger, no outbox, no key.
    """
    folder = make_folder(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    _run(folder, "--only", "P1,P7,P8,P12,P13", *asked)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_without_a_carrier_is_looked_at_all_the_same(tmp_path, asked):
    """
    Only of its server it says that there is none.
    """
    folder = make_folder(tmp_path, more="\n")
    done = _run(folder, "--only", "P1,P7,P12", *asked)
    assert done.exit_code == 0, done.output
    assert "  -    P7   encryption        1 not looked at; see below" in done.stdout
    assert "Not looked at, as is told above: P7." in done.stdout


@pytest.mark.parametrize("checks", ["P7,P8", "P6", "P10"])
def test_where_none_was_looked_at_the_exit_code_is_3(tmp_path, asked, checks):
    """
    Nothing is known, which is no reason to send.
    """
    folder = make_folder(tmp_path, more='via = "eml:outbox"\n')
    words = (folder, "--only", checks, *asked)
    done = _run(*words)
    assert done.exit_code == 3
    assert done.stdout.endswith(f"look again:\n  safesend preflight {folder}\n")
    told = json.loads(_run(*words, "--json").stdout)
    assert (told["ok"], told["grade"], told["exit_code"]) == (False, "skipped", 3)
    assert told["skipped"] == checks.split(",")
    assert [one["check"] for one in told["findings"]] == checks.split(",")
    assert all(one["reason"] and one["publish"] for one in told["findings"])


def test_the_server_is_looked_at_up_to_the_login(tmp_path, asked):
    """
    With the password of the campaign; nothing is handed over.
    """
    folder = make_folder(tmp_path)
    secret = tmp_path / "password"
    secret.write_text("right\n")
    secret.chmod(0o600)
    users = {"me": "right"}
    with SmtpServer(users=users, auth_without_tls=True) as server:
        via = f"smtp://me@{server.host}:{server.port}"
        done = _run(
            folder, "--only", "P7,P8", "--via", via, "--password-file", secret, *asked
        )
    assert done.exit_code == 1  # it offers no TLS, and a login asks for it
    assert "FAIL P7" in done.stdout
    assert server.messages == []


def test_a_password_is_not_asked_for_what_needs_none(tmp_path, asked):
    """
    DNS tells the rest, and nobody is here to type one.
    """
    folder = make_folder(tmp_path)
    via = ("--via", "smtp://me@mail.example.org")
    assert _run(folder, "--only", "P1,P12", *via, *asked).exit_code == 0
    done = _run(folder, "--only", "P7", *via, *asked)
    assert done.exit_code == 2
    assert "the password of" in done.stderr


def test_the_suppression_list_of_the_campaign_is_asked(tmp_path, asked):
    """
    Or another one.
    """
    folder = make_folder(tmp_path)
    with SuppressionList(tmp_path / "out.db") as shared:
        shared.add(["person1@example.com"])
    words = ("--only", "P12", "--suppression", tmp_path / "out.db", *asked)
    told = json.loads(_run(folder, *words, "--json").stdout)
    assert "1 person of it is on the suppression list" in told["findings"][1]["reason"]


def test_a_link_that_nobody_hears_is_refused_as_by_send(tmp_path, asked):
    """
    Who unsubscribes would get on another list than the one that is asked.
    """
    for name in ("own.db", "other.db"):
        with SuppressionList(tmp_path / name):
            pass
    more = (
        'via = "eml:outbox"\nsuppression = "../own.db"\n'
        'unsubscribe = "https://leave.example.org/u"\n'
    )
    folder = make_folder(tmp_path, more=more)
    words = (folder, "--only", "P12", *asked)
    assert _run(*words).exit_code == 0
    done = _run(*words, "--suppression", tmp_path / "other.db")
    assert done.exit_code == 2
    assert "another key" in " ".join(done.stderr.split())


def test_the_ledger_of_the_campaign_is_read(tmp_path, asked):
    """
    What was approved is compared with what would be sent.
    """
    folder = make_folder(tmp_path)
    runner = CliRunner()
    runner.invoke(app, ["approve", str(folder), "--yes"], catch_exceptions=False)
    told = json.loads(_run(folder, "--only", "P12", "--json", *asked).stdout)
    assert "1 person approved exactly this" in str(told["findings"])
    (folder / "subject.txt").write_text("Other\n")
    told = json.loads(_run(folder, "--only", "P12", "--json", *asked).stdout)
    assert "what was approved is not this" in str(told["findings"])


def test_a_leak_is_a_finding(tmp_path, asked):
    """
    And nobody's address is in it.
    """
    folder = make_folder(tmp_path, text="Dear {{ name }}, ask person1@example.com\n")
    done = _run(folder, "--only", "P13", *asked)
    assert done.exit_code == 1
    assert "FAIL P13" in done.stdout
    assert "person1@" not in done.output


def test_how_far_it_is_is_told_on_a_terminal(tmp_path, dns):
    """
    On standard error, and gone when it is done.
    """
    folder = make_folder(tmp_path)
    where = f"127.0.0.1:{dns.port}"
    words = ("preflight", folder, "--only", "P1,P12", "--nameserver", where)
    done = at_terminal(*words, prompt="", typed="", TERM="xterm-256color")
    assert done.code == 0
    assert "Asking DNS and servers" in done.text
    assert "\x1b[32m" in done.text
