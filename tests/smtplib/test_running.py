"""`python -m safesend.smtplib`: an unchanged program, with the drop-in in place."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from safesend.testing import SmtpServer

LOOP = """\
import smtplib, sys
from email.mime.text import MIMEText

people = ["ada@example.org", "bo@example.com", "chen@example.net"]
msg = MIMEText("See you on Friday.\\n")
msg["From"], msg["To"], msg["Subject"] = "o@example.org", ", ".join(people), "Friday"
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as client:
    client.sendmail("o@example.org", people, msg.as_string())
"""
SHOW = """\
import sys, smtplib
print(sys.argv, sys.path[0], __name__, __file__, smtplib.SMTP.__module__)
"""


def _python(
    *words: str, cwd: Path, own: bool = True
) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, *(["-m", "safesend.smtplib"] if own else []), *words]
    return subprocess.run(
        program, cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )


def test_a_leaking_loop_becomes_private(tmp_path: Path) -> None:
    """The list in To, sent to all at once: each gets one that names nobody else."""
    script = tmp_path / "loop.py"
    script.write_text(LOOP)
    with SmtpServer() as server:
        done = _python("loop.py", str(server.port), cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert sorted(one.recipients for one in server.messages) == [
            ("ada@example.org",),
            ("bo@example.com",),
            ("chen@example.net",),
        ]
        assert all(one.content.count(b"@example") == 2 for one in server.messages)


LOGGING = """\
import logging, logging.handlers, sys
people = ["ada@example.org", "bo@example.com"]
where = ("127.0.0.1", int(sys.argv[1]))
log = logging.getLogger()
log.addHandler(logging.handlers.SMTPHandler(where, "o@example.org", people, "Trouble"))
log.error("it broke")
"""


def test_libraries_find_it_as_well(tmp_path: Path) -> None:
    """logging's own SMTPHandler names all in To; here each gets a message."""
    (tmp_path / "trouble.py").write_text(LOGGING)
    with SmtpServer() as server:
        done = _python("-m", "trouble", str(server.port), cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert [len(one.recipients) for one in server.messages] == [1, 1]
        assert b"To: bo@example.com\r\n" in server.messages[1].content


@pytest.mark.parametrize(
    "words", [["show.py", "a", "-m"], ["sub/show.py"], ["-m", "show", "x"]]
)
def test_the_program_sees_what_python_would_show_it(
    words: list[str], tmp_path: Path
) -> None:
    """sys.argv, sys.path[0], __name__ and __file__ are Python's own."""
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "show.py").write_text(SHOW)
    ours, theirs = (_python(*words, cwd=tmp_path, own=own) for own in (True, False))
    assert ours.stdout == theirs.stdout.replace(
        " smtplib\n", " safesend.smtplib.client\n"
    )


def test_a_folder_and_an_archive_run(tmp_path: Path) -> None:
    """Whatever Python runs by its path."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "__main__.py").write_text(SHOW)
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", SHOW)
    for path in ("app", "app.zip"):
        ours, theirs = (_python(path, cwd=tmp_path, own=own) for own in (True, False))
        assert "safesend.smtplib" in ours.stdout
        (argv, first), (wanted, place) = (
            one.stdout.split()[:2] for one in (ours, theirs)
        )
        assert (argv, (tmp_path / first).resolve()) == (wanted, Path(place))


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(3)",
        "import sys; sys.exit('no')",
        "def f():\n    1 / 0\n\nf()",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise KeyError('x')",
        "raise KeyboardInterrupt",
        "1 +",
    ],
)
def test_it_ends_as_python_would_have_it(program: str, tmp_path: Path) -> None:
    """Exit code and traceback are those of the program alone."""
    (tmp_path / "ends.py").write_text(program)
    script = str(tmp_path / "ends.py")
    ours, theirs = (_python(script, cwd=tmp_path, own=own) for own in (True, False))
    assert (ours.returncode, ours.stderr) == (theirs.returncode, theirs.stderr)


@pytest.mark.parametrize(
    "words", [["nothing.py"], ["-m", "nothing"], ["-m", "nothing.at.all"]]
)
def test_what_is_not_there_is_told_as_python_tells_it(
    words: list[str], tmp_path: Path
) -> None:
    """With Python's words and exit code."""
    ours, theirs = (_python(*words, cwd=tmp_path, own=own) for own in (True, False))
    assert ours.returncode == theirs.returncode
    assert ours.stderr == theirs.stderr


def test_help_shows_an_example(tmp_path: Path) -> None:
    """And a call without a program says how it is called."""
    shown = _python("--help", cwd=tmp_path)
    assert (shown.returncode, "newsletter.py" in shown.stdout) == (0, True)
    for words in ([], ["-m"]):
        told = _python(*words, cwd=tmp_path)
        assert (told.returncode, "usage:" in told.stderr) == (2, True)
