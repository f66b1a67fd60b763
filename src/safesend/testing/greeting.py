"""What comes before the first message: greetings, offers, STARTTLS and AUTH."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from safesend.testing.answers import Answers
from safesend.testing.post import Line, Post
from safesend.testing.sasl import Login
from safesend.testing.syntax import Bad
from safesend.testing.wishes import OF_MAIL, OF_RCPT

__all__ = ["Greeting"]


class Greeting(Answers):
    """The part of a dialogue that is about the connection."""

    def __init__(self, post: Post, line: Line, *, tls: bool) -> None:
        super().__init__(post, line)
        self.tls = tls
        self.greeted: str | None = None
        """ "ehlo" or "helo", once one was said."""
        self.user: str | None = None
        self.sender: str | None = None
        """That of the transaction, between its MAIL and its end."""
        self.login: Login | None = None
        """An AUTH that is not done: a line is its response, no command."""

    def commands(self) -> Mapping[str, Callable[[str], None]]:
        """What each verb does."""
        # RFC 2033 section 4.1: there is LHLO, and neither of the others.
        hello: dict[str, Callable[[str], None]] = {
            "LHLO": lambda name: self._hello("ehlo", name)
        }
        if not self.settings.lmtp:
            hello = {
                "EHLO": lambda name: self._hello("ehlo", name),
                "HELO": lambda name: self._hello("helo", name),
            }
        return {
            **hello,
            "NOOP": lambda text: self.settle("noop", text, "250 2.0.0 Ok"),
            "QUIT": lambda text: self.settle("quit", text, "221 2.0.0 Bye", self._end),
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
        }

    def reset(self) -> None:
        """Forget the transaction."""

    def greet(self) -> None:
        """Say the first word."""
        kind = "LMTP" if self.settings.lmtp else "ESMTP"
        self.settle("connect", "", f"220 {self.settings.host_name} {kind}")
        self.flush()

    def turn_away(self) -> None:
        """There are too many connections."""
        self.faults.turned_away["limit_connections"] += 1
        self.say("421 4.7.0 Too many connections")
        self.flush()

    def secured(self) -> None:
        """The handshake is done: everything learned before is forgotten (RFC 3207)."""
        self.tls, self.greeted, self.held = True, None, False
        self.reset()
        self.advance()

    def _end(self) -> None:
        self.over = True

    def _hello(self, how: str, name: str) -> None:
        if not name or " " in name:
            raise Bad("501 5.5.4 A host name or address literal, please")
        lines = [self.settings.host_name, *(self._offers() if how == "ehlo" else ())]
        parts = ["250-" + line for line in lines[:-1]] + ["250 " + lines[-1]]

        def greeted() -> None:
            self.greeted = how
            self.reset()

        self.settle(how, name, "\n".join(parts), greeted)

    def _offers(self) -> list[str]:
        own = self.settings
        flags = {
            "PIPELINING": own.pipelining,
            "CHUNKING": own.chunking,
            f"SIZE {own.size}": own.size is not None,
            "8BITMIME": own.eight_bit,
            "DSN": own.dsn,
            "SMTPUTF8": own.smtputf8,
            "ENHANCEDSTATUSCODES": own.enhanced_codes,
            "REQUIRETLS": own.requiretls and self.tls,  # RFC 8689 section 2
            "STARTTLS": own.starttls and not self.tls,
            f"AUTH {' '.join(own.mechanisms)}": self._may_log_in(),
        }
        return [offer for offer, given in flags.items() if given] + [*own.extensions]

    def is_offered(self, setting: bool) -> bool:  # noqa: FBT001 - what is in force
        """Whether the client was told of it: after EHLO only."""
        return setting and self.greeted == "ehlo"

    def parameters(self) -> frozenset[str]:
        """Those that MAIL may have."""
        if self.greeted != "ehlo":
            return frozenset()
        own = self.settings
        flags = {
            "SIZE": own.size is not None,
            "BODY": own.eight_bit,
            "SMTPUTF8": own.smtputf8,
            "REQUIRETLS": own.requiretls and self.tls,
            "AUTH": self._may_log_in(),
        }
        known = frozenset(name for name, given in flags.items() if given)
        return known | OF_MAIL if own.dsn else known

    def wishes(self) -> frozenset[str]:
        """Those that RCPT may have."""
        return OF_RCPT if self.is_offered(self.settings.dsn) else frozenset()

    # STARTTLS (RFC 3207).

    def _starttls(self, argument: str) -> None:
        if argument or not self.settings.starttls or self.tls:
            raise Bad("503 5.5.1 No STARTTLS here and now")
        self.settle("starttls", "", "220 2.0.0 Go ahead", self._begin_tls)

    def _begin_tls(self) -> None:
        self.held = self.tls_next = True

    # AUTH (RFC 4954).

    def _may_log_in(self) -> bool:
        own = self.settings
        return bool(own.users) and (self.tls or own.auth_without_tls)

    def _auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        if not self.is_offered(self._may_log_in()):
            raise Bad("538 5.7.11 Not without encryption")
        if self.user is not None or self.sender is not None:
            raise Bad("503 5.5.1 Not now")
        if mechanism.upper() not in self.settings.mechanisms:
            raise Bad("504 5.5.4 No such mechanism")
        self._go_on(Login(mechanism.upper(), self.settings.users), initial)

    def respond(self, login: Login, line: bytes) -> None:
        """Take a response."""
        try:
            self._go_on(login, line.decode("latin-1"))
        except Bad as error:
            self.say(str(error))

    def _go_on(self, login: Login, response: str) -> None:
        self.login = None
        challenge = login.answer(response)
        if challenge is not None:
            self.login = login
            self.say("334 " + base64.b64encode(challenge).decode())
            return

        def logged_in() -> None:
            self.user = login.user

        usual = "235 2.7.0 Ok" if login.user else "535 5.7.8 Wrong user or password"
        self.settle("auth", "", usual, logged_in)
