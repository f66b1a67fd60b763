"""A run as a process: its password is in nothing that others can see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.campaigns import make_folder
from safesend.testing import SmtpServer

PASSWORD = "correct-horse-battery"
TESTS = Path(__file__).parents[1]


@pytest.fixture
def places(tmp_path):
    """The password in a file, in a keyring and in no variable that is ever shown."""
    file = tmp_path / "pw"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"our mail/me": PASSWORD}))
    return {
        "PYTHON_KEYRING_BACKEND": "own_keyring.OwnKeyring",
        "OWN_KEYRING": str(kept),
        "PYTHONPATH": os.pathsep.join([str(TESTS), *filter(None, sys.path)]),
    }


def _run(words, surroundings, watch=None):
    """Exit code and all that was printed; `watch` is told the process."""
    with subprocess.Popen(
        [sys.executable, "-m", "safesend", *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | surroundings,
    ) as process:
        if watch is not None:
            watch(process.pid)
        output, _ = process.communicate(timeout=300)
    return process.returncode, output.decode()


@pytest.mark.parametrize(
    "way",
    [
        ["--password-file", "pw"],
        ["--password-keyring", "our mail"],
        'password_file = "../pw"',
        'password_keyring = "our mail"',
    ],
    ids=str,
)
def test_a_password_is_seen_by_the_server_alone(tmp_path, places, way):
    """Not in the output, the log, the ledger, nor in what `ps` shows meanwhile."""
    options = way if isinstance(way, list) else []
    if options[:1] == ["--password-file"]:
        options = ["--password-file", tmp_path / "pw"]
    own = "" if options else way + "\n"
    seen = []

    def watch(pid):
        for name in ("cmdline", "environ"):
            seen.append(Path(f"/proc/{pid}/{name}").read_bytes())

    with SmtpServer(tls="starttls", users={"me": PASSWORD}) as server:
        certificate = tmp_path / "ca.pem"
        certificate.write_bytes(server.ca_pem)
        folder = make_folder(
            tmp_path,
            more=f'via = "smtp://localhost:{server.port}"\n'
            f'[smtp]\nusername = "me"\n{own}',
        )
        code, output = _run(
            ["send", folder, "--yes", "--verbose", "--log", tmp_path / "log", *options],
            places | {"SSL_CERT_FILE": str(certificate)},
            watch if Path("/proc/self/environ").exists() else None,
        )
    assert (code, {one.user for one in server.messages}) == (0, {"me"}), output
    written = [
        file.read_bytes()
        for file in tmp_path.rglob("*")
        if file.is_file() and file.name not in {"pw", "kept.json"}
    ]
    for place in (output.encode(), *seen, *written):
        assert PASSWORD.encode() not in place


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("keyring.backends.fail.Keyring", "(NoKeyringError)"),
        ("keyring.backends.null.Keyring", "'keyring set 'our mail' me'"),
        ("own_keyring.TalkativeKeyring", "(KeyringLocked)"),
    ],
)
def test_a_keyring_that_gives_none_stops_before_anything(
    tmp_path, places, backend, words
):
    """Exit code 2; what to do is said, and nothing of what the keyring says."""
    folder = make_folder(tmp_path)
    code, output = _run(
        [
            *("send", folder, "--yes", "--via", "smtp://me@localhost:1"),
            *("--password-keyring", "our mail"),
        ],
        places | {"PYTHON_KEYRING_BACKEND": backend},
    )

    assert (code, words in output.replace("\n", " ")) == (2, True), output
    assert "hunter2" not in output
    assert "Traceback" not in output


def test_the_help_names_the_ways_and_no_value(places):
    """Also where a variable happens to hold one."""
    code, output = _run(["send", "--help"], places | {"MAIL_PW": PASSWORD})

    assert code == 0
    assert "--password-keyring SERVICE" in output
    assert PASSWORD not in output
