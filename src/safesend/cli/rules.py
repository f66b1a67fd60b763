"""`safesend rules`: what is done about a server's reply, and by which rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from safesend.cli import show
from safesend.cli.options import json_option
from safesend.delivery import Deferred, Refused, Stage
from safesend.errors import ConfigurationError, RemoteProtocolError
from safesend.policies.rule import Action, Meaning, Rule, Scope, Verdict
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.policies.replies import Rulebook

__all__ = ["conditions", "consequence", "rules"]

_Command = TypeVar("_Command", bound=Callable[..., object])
_STAGES = [stage.value for stage in Stage if stage is not Stage.COMPOSE]
_ORDER = (
    Action.PAUSE,
    Action.SLOW,
    Action.LATER,
    Action.FAIL,
    Action.SUPPRESS,
    Action.STOP,
)


def _file_option(command: _Command) -> _Command:
    return click.option(
        "--rules",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Rules of your own (TOML), which come before the built-in ones.",
    )(command)


@click.group(short_help="Say what is done about a server's reply.")
def rules() -> None:
    """Say what is done about a server's reply, and check rules of your own.

    \b
    Examples:
      safesend rules explain "550 5.1.1 no such user"
      safesend rules check replies.toml
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped


@rules.command(short_help="Say what would be done about a reply.")
@click.argument("reply", metavar="REPLY", nargs=-1, required=True)
@click.option(
    "--stage",
    type=click.Choice(_STAGES),
    default=Stage.RCPT.value,
    show_default=True,
    help="What the reply answers.",
)
@click.option(
    "--provider",
    metavar="NAME",
    default="",
    help="Who takes the recipient's mail: google, microsoft, ...; or a domain.",
)
@_file_option
@json_option
def explain(
    reply: tuple[str, ...],
    stage: str,
    provider: str,
    file: Path | None,
    as_json: bool,
) -> None:
    """Say what would be done about REPLY, and why. Nothing is connected.

    \b
    Example:
      safesend rules explain "421 4.7.28 unusual rate of mail" --provider google
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    book = _book(file)
    outcome = _outcome(" ".join(reply), Stage(stage))
    provider = _provider(provider, book)
    rule = book.find(outcome, provider)
    verdict = book.judge(outcome, provider)
    if as_json:
        show.emit(_as_json(outcome, provider, verdict, rule))
    else:
        _tell(verdict, rule)


@rules.command("list", short_help="List all rules in their order.")
@click.option(
    "--provider", metavar="NAME", default="", help="Only those of this provider."
)
@_file_option
def list_(provider: str, file: Path | None) -> None:
    """List the rules in their order: the first that fits decides.

    \b
    Example:
      safesend rules list --provider google
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    book = _book(file)
    provider = _provider(provider, book)
    found = [rule for rule in book.rules if not provider or provider in rule.providers]
    if not found:
        show.say(f"No rule is for {provider!r} alone; those for everybody hold.")
    for rule in found:
        show.say(f"{rule.name}: {conditions(rule)}")
        show.say(f"    {rule.means}: {consequence(rule)}")


@rules.command(short_help="Check a file with rules of your own.")
@click.argument(
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
def check(file: Path) -> None:
    """Check the rules in FILE; what is wrong is told with its line (exit code 2).

    \b
    Example:
      safesend rules check replies.toml
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    book = _book(None)
    own = len(_book(file).rules) - len(book.rules)
    show.say(f"{file}: {show.count(own)} {'rule' if own == 1 else 'rules'}, in order.")


def _book(file: Path | None) -> Rulebook:
    from safesend.policies.replies import open_rules

    return open_rules(file)


def _provider(name: str, book: Rulebook) -> str:
    """The provider of that name, or of that domain; a note where there is none."""
    from safesend.policies.providers import builtin

    name, known = name.strip().lower(), builtin()
    if "." in name:
        return known.of(name)
    if name and not any(name in rule.providers for rule in book.rules):
        try:
            known.check_name(name)
        except ConfigurationError as error:
            show.say(f"Note: {error}", err=True)
    return name


def _outcome(text: str, stage: Stage) -> Deferred | Refused:
    from safesend.smtp.reply import Reply, ReplyParser

    found: list[Reply] = []
    lines = [line.strip() for line in text.strip().splitlines()]
    wire = "".join(f"{line}\r\n" for line in lines)
    try:
        ReplyParser().feed(wire.encode(), found)
    except RemoteProtocolError:
        found = []
    if len(found) != 1:
        shown = show.printable(mask_text(text))
        raise click.BadParameter(
            f"{shown!r} is no reply of a server. Write it as it came: a code of three"
            ' digits, then the text: "550 5.1.1 No such user".',
            param_hint="REPLY",
        )
    reply = found[0]
    if not reply.negative:
        raise click.BadParameter(
            f"{reply.code} refuses nothing; rules are about 4xx and 5xx.",
            param_hint="REPLY",
        )
    kind = Refused if reply.permanent else Deferred
    return kind(stage, reply.code, reply.enhanced, reply.text)


def conditions(rule: Rule) -> str:
    """What a rule fits, in a line: "google, at rcpt, 550 5.7.1, 'limit exceeded'"."""
    parts = [
        ", ".join(sorted(rule.providers)),
        "at " + " ".join(one for one in _STAGES if one in rule.stages)
        if rule.stages
        else "",
        _codes(rule),
        " ".join(rule.enhanced.shown) if rule.enhanced else "",
        f"/{rule.text.shown}/" if rule.text else "",
    ]
    return "; ".join(part for part in parts if part)


def _codes(rule: Rule) -> str:
    classes = {"4xx": range(400, 500), "5xx": range(500, 600)}
    whole = [name for name, codes in classes.items() if rule.codes >= {*codes}]
    spoken = {code for name in whole for code in classes[name]}
    return " ".join([*map(str, sorted(rule.codes - spoken)), *whole])


def consequence(rule: Rule) -> str:
    """What a rule does, in a few words: "pause 10 min, slow; 3 in a row: stop"."""
    done = [
        f"{action} {show.duration(rule.pause)}"
        if action is Action.PAUSE and rule.pause
        else str(action)
        for action in _ORDER
        if action in rule.actions
    ]
    text = f"{', '.join(done)} ({rule.scope})"
    if rule.wait:
        text += f", after {show.duration(rule.wait)} at least"
    if rule.then:
        pause = rule.pause if rule.then is Action.PAUSE else None
        text += f"; {rule.in_a_row} in a row: {rule.then}"
        text += f" {show.duration(pause)}" if pause else ""
    if rule.used_up:
        text += ", or until the carrier takes more, where it can be asked"
    return text


def _tell(verdict: Verdict, rule: Rule | None) -> None:
    lines = {
        "Rule": verdict.rule,
        "Means": verdict.why,
        "Speaks of": _scope(verdict),
        "This row": _row(verdict),
        "The route": "; ".join(_route(verdict)) or "goes on as it is",
        "The run": _run(verdict),
        "To do": rule.advice if rule else "",
        "Source": rule.source if rule else "",
    }
    for head, text in lines.items():
        if text:
            show.say(f"{head + ':':<11}{text}")


def _scope(verdict: Verdict) -> str:
    words = {
        Scope.RECIPIENT: "this recipient",
        Scope.MESSAGE: "this message",
        Scope.CONNECTION: "this connection",
        Scope.ROUTE: "the route: all that goes this way",
        Scope.RUN: "every message of the run",
    }
    if verdict.provider and verdict.scope is Scope.ROUTE:
        return f"all mail for {verdict.provider}"
    return words[verdict.scope] if verdict.scope else ""


def _row(verdict: Verdict) -> str:
    used = "a try is used up" if verdict.attempt else "no try is used up"
    if verdict.meaning is Meaning.NEVER:
        more = "; the address gets nothing more in any campaign"
        return "is given up" + (more if verdict.suppress else "")
    if verdict.stop:
        return "keeps its turn for the next run"
    again = "goes again after the pause" if verdict.pause else "goes again"
    wait = f", in {show.duration(verdict.wait)} at the earliest" if verdict.wait else ""
    return f"{again}{wait}; {used}"


def _route(verdict: Verdict) -> Iterator[str]:
    if verdict.pause and verdict.used_up:
        yield "rests until its carrier, asked each quarter of an hour, takes more"
        yield f"pauses for {show.duration(verdict.pause)} where nobody can be asked"
    elif verdict.pause:
        yield f"pauses for {show.duration(verdict.pause)}"
    if Action.SLOW in verdict.actions:
        yield "goes on more slowly"
    if verdict.too_many_connections:
        yield "gets fewer connections"
    if verdict.scope is Scope.CONNECTION:
        yield "goes on over a new connection"
    if verdict.then in {Action.PAUSE, Action.SLOW}:
        rest = show.duration(verdict.then_pause) if verdict.then_pause else ""
        doing = f"pauses for {rest}" if rest else "goes on more slowly"
        yield f"{doing} after {verdict.in_a_row} of these in a row"


def _run(verdict: Verdict) -> str:
    if verdict.stop:
        return "stops; run it again when this is mended"
    if verdict.then is Action.STOP:
        return f"goes on, and stops after {verdict.in_a_row} of these in a row"
    return "goes on"


def _as_json(
    outcome: Deferred | Refused, provider: str, verdict: Verdict, rule: Rule | None
) -> dict[str, Any]:
    return {
        "stage": outcome.stage.value,
        "code": outcome.code,
        "enhanced": outcome.enhanced,
        "text": outcome.text,
        "provider": provider,
        "rule": verdict.rule,
        "means": verdict.why,
        "scope": verdict.scope,
        "meaning": verdict.meaning.value,
        "actions": sorted(verdict.actions),
        "own_of_provider": verdict.provider is not None,
        "attempt": verdict.attempt,
        "greylisted": verdict.greylisted,
        "wait": verdict.wait,
        "pause": verdict.pause,
        "suppress": verdict.suppress,
        "stop": verdict.stop,
        "in_a_row": verdict.in_a_row,
        "then": verdict.then,
        "then_pause": verdict.then_pause,
        "too_many_connections": verdict.too_many_connections,
        "used_up": verdict.used_up,
        "advice": rule.advice if rule else "",
        "source": rule.source if rule else "",
    }
