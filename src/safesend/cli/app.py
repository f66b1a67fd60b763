"""The group of all commands, and the border at which errors become sentences."""

from __future__ import annotations

import io
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from safesend.cli import exits, show
from safesend.cli.about import about
from safesend.cli.approve import approve
from safesend.cli.bounces import bounces
from safesend.cli.check import check
from safesend.cli.control import cancel, pause, resume
from safesend.cli.demo import demo
from safesend.cli.dkim import dkim
from safesend.cli.enrol import enrol
from safesend.cli.events import events
from safesend.cli.exits import Exit
from safesend.cli.forget import forget
from safesend.cli.init import init
from safesend.cli.ledger import ledger
from safesend.cli.listing import listing
from safesend.cli.options import JSON
from safesend.cli.preflight import preflight
from safesend.cli.preview import preview
from safesend.cli.project import Project
from safesend.cli.purge import purge
from safesend.cli.report import report
from safesend.cli.resolve import resolve
from safesend.cli.rules import rules
from safesend.cli.send import send
from safesend.cli.status import status
from safesend.cli.suppress import suppress
from safesend.cli.suppressed import suppressed
from safesend.cli.worker import worker
from safesend.errors import AudienceError, SafesendError, UnsafeMessage
from safesend.ledger.whereabouts import masked
from safesend.redaction import mask_text

__all__ = ["app", "call", "run"]


_MEANT = {"campaigns": "list", "migrate": "ledger migrate"}
"""Words that others use, and that no letter of ours resembles."""


class Commands(click.Group):
    """A group in whose commands no error reaches the user as a bare traceback."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a wrong option before `--json` must not hide that wish."""
        ctx.meta[JSON] = "--json" in args
        if args and (meant := _MEANT.get(args[0])):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{meant}'?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors become one message and an exit code."""
        try:
            return super().invoke(ctx)
        except SafesendError as error:
            ctx.exit(_explain(ctx, error))
        except (KeyboardInterrupt, click.Abort) as error:
            ctx.exit(_interrupted(ctx, error))
        except click.ClickException as error:
            if ctx.meta.get(JSON):
                _as_json(
                    "UsageError", mask_text(error.format_message()), [], Exit.USAGE
                )
            raise
        except click.exceptions.Exit:
            raise
        except OSError as error:
            ctx.exit(_outside(ctx, error))
        except Exception as error:  # noqa: BLE001 - the last border: shown, masked
            ctx.exit(_defect(error))


def _explain(ctx: click.Context, error: SafesendError) -> Exit:
    code = exits.of_error(error)
    message = masked(str(error))
    if isinstance(error, UnsafeMessage):
        from safesend.cli.findings import tell_leaks

        tell_leaks("Error: this would expose somebody; nothing was sent.", error.leaks)
        _told("", error)
    else:
        _told(f"Error: {message}", error)
    if ctx.meta.get(JSON):
        _as_json(type(error).__name__, message, _problems(error), code)
    return code


def _interrupted(ctx: click.Context, error: BaseException) -> Exit:
    _told("Interrupted.", error)
    if ctx.meta.get(JSON):
        _as_json("Interrupted", "interrupted", [], Exit.INTERRUPTED)
    return Exit.INTERRUPTED


def _told(message: str, error: BaseException) -> None:
    for line in (message, *getattr(error, "__notes__", ())):
        if line:
            show.say(line, err=True)


def _as_json(name: str, message: str, problems: list[str], code: Exit) -> None:
    show.emit(
        {
            "ok": False,
            "error": name,
            "message": message,
            "problems": problems,
            "exit_code": int(code),
        }
    )


def _problems(error: SafesendError) -> list[str]:
    match error:
        case AudienceError():
            return [mask_text(str(problem)) for problem in error.problems]
        case UnsafeMessage():
            return [mask_text(str(leak)) for leak in error.leaks]
        case _:
            return []


def _outside(ctx: click.Context, error: OSError) -> Exit:
    """A file, a disk, a pipe: the user's world, not our defect."""
    if isinstance(error, BrokenPipeError):
        raise error
    where = f"{error.filename}: " if error.filename else ""
    message = f"{where}{error.strerror or type(error).__name__}"
    _told(f"Error: {message}", error)
    if ctx.meta.get(JSON):
        _as_json(type(error).__name__, message, [], Exit.USAGE)
    return Exit.USAGE


def _defect(error: Exception) -> Exit:
    """Frames and the masked message; never the values of variables."""
    trace = "".join(traceback.format_exception(error, chain=True))
    show.say(mask_text(trace).rstrip(), err=True)
    show.say(
        "\nThis is a defect in safesend, not in your campaign. Nothing is sent twice"
        " when you run the command again. Please report it with the lines above.",
        err=True,
    )
    return Exit.DEFECT


def _version(context: click.Context) -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        show.say(f"safesend {version('safesend')}")
    except PackageNotFoundError:
        show.say("safesend (from a source tree)")
    context.exit(Exit.OK)


_HELP = """Send the same mail to many people so that nobody can ever see anybody else.

Every person gets a message of their own. A ledger beside your campaign remembers who
got it: running a command twice sends nothing twice.

\b
A first mailing:
  safesend init spring          makes the folder spring/ with a small example
  safesend check spring         composes every message, shows three, sends none
  safesend preview spring       a page that shows the letters as they are read
  safesend preflight spring     asks DNS and your server whether it will arrive
  safesend send spring          asks, then sends (the example: into spring/outbox)
  safesend status spring        says how far it is
\b
A server of your own instead of files, in campaign.toml or as an option:
  safesend send spring --via smtp://me@mail.example.org:587
  (the password comes from a prompt, a file, a variable or the keyring)
\b
One ledger for several machines, which SAFESEND_LEDGER or campaign.toml names:
  safesend enrol spring --ledger postgresql://mail@db.example.org/mail
  safesend worker postgresql://mail@db.example.org/mail
"""

_EPILOG = """\b
Exit codes:
  0    everything is in order: checked, or accepted for everybody
  1    mend something: the list or the letter has problems (nothing was sent), or
       some people were refused, expired, cancelled, could not be made or are in doubt
  2    the command line, the settings or the password are wrong (nothing was sent)
  3    not finished: stopped early, deferred, or no way to the server; run it again
  70   a defect in safesend
  130  interrupted; run it again to go on
"""


@click.group(
    cls=Commands,
    help=_HELP,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _, value: _version(context) if value else None,
    help="Print the version and exit.",
)
def app() -> None:
    """Hold the commands together."""


_ALL = (
    about,
    approve,
    bounces,
    cancel,
    check,
    demo,
    dkim,
    enrol,
    events,
    forget,
    init,
    ledger,
    listing,
    pause,
    preflight,
    preview,
    purge,
    report,
    resolve,
    resume,
    rules,
    send,
    status,
    suppress,
    suppressed,
    worker,
)
for _command in _ALL:
    app.add_command(_command)

_PLAIN = Project()


def run(arguments: Sequence[str] | None = None, project: Project = _PLAIN) -> int:
    """Run what the command line says, as a program; gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a letter of somebody's name must not stop a mailing.
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As a shell without job control starts what it sends into the background: then
        # nothing but kill -9 would end a run.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # A service manager's SIGTERM ends a run as cleanly as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    return call(arguments, project)


def call(arguments: Sequence[str] | None = None, project: Project = _PLAIN) -> int:
    """Run what the command line says, and nothing else; gives the exit code."""
    try:
        app.main(
            arguments,
            prog_name=project.prog_name,
            obj=project,
            default_map=project.defaults(app),
        )
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.PROBLEMS
