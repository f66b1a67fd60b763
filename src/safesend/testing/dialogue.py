"""The server's side of one SMTP connection: octets in, replies out, no socket.

It is strict (RFC 5321, 2920, 4954, 3207) and forgives nothing that a client of ours
may do wrong: what breaks a rule is refused and noted in `violations`. There is one
state of the transaction, cleared by RSET, EHLO and the end of the data only.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable

from safesend.testing.answers import Answers
from safesend.testing.faults import Moment
from safesend.testing.post import Line, Post, Received
from safesend.testing.sasl import MECHANISMS, Exchange, decoded
from safesend.testing.syntax import (
    LONGEST_AUTH,
    Bad,
    Path,
    read_command,
    read_path,
    wrong_content,
)

__all__ = ["Dialogue"]

_ENDS_A_GROUP = frozenset({"EHLO", "HELO", "DATA", "QUIT", "NOOP", "STARTTLS", "AUTH"})


class Dialogue(Answers):
    """One connection. `feed` it octets; it writes to its line."""

    def __init__(self, post: Post, line: Line, number: int, *, tls: bool) -> None:
        super().__init__(post, line)
        self.accepted = 0
        self._number, self._tls = number, tls
        self._buffer, self._at, self._scanned = bytearray(), 0, 0
        self._reading_content = False
        self._greeted: str | None = None
        self._user: str | None = None
        self._exchange: Exchange | None = None
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._utf8 = self._eight_bit = False
        self._commands: dict[str, Callable[[str], None]] = {
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "EHLO": functools.partial(self._hello, "ehlo"),
            "HELO": functools.partial(self._hello, "helo"),
            "NOOP": lambda text: self.settle("noop", text, "250 2.0.0 Ok"),
            "QUIT": lambda text: self.settle("quit", text, "221 2.0.0 Bye", self._end),
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
        }

    def greet(self) -> None:
        """Say the first word."""
        self.settle("connect", "", f"220 {self.settings.host_name} ESMTP")
        self.flush()

    def turn_away(self) -> None:
        """There are too many connections."""
        self.say("421 4.7.0 Too many connections")
        self.flush()

    def secured(self) -> None:
        """The handshake is done: everything learned before is forgotten (RFC 3207)."""
        self._tls, self._greeted, self.held = True, None, False
        self._clear()
        self.advance()

    def feed(self, octets: bytes | memoryview) -> None:
        """What came in."""
        self._buffer += octets
        if not self.held:
            self.advance()

    # What was read, and whose turn it is.

    def moment(self, stage: str, argument: str) -> Moment:
        """What is known now."""
        return Moment(
            stage,
            argument,
            self._number,
            self.accepted,
            self._sender,
            tuple(self._recipients),
        )

    def advance(self) -> None:
        """Take what was read as far as it goes, and answer."""
        while not (self.held or self.over):
            if not (self._take_content() if self._reading_content else self._step()):
                break
        del self._buffer[: self._at]
        self._scanned = max(0, self._scanned - self._at)
        self._at = 0
        self.flush()

    def _step(self) -> bool:
        end = self._buffer.find(b"\r\n", self._at)
        if end < 0:
            if len(self._buffer) - self._at > LONGEST_AUTH:
                self.violate("500 5.5.2 Line too long")
            return False
        line = bytes(self._buffer[self._at : end])
        self._at = end + 2
        if self._exchange is not None:
            self._respond(line)
        else:
            self._command(line)
        return True

    def _command(self, line: bytes) -> None:
        try:
            verb, argument = read_command(line, self._commands)
            if self._at < len(self._buffer) and not self._may_be_followed(verb):
                self.violate(f"503 5.5.0 Nothing may follow {verb} in one group")
                return
            self._commands[verb](argument)
        except Bad as error:
            self.post.violations.append(str(error))
            self.say(str(error))

    def _may_be_followed(self, verb: str) -> bool:
        # RFC 2920 section 3.1: by a client that was offered PIPELINING only.
        offered = self.settings.pipelining and self._greeted == "ehlo"
        return offered and verb not in _ENDS_A_GROUP

    def _take_content(self) -> bool:
        buffer, begin = self._buffer, self._at
        if buffer.startswith(b".\r\n", begin):
            content, self._at = b"", begin + 3
        else:
            end = buffer.find(b"\r\n.\r\n", max(begin, self._scanned))
            if end < 0:
                self._scanned = max(begin, len(buffer) - 4)
                return False
            content, self._at = bytes(buffer[begin : end + 2]), end + 5
        self._scanned = self._at
        self._reading_content = False
        self._content(content)
        return True

    # The commands.

    def _hello(self, how: str, argument: str) -> None:
        if not argument or " " in argument:
            raise Bad("501 5.5.4 A host name or address literal, please")
        lines = [self.settings.host_name, *(self._offers() if how == "ehlo" else ())]
        parts = ["250-" + line for line in lines[:-1]] + ["250 " + lines[-1]]

        def greeted() -> None:
            self._greeted = how
            self._clear()

        self.settle(how, argument, "\n".join(parts), greeted)

    def _offers(self) -> list[str]:
        own = self.settings
        flags = {
            "PIPELINING": own.pipelining,
            f"SIZE {own.size}": own.size is not None,
            "8BITMIME": own.eight_bit,
            "SMTPUTF8": own.smtputf8,
            "ENHANCEDSTATUSCODES": own.enhanced_codes,
            "STARTTLS": own.starttls and not self._tls,
            f"AUTH {' '.join(own.mechanisms)}": self._may_log_in(),
        }
        return [offer for offer, given in flags.items() if given] + [*own.extensions]

    def _may_log_in(self) -> bool:
        return bool(self.settings.users) and (
            self._tls or self.settings.auth_without_tls
        )

    def _parameters(self) -> frozenset[str]:
        if self._greeted != "ehlo":
            return frozenset()
        own = self.settings
        flags = {
            "SIZE": own.size is not None,
            "BODY": own.eight_bit,
            "SMTPUTF8": own.smtputf8,
            "AUTH": self._may_log_in(),
        }
        return frozenset(name for name, given in flags.items() if given)

    def _mail(self, argument: str) -> None:
        path = self._path("FROM:", argument, self._parameters())
        usual = self._judge_mail(path)

        def begun() -> None:
            self._sender = path.mailbox
            self._utf8 = "SMTPUTF8" in path.parameters
            body = path.parameters.get("BODY", "").upper()
            self._eight_bit = self._utf8 or body == "8BITMIME"

        self.settle("mail", path.mailbox, usual, begun)

    def _judge_mail(self, path: Path) -> str:
        size, limit = path.parameters.get("SIZE", "0"), self.settings.size
        most = self.faults.most_messages
        if self._greeted is None:
            raise Bad("503 5.5.1 EHLO first")
        if self.settings.users and self._user is None:
            return "530 5.7.0 Authentication required"
        if self._sender is not None:
            raise Bad("503 5.5.1 MAIL was given before: RSET first")
        if most is not None and self.accepted >= most:
            return "421 4.7.0 Too many messages on this connection"
        if not path.mailbox.isascii() and "SMTPUTF8" not in path.parameters:
            raise Bad("553 5.6.7 SMTPUTF8 is needed for this address")
        if not size.isdigit():
            raise Bad("501 5.5.4 SIZE is a number")
        if limit is not None and int(size) > limit:
            return "552 5.3.4 Message too big"
        return "250 2.1.0 Ok"

    def _path(self, word: str, argument: str, parameters: frozenset[str]) -> Path:
        if not argument.upper().startswith(word):
            raise Bad(f"501 5.5.4 {word}<mailbox>, please")
        return read_path(argument, parameters=parameters)

    def _rcpt(self, argument: str) -> None:
        path = self._path("TO:", argument, frozenset())
        self.settle(
            "rcpt",
            path.mailbox,
            self._judge_rcpt(path.mailbox),
            lambda: self._recipients.append(path.mailbox),
        )

    def _judge_rcpt(self, mailbox: str) -> str:
        if self._sender is None:
            # After a refused MAIL of the same group this is no mistake (RFC 2920).
            return "503 5.5.1 MAIL first"
        if not mailbox:
            raise Bad("501 5.1.3 A mailbox, please")
        if not mailbox.isascii() and not self._utf8:
            raise Bad("553 5.6.7 SMTPUTF8 is needed for this address")
        if self.faults.too_early(self._sender, mailbox):
            return "451 4.7.1 Greylisted, try again later"
        return "250 2.1.5 Ok"

    def _data(self, argument: str) -> None:
        if argument:
            raise Bad("501 5.5.4 DATA stands alone")
        usual = "354 End data with <CR><LF>.<CR><LF>"
        if not self._recipients:
            usual = "554 5.5.1 No valid recipients"

        def begun() -> None:
            self._reading_content = True

        self.settle("data", "", usual, begun)

    def _content(self, stuffed: bytes) -> None:
        content = stuffed
        if b"\r\n." in stuffed or stuffed.startswith(b"."):
            content = (b"\r\n" + stuffed).replace(b"\r\n.", b"\r\n")[2:]
        number = len(self.post.messages) + 1
        usual = f"250 2.0.0 Ok: queued as {number}"
        if not self._recipients:
            usual = "554 5.5.1 No valid recipients"
        elif wrong := wrong_content(content, eight_bit=self._eight_bit):
            self.post.violations.append(wrong)
            usual = wrong
        elif self.settings.size is not None and len(content) > self.settings.size:
            usual = "552 5.3.4 Message too big"
        message = Received(
            self._sender or "",
            tuple(self._recipients),
            content,
            self._tls,
            self._user,
            self._number,
        )
        self.settle("content", "", usual, lambda: self._keep(message))
        self._clear()

    def _keep(self, message: Received) -> None:
        self.accepted += 1
        self.post.messages.append(message)

    def _rset(self, argument: str) -> None:
        if argument:
            raise Bad("501 5.5.4 RSET stands alone")
        self.settle("rset", "", "250 2.0.0 Ok", self._clear)

    def _clear(self) -> None:
        self._sender, self._recipients = None, []
        self._utf8 = self._eight_bit = False

    def _starttls(self, argument: str) -> None:
        if argument or not self.settings.starttls or self._tls:
            raise Bad("503 5.5.1 No STARTTLS here and now")
        self.settle("starttls", "", "220 2.0.0 Go ahead", self._begin_tls)

    def _begin_tls(self) -> None:
        self.held = self.tls_next = True

    def _end(self) -> None:
        self.over = True

    # AUTH (RFC 4954).

    def _auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        if not self._may_log_in() or self._greeted != "ehlo":
            raise Bad("538 5.7.11 Not without encryption")
        if self._user is not None or self._sender is not None:
            raise Bad("503 5.5.1 Not now")
        if mechanism.upper() not in self.settings.mechanisms:
            raise Bad("504 5.5.4 No such mechanism")
        first = self._decoded(initial) if initial else None
        begin = MECHANISMS[mechanism.upper()]
        self._exchange = begin(first, self.settings.users)
        self._go_on(None)

    def _respond(self, line: bytes) -> None:
        try:
            self._go_on(self._decoded(line.decode("latin-1")))
        except Bad as error:
            self._exchange = None
            self.say(str(error))

    def _decoded(self, text: str) -> bytes:
        if text == "*":
            raise Bad("501 5.7.0 Cancelled")
        try:
            return decoded(text)
        except ValueError:
            raise Bad("501 5.5.2 Not base64") from None

    def _go_on(self, response: bytes | None) -> None:
        assert self._exchange is not None
        try:
            challenge = (
                next(self._exchange)
                if response is None
                else self._exchange.send(response)
            )
        except StopIteration as done:
            self._exchange = None
            self._log_in(done.value)
        except (ValueError, RuntimeError):
            raise Bad("501 5.5.2 Not a response of this mechanism") from None
        else:
            self.say("334 " + base64.b64encode(challenge).decode())

    def _log_in(self, user: str | None) -> None:
        usual = "235 2.7.0 Ok" if user else "535 5.7.8 Wrong user or password"

        def logged_in() -> None:
            self._user = user

        self.settle("auth", "", usual, logged_in)
