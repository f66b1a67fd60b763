"""Every command that takes a ledger takes the URL of one in PostgreSQL."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cli.campaigns import make_folder
from cli.terminal import environment, run
from safesend import Campaign, Recipient, Template
from safesend.cli.app import call
from safesend.dossier import read_dossier
from safesend.errors import ConfigurationError
from safesend.ledger import open_ledger
from servers.pgbouncer import PgBouncer
from servers.postgres import Database
from servers.service import lasting_port

SECRET = "s3cr3t-of-nobody"


class Shell:
    """Types commands; each must end as it is said, and show no secret."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object, ends: int = 0) -> str:
        """What a command printed."""
        self.capsys.readouterr()
        code = call([*map(str, words)])
        printed = "".join(self.capsys.readouterr())
        assert code == ends, (
            f"{shlex.join(map(str, words))} ended with {code}:{printed}"
        )
        assert "Traceback" not in printed
        assert SECRET not in printed
        return printed


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """A command line."""
    return Shell(capsys)


def folder_on(tmp_path: Path, more: str = "", people: int = 5) -> Path:
    """A campaign folder that is sent into its own outbox."""
    return make_folder(tmp_path, people, more=f'via = "eml:outbox"\n{more}')


def sent(folder: Path) -> int:
    """How many messages lie there."""
    return len(list(folder.glob("outbox/*.eml")))


def url_of(database: Database) -> str:
    """A ledger with a schema of its own."""
    return f"{database.url}?schema=spring_2027"


@pytest.mark.parametrize("named", ["url", "folder", "environment"])
def test_a_mailing_from_enrolment_to_purge(
    named: str,
    postgres: Database,
    tmp_path: Path,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By URL, by a folder that names it, by SAFESEND_LEDGER: each command finds it."""
    monkeypatch.chdir(tmp_path)
    url = url_of(postgres)
    folder = folder_on(tmp_path, f'ledger = "{url}"\n' if named == "folder" else "")
    option = ["--ledger", url] if named == "url" else []
    where: object = url if named == "url" else folder
    if named == "environment":
        monkeypatch.setenv("SAFESEND_LEDGER", url)
    alone = [] if named == "environment" else [where]

    assert "5 people" in shell("check", folder)
    told = shell("enrol", folder, "--yes", *option)
    assert f"5 people waiting. To send: safesend worker {shlex.quote(url)}" in told
    status = json.loads(shell("status", *alone, "--json"))
    assert status["ledger"] == url
    assert status["campaigns"][0]["counts"]["waiting"] == 5

    again = f"safesend resume {shlex.quote(str(where) if alone else url)}"
    assert again in shell("pause", *alone, "--reason", "a slip")
    assert "paused by" in shell("worker", *alone, ends=3)
    assert sent(folder) == 0
    assert "safesend resume" in shell("status", *alone)
    shell("resume", *alone)
    shell("pause", *alone, "--provider", "example.com", "--reason", "a slip")
    shell("resume", *alone, "--provider", "example.com")

    shell("preflight", folder, "--offline", *option)
    shell("send", folder, "--test", "me@example.org", "--yes", *option)
    assert sent(folder) == 1

    assert "Accepted for 5 of 5" in shell("worker", *alone, "--campaign", "fair")
    assert "Accepted for 5 of 5" in shell("send", folder, "--yes", *option)
    assert sent(folder) == 6
    _look_back(shell, folder, where, url)
    _end(shell, tmp_path, folder, where, url)


def _look_back(shell: Shell, folder: Path, where: object, url: str) -> None:
    """What reads, and what is read in."""
    named = ["--campaign", "fair"]
    assert url in shell("report", where, *named)
    page = shell("report", where, *named, "--html").strip().rpartition(": ")[2]
    assert Path(page).parent == Path.cwd()
    lines = shell("report", where, *named, "--recipients", folder / "people.csv")
    assert lines.count("accepted") == 5
    assert "nobody is in doubt" in shell("resolve", where, *named)
    assert "nobody is in doubt" in shell("resolve", where, *named, "--accepted")
    Path("events.jsonl").write_text("")
    assert f"Nothing new in {url}" in shell("events", "ses", where, "events.jsonl")
    Path("bounces").mkdir()
    for part in ("cur", "new", "tmp"):
        Path("bounces", part).mkdir()
    assert f"Nothing new in {url}" in shell("bounces", where, "bounces")
    assert json.loads(shell("suppressed", where, "--json"))["ledger"] == url
    assert "person1" not in shell("about", where, "person1@example.com", "--json")


def _end(shell: Shell, tmp_path: Path, folder: Path, where: object, url: str) -> None:
    """What corrects, cancels and erases."""
    other = tmp_path / "oops"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("outbox"))
    file = other / "campaign.toml"
    file.write_text(file.read_text().replace('"fair"', '"oops"'))
    correction = ["--correction-of", where, "--of-campaign", "fair"]
    option = ["--ledger", url]
    shell("check", other, *correction)
    assert f"--ledger {shlex.quote(url)}" in shell("approve", other, "--yes", *option)
    told = shell("send", other, "--yes", "--deadline", "2m", *correction, *option)
    assert "Accepted for 5 of 5" in told
    assert "is cancelled" in shell("cancel", url, "--campaign", "oops", "--yes")
    shell(
        "forget", where, "person1@example.com", "--reason", "asked", "--also-suppress"
    )
    for name in ("fair", "oops", "fair (test)"):
        shell("purge", url, "--campaign", name, "--reason", "over", "--yes")
    assert "is destroyed" in shell(
        "purge", url, "--destroy-key", "--reason", "x", "--yes"
    )
    assert "was destroyed" in shell("status", where, ends=2)


@pytest.fixture
def ledger(postgres: Database, tmp_path: Path, shell: Shell) -> str:
    """The URL of a ledger with a campaign of five people."""
    url = url_of(postgres)
    shell("enrol", folder_on(tmp_path), "--yes", "--ledger", url)
    return url


def test_a_url_that_leads_nowhere_is_told(ledger: str, shell: Shell) -> None:
    """Server, database, user and schema: each has its own sentence."""
    away = re.sub(r":[0-9]+/", f":{lasting_port()}/", ledger)
    assert "see whether PostgreSQL runs there" in shell("status", away, ends=3)
    other = ledger.replace("/test_", "/nobody_")
    assert "make it first: createdb nobody_" in shell("status", other, ends=3)
    other = ledger.replace("//safesend", "//nobody")
    assert "make the user first: createuser nobody" in shell("worker", other, ends=3)
    other = ledger.replace("spring_2027", "spring_2072")
    for command in ("status", "pause", "worker", "report"):
        told = shell(command, other, ends=2)
        assert f"there is no ledger at {other}: its tables" in told
        assert f"safesend ledger migrate {shlex.quote(other)} makes them" in told
    said = shell("status", away, "--json", ends=3)
    told, _ = json.JSONDecoder().raw_decode(said)
    assert told["error"] == "LedgerError"
    assert away in told["message"]


def test_looking_makes_no_tables(
    postgres: Database, tmp_path: Path, shell: Shell
) -> None:
    """A mistyped URL is an error, and `check` and `preflight` need no ledger."""
    url = url_of(postgres)
    folder = folder_on(tmp_path, f'ledger = "{url}"\n')
    told = shell("status", folder, ends=2)
    assert f"safesend ledger migrate {shlex.quote(url)} makes them, and so" in told
    assert "'safesend send " in told
    shell("check", folder)
    shell("preflight", folder, "--offline")
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname = 'spring_2027'"
    assert postgres.ask(schemas) == []


def test_a_check_needs_no_server(tmp_path: Path, shell: Shell) -> None:
    """Where the ledger cannot be reached the letter is checked all the same."""
    url = f"postgresql://safesend@127.0.0.1:{lasting_port()}/x"
    told = shell("check", folder_on(tmp_path, f'ledger = "{url}"\n'))
    assert "Checked without the ledger" in told
    assert "5 people" in told


def test_who_may_not_is_told_what_is_missing(
    ledger: str, postgres: Database, tmp_path: Path, shell: Shell
) -> None:
    """A user without rights can neither make a ledger nor work with another's."""
    postgres.ask("DROP ROLE IF EXISTS poor")
    postgres.ask("CREATE ROLE poor LOGIN")
    poor = ledger.replace("//safesend", "//poor")
    told = shell("status", poor, ends=3)
    assert "permission denied" in told
    assert "belong to one user: name that one in the URL" in told
    own = poor.replace("spring_2027", "of_poor")
    told = shell("enrol", tmp_path / "fair", "--yes", "--ledger", own, ends=3)
    assert "permission denied for database" in told
    assert "GRANT CREATE ON DATABASE" in told


def test_another_machine_needs_the_key(
    ledger: str, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told where it lies and how to bring it; with it, the worker sends."""
    with closing(open_ledger(ledger)) as book:
        key = book.secret.hex()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    told = shell("worker", ledger, ends=2)
    assert f"the key of the ledger {ledger} is missing" in told
    assert "set SAFESEND_KEY there and here to the same, or copy" in told
    monkeypatch.setenv("SAFESEND_KEY", "0" * 64)
    assert "this is not the key of the ledger" in shell("worker", ledger, ends=2)
    monkeypatch.setenv("SAFESEND_KEY", key)
    assert "Accepted for 5 of 5" in shell("worker", ledger)


def test_tables_of_another_version_are_left_alone(
    ledger: str, postgres: Database, shell: Shell
) -> None:
    """What a newer safesend made is not touched by this one."""
    postgres.ask("INSERT INTO spring_2027.migration VALUES (999, 0, '9.9')")
    assert "update safesend" in shell("status", ledger, ends=3)


def test_psycopg_that_is_missing_is_named(tmp_path: Path) -> None:
    """Who has no driver is told what to install."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from safesend.cli.app import run\n"
        "sys.exit(run(['status', 'postgresql://h/d']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "Error: a ledger in PostgreSQL needs the package psycopg: pip install"
        " 'safesend[postgres]'\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("status", "{}"),
        ("worker", "{}"),
        ("send", "fair", "--yes", "--ledger", "{}"),
        ("enrol", "fair", "--yes", "--ledger", "{}"),
        ("preflight", "fair", "--offline", "--ledger", "{}"),
        ("bounces", "{}", "box"),
    ],
    ids=lambda words: words[0],
)
def test_a_password_on_the_command_line_is_refused(
    words: tuple[str, ...],
    tmp_path: Path,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everybody on the machine sees a command line; libpq has better places."""
    folder_on(tmp_path)
    monkeypatch.chdir(tmp_path)
    url = f"postgresql://safesend:{SECRET}@db.example/mail"
    told = shell(*(word.format(url) for word in words), ends=2)
    assert "give postgresql://safesend@db.example/mail, and the password in" in told
    assert "PGPASSWORD" in told


def test_a_password_in_campaign_toml_is_refused(tmp_path: Path, shell: Shell) -> None:
    """The line is named, and not what stands there."""
    url = f"postgresql://safesend:{SECRET}@db.example/mail"
    folder = folder_on(tmp_path, f'ledger = "{url}"\n')
    assert "campaign.toml:5: a password does not" in shell("status", folder, ends=2)


def test_a_password_of_the_environment_is_never_shown(
    ledger: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SAFESEND_LEDGER may hold one, as PGPASSWORD does."""
    private = ledger.replace("safesend@", f"safesend:{SECRET}@")
    monkeypatch.setenv("SAFESEND_LEDGER", private)
    assert ledger in shell("status")
    assert shlex.quote(ledger) in shell("pause", "--reason", "x")
    assert "paused by" in shell("worker", ends=3)


def test_who_was_written_to_from_a_file_is_not_written_to_from_a_database(
    postgres: Database, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailing that began in one ledger does not begin anew in another by accident."""
    folder = folder_on(tmp_path)
    shell("send", folder, "--yes")
    monkeypatch.setenv("SAFESEND_LEDGER", url_of(postgres))
    for command in ("send", "enrol"):
        told = shell(command, folder, "--yes", ends=2)
        assert "they would get it twice. To finish that mailing: --ledger" in told
    assert sent(folder) == 5


def test_commands_work_behind_a_pgbouncer(
    postgres: Database, pgbouncer: PgBouncer, tmp_path: Path, shell: Shell
) -> None:
    """In transaction mode, by the same URL but for host and port."""
    url = f"{pgbouncer.url(postgres.name)}?schema=spring_2027"
    folder = folder_on(tmp_path, f'ledger = "{url}"\n')
    shell("ledger", "migrate", folder)
    shell("enrol", folder, "--yes")
    shell("pause", url, "--reason", "x")
    shell("resume", folder)
    assert "Accepted for 5 of 5" in shell("worker", url)
    assert "accepted" in shell("report", folder)


def test_a_folder_means_its_own_campaign_in_a_ledger_of_many(
    postgres: Database, tmp_path: Path, shell: Shell
) -> None:
    """Nobody stops or purges another's mailing by a folder's name."""
    first = folder_on(tmp_path, f'ledger = "{url_of(postgres)}"\n')
    second = tmp_path / "spring"
    shutil.copytree(first, second)
    file = second / "campaign.toml"
    file.write_text(file.read_text().replace('"fair"', '"spring"'))
    for folder in (first, second):
        shell("enrol", folder, "--yes")
    assert "say which campaign" in shell("pause", url_of(postgres), ends=2)
    shell("pause", second, "--reason", "x")
    told = shell("status", url_of(postgres))
    assert f"safesend resume {shlex.quote(url_of(postgres))} --campaign spring" in told
    assert "spring may go on" in shell("resume", second)
    assert "The account of fair" in shell("report", first)
    assert "spring: nobody" in shell("resolve", second)
    told = shell("purge", second, "--reason", "x", "--unfinished", "--yes")
    assert "spring is purged" in told
    assert "fair: 5 people" in shell("status", first)


def test_programs_use_the_url_as_well(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Campaign.send`, `approve`, a correction and the account of it."""
    monkeypatch.chdir(tmp_path)
    url = url_of(postgres)

    def mailing(name: str) -> Campaign:
        people = [Recipient(f"p{number}@example.com") for number in range(3)]
        letter = Template(subject="Hello", text="Dear reader")
        return Campaign(
            name=name, sender="fair@example.org", template=letter, audience=people
        )

    spring = mailing("spring")
    assert spring.approve(ledger=url).ok
    report = spring.send("maildir:out", ledger=url, approvals=1)
    assert (report.accepted, report.ledger) == (3, url)
    assert spring.send("maildir:out", ledger=url).accepted == 3
    assert len(list(Path("out/new").iterdir())) == 3
    assert read_dossier(url).people == 3
    private = url.replace("safesend@", f"safesend:{SECRET}@")
    with closing(open_ledger(private)) as book:
        assert book.name == url
    with pytest.raises(ConfigurationError, match="not as a Path"):
        open_ledger(Path(url))
    with pytest.raises(ConfigurationError, match="there is no ledger at"):
        read_dossier(f"{postgres.url}?schema=nobody")


def test_a_command_in_a_process_of_its_own(ledger: str) -> None:
    """It needs no more than its environment."""
    assert "5  waiting" in run("status", SAFESEND_LEDGER=ledger).text
