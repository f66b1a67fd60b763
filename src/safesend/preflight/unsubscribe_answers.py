"""P11: what the answers of an unsubscribe link mean (pure)."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from safesend.preflight.recipient_domains import Fate
from safesend.preflight.report import Finding, Grade
from safesend.preflight.tls_words import FLAWS
from safesend.smtp.seen import TlsFlaw

__all__ = [
    "MADE_UP",
    "Reaction",
    "judge_get",
    "judge_host",
    "judge_mailbox",
    "judge_no_line",
    "judge_post",
    "no_link",
    "no_post",
    "not_secure",
]

MADE_UP = "v1.safesend-preflight-made-this-up-nobody-is-unsubscribed-by-it.00000000"
"""A token that looks like any other, that no key sealed, and that says so in a log."""

_SLOW = 1.0
_LINK, _GET = "One-click link", "Page of the link"
_OPENING, _MAILBOX = "Opening the link", "Mailbox to leave by"
_MOUNT = (
    "mount safesend.integrations.unsubscribe there, or let the program answer 200 to"
    " POST, whatever the token: no redirect, no cookie, no login"
)


@attrs.frozen
class Reaction:
    """How a host reacted: status, where it sends one on to, and after how long.

    `button`: its page has a form that posts, or a button.
    """

    status: int
    location: str = ""
    cookie: bool = False
    seconds: float = 0.0
    button: bool = False

    @property
    def shown(self) -> tuple[str, ...]:
        """To show a person."""
        cookie = ("Set-Cookie",) if self.cookie else ()
        where = (f"Location: {self.location}",) if self.location else ()
        return (f"{self.status} after {self.seconds:.1f} s", *where, *cookie)


def _finding(
    what: str, about: str, grade: Grade, reason: str, publish: str = "", *seen: str
) -> Finding:
    return Finding(
        check="P11",
        what=what,
        about=about,
        grade=grade,
        reason=reason,
        seen=seen,
        publish=publish,
    )


def no_link(*, mailbox: bool) -> Finding:
    """A mailing without a link for one click; perhaps with a mailbox to write to."""
    reason = (
        "the messages have no List-Unsubscribe: Gmail refuses marketing mail in bulk"
        " without a link for one click; Yahoo advises one, and takes mailto: too"
    )
    if mailbox:
        reason = (
            "the messages have no link to unsubscribe by one click: Gmail refuses"
            " marketing mail in bulk without"
        )
    return _finding(
        _LINK,
        "",
        Grade.WARN,
        reason,
        "give the campaign one: unsubscribe and suppression in campaign.toml, or"
        " Campaign(unsubscribe=Unsubscribe(...)); mail that is no marketing, such as an"
        " invoice, needs none",
    )


def judge_mailbox(domain: str, fate: Fate) -> Finding:
    """RFC 2369 section 3.2: whoever writes to that mailbox wants off."""
    reason, publish = "", "look again; if it stays so, its nameservers need care"
    if fate is Fate.UNKNOWN:
        grade, reason = Grade.UNKNOWN, "DNS could not tell whether it takes mail"
    elif fate is Fate.OPEN:
        grade, publish = Grade.PASS, ""
        reason = "readers may write to a mailbox, and its domain takes mail"
    else:
        grade = Grade.FAIL
        reason = "the domain of the mailbox takes no mail: nobody gets off the list"
        publish = "correct the address in List-Unsubscribe, or let its domain take mail"
    return _finding(_MAILBOX, domain, grade, reason, publish)


def no_post(about: str) -> Finding:
    """RFC 8058 section 3.1: programs post only where a second header says so."""
    return _finding(
        _LINK,
        about,
        Grade.WARN,
        "List-Unsubscribe-Post is missing beside the link: no program offers one click",
        "give the template List-Unsubscribe-Post: List-Unsubscribe=One-Click as well,"
        " where the link takes a POST",
    )


def not_secure(host: str, link: str) -> Finding:
    """RFC 8058 section 3.1: the link is https."""
    address = link.partition("://")[2] or link
    return _finding(
        _LINK,
        host,
        Grade.FAIL,
        "the link does not begin with https://: mailbox providers do not use it",
        f"serve it over TLS, and write https://{address}",
    )


def judge_host(host: str, why: str) -> Finding:
    """The link's host has no address; or, with a reason, nobody could tell."""
    if why:
        return _finding(
            _LINK,
            host,
            Grade.UNKNOWN,
            "DNS could not tell where the host of the link is",
            "look again; if it stays so, the nameservers of the domain need care",
            why,
        )
    return _finding(
        _LINK,
        host,
        Grade.FAIL,
        "the host of the link has no address: nobody can get off the list",
        f"{host}. IN A, and the address of the web server; or correct the link",
    )


def judge_no_line(
    about: str, why: str, flaw: TlsFlaw | None, *, later: bool
) -> Finding:
    """There was no answer in HTTP at all."""
    grade, reason = Grade.FAIL, "the host of the link does not answer"
    publish = "see whether the web server runs and can be reached from the internet"
    if later:
        grade, reason = Grade.UNKNOWN, "the host of the link did not answer in time"
    elif flaw is not None:
        reason = f"the host of the link cannot be talked to: {FLAWS[flaw]}"
        publish = (
            "give it a certificate of a public authority that has this name and has"
            " not expired"
        )
    return _finding(_LINK, about, grade, reason, publish, why)


def judge_post(about: str, said: Reaction) -> Iterator[Finding]:
    """RFC 8058: what a provider's program does for a reader who clicks."""

    def found(grade: Grade, reason: str, publish: str = "") -> Finding:
        return _finding(_LINK, about, grade, reason, publish, *said.shown)

    if (trouble := _refusal(said)) is not None:
        yield found(Grade.FAIL, *trouble)
        return
    if said.cookie:
        reason = "the answer sets a cookie, which no program of a provider keeps"
        yield found(Grade.WARN, reason, "let the answer to POST set no cookie")
    if said.seconds > _SLOW:
        reason = "the answer takes longer than a second: providers give up early"
        yield found(Grade.WARN, reason, "answer first, and do the work after that")
    if not said.cookie and said.seconds <= _SLOW:
        yield found(Grade.PASS, "it takes a click (with a made-up token)")


_REFUSALS = {
    404: "there is nothing at this path, or not for a token that it does not know"
    " (which tells whoever asks the tokens that are real)",
    405: "it does not take POST",
    401: "it asks for a login, which no program of a provider has",
    403: "it forbids the POST: perhaps it wants a token against forged forms, which no"
    " program of a provider has (Django: csrf_exempt)",
    429: "it takes no more requests now: providers click often and from few addresses",
}


def _refusal(said: Reaction) -> tuple[str, str] | None:
    """Why one cannot get off by POST, and what to do; None where one can."""
    if 200 <= said.status < 300:  # noqa: PLR2004
        return None
    if 300 <= said.status < 400:  # noqa: PLR2004
        reason = "it answers a POST with a redirect, which no provider follows"
        return reason, _MOUNT
    if said.status >= 500:  # noqa: PLR2004
        return (
            f"the web server fails ({said.status})",
            "look into its log; then look again",
        )
    return _REFUSALS.get(said.status, f"it answers {said.status}"), _MOUNT


def judge_get(
    about: str, said: Reaction, then: Reaction | None = None
) -> Iterator[Finding]:
    """What a reader sees who opens the link in a browser.

    `then`: the page that a redirect leads to, if it stays on https and the host.
    """
    shown = (*said.shown, *(then.shown if then else ()))

    def found(
        grade: Grade, reason: str, publish: str = "", what: str = _GET
    ) -> Finding:
        return _finding(what, about, grade, reason, publish, *shown)

    if 300 <= said.status < 400:  # noqa: PLR2004
        if then is None or then.status // 100 != 2 or not then.button:  # noqa: PLR2004
            yield found(Grade.FAIL, _ELSEWHERE, _AT_ONCE)
            return
        yield found(Grade.WARN, _SENT_ON, _AT_ONCE)
        yield found(Grade.SKIPPED, _UNTRIED, _TRY, _OPENING)
        return
    if not 200 <= said.status < 300:  # noqa: PLR2004
        reason = f"whoever opens the link sees an error ({said.status})"
        yield found(
            Grade.FAIL, reason, "let GET show a page with a button that posts the form"
        )
        return
    if said.button:
        yield found(Grade.PASS, "it shows a page with a button")
    else:
        yield found(Grade.WARN, _NO_BUTTON, _BUTTON)
    yield found(Grade.SKIPPED, _UNTRIED, _TRY, _OPENING)


_ELSEWHERE = "whoever opens the link is sent on elsewhere, and not all get there"
_SENT_ON = (
    "whoever opens the link with a made-up token is sent on to another page of the"
    " host, which has a button: readers may be as well, and not all get there"
)
_AT_ONCE = (
    "let GET answer 200 with the page at that very address: no login, no other host,"
    " no other path (mind the slash at its end)"
)
_NO_BUTTON = (
    "its page has neither a form that posts nor a button: either nobody gets off by it,"
    " or whoever opens it is off, and programs that look at links open all of them"
)
_BUTTON = (
    'let the page have <form method="post"> and a button in it, and GET do nothing'
)
_UNTRIED = (
    "whether opening the link takes somebody off was not looked at: it was opened with"
    " a made-up token, which is nobody's"
)
_TRY = "open the link of a letter to yourself, and see that you are still on the list"
