"""The server's side of one SMTP connection: octets in, replies out, no socket.

It is strict (RFC 5321, 2920, 3030, 4954, 3207) and forgives nothing that a client of
ours may do wrong: what breaks a rule is refused and noted in `violations`. There is
one state of the transaction, cleared by RSET, EHLO and the end of the message only.
"""

from __future__ import annotations

import attrs

from safesend.testing.greeting import Greeting
from safesend.testing.post import Line, Post, Received
from safesend.testing.reading import Reader
from safesend.testing.rules import Moment
from safesend.testing.syntax import (
    LONGEST_AUTH,
    Bad,
    Hopeless,
    Path,
    read_chunk,
    read_command,
    read_path,
    wrong_content,
)
from safesend.testing.wishes import check_wishes

__all__ = ["Dialogue"]

_ENDS_A_GROUP = frozenset(
    {"EHLO", "HELO", "LHLO", "DATA", "QUIT", "NOOP", "STARTTLS", "AUTH"}
)
_OF_A_TRANSACTION = frozenset({"MAIL", "RCPT", "DATA"})


@attrs.define
class _Chunk:
    """A BDAT whose octets come in: how many still, and why they are not wanted."""

    argument: str
    size: int
    left: int
    last: bool
    refusal: str | None


@attrs.define
class _Draft:
    """What belongs to the transaction, beside its sender."""

    recipients: list[str] = attrs.field(factory=list)
    utf8: bool = False
    eight_bit: bool = False
    data_tried: bool = False
    chunked: bool = False
    chunks: bytearray = attrs.field(factory=bytearray)


class Dialogue(Greeting):
    """One connection. `feed` it octets; it writes to its line."""

    def __init__(self, post: Post, line: Line, number: int, *, tls: bool) -> None:
        super().__init__(post, line, tls=tls)
        self.accepted = 0
        self._number = number
        self._reader = Reader()
        self._reading_content = False
        self._chunk: _Chunk | None = None
        self._draft = _Draft()
        self._reset_first = False
        """A chunk was refused: nothing goes on before RSET (RFC 3030 section 2)."""
        self._before: str | None = None
        """The verb before, while its reply is not written."""
        self._commands = {
            **self.commands(),
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "BDAT": self._bdat,
            "RSET": self._rset,
        }

    def feed(self, octets: bytes | memoryview) -> None:
        """What came in."""
        self._reader.feed(octets)
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
            self.sender,
            tuple(self._draft.recipients),
            0 if self.attempt is None else self.attempt.number,
        )

    def advance(self) -> None:
        """Take what was read as far as it goes, and answer."""
        while not (self.held or self.over) and self._step():
            pass
        self._reader.tidy()
        self.flush()

    def flush(self) -> None:
        """Write what was said; the next command begins a group, unless one is held."""
        if not self.held:
            self._before = None
        super().flush()

    def _step(self) -> bool:
        """Take the next thing that was read; False if it is not all there."""
        if self._chunk is not None:
            return self._take_octets(self._chunk)
        if self._reading_content:
            return self._take_content()
        line = self._reader.line()
        if line is None:
            if self._reader.pending > LONGEST_AUTH:
                self.violate("500 5.5.2 Line too long", "")
            return False
        if self.login is not None:
            self.respond(self.login, line)
        else:
            self._command(line)
        return True

    def _command(self, line: bytes) -> None:
        verb = ""
        try:
            verb, argument = read_command(line, self._commands)
            self._check_order(verb)
            self._commands[verb](argument)
        except Hopeless as error:
            self.violate(str(error), verb.lower())
        except Bad as error:
            self.protest(str(error), verb.lower())

    def _check_order(self, verb: str) -> None:
        # RFC 2920 section 3.1: by a client that was offered PIPELINING only.
        ends = verb in _ENDS_A_GROUP or not self.is_offered(self.settings.pipelining)
        if ends and verb != "BDAT" and self._reader.pending:
            raise Hopeless(f"503 5.5.0 Nothing may follow {verb} in one group")
        # RFC 3030 section 2: after all replies to MAIL and RCPT.
        chunks = verb == "BDAT" or self._before == "BDAT"
        waits = chunks and not self.settings.chunks_in_groups
        if waits and self._before not in {None, verb}:
            raise Hopeless("503 5.5.0 BDAT is in a group with BDAT only")
        self._before = verb
        if self._reset_first and verb in _OF_A_TRANSACTION:
            raise Bad("503 5.5.1 RSET first: a chunk was refused")

    def _take_content(self) -> bool:
        content = self._reader.content()
        if content is None:
            return False
        self._reading_content = False
        self._before = "."
        self._content(content)
        return True

    def _take_octets(self, chunk: _Chunk) -> bool:
        octets = self._reader.octets(chunk.left)
        chunk.left -= len(octets)
        if chunk.refusal is None:
            self._draft.chunks += octets
        if chunk.left:
            return False
        self._chunk = None
        pipelines = self.is_offered(self.settings.pipelining)
        ends = chunk.last and not self.settings.chunks_in_groups
        if self._reader.pending and (ends or not pipelines):
            self.violate("503 5.5.0 Nothing may follow this chunk in one group", "bdat")
        else:
            self._end_chunk(chunk)
        return True

    # The commands of a transaction.

    def _mail(self, argument: str) -> None:
        path = self._path("FROM:", argument, self.parameters())
        usual = self._judge_mail(path)
        utf8 = "SMTPUTF8" in path.parameters
        wishes = check_wishes(path.parameters, path.mailbox, utf8=utf8)
        self.attempt = self.post.begin(self._number, path.mailbox)
        self.attempt.wishes.update(wishes)

        def begun() -> None:
            self.sender = path.mailbox
            body = path.parameters.get("BODY", "").upper()
            self._draft = _Draft(utf8=utf8, eight_bit=utf8 or body == "8BITMIME")

        self.settle("mail", path.mailbox, usual, begun)

    def _judge_mail(self, path: Path) -> str:
        size, limit = path.parameters.get("SIZE", "0"), self.settings.size
        most = self.faults.most_messages
        if self.greeted is None:
            raise Bad("503 5.5.1 EHLO first")
        if self.settings.users and self.user is None:
            return "530 5.7.0 Authentication required"
        if self.sender is not None:
            raise Bad("503 5.5.1 MAIL was given before: RSET first")
        if most is not None and self.accepted >= most:
            self.faults.turned_away["max_messages_per_connection"] += 1
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
        path = self._path("TO:", argument, self.wishes())
        mailbox, utf8 = path.mailbox, self._draft.utf8
        wishes = check_wishes(path.parameters, mailbox, utf8=utf8)
        if self.attempt is not None:
            self.attempt.recipients.append(mailbox)
            self.attempt.wishes.update(wishes)
        self.settle(
            "rcpt",
            mailbox,
            self._judge_rcpt(mailbox),
            lambda: self._draft.recipients.append(mailbox),
        )

    def _judge_rcpt(self, mailbox: str) -> str:
        if self.sender is None:
            # After a refused MAIL of the same group this is no mistake (RFC 2920).
            return "503 5.5.1 MAIL first"
        if not mailbox:
            raise Bad("501 5.1.3 A mailbox, please")
        if not mailbox.isascii() and not self._draft.utf8:
            raise Bad("553 5.6.7 SMTPUTF8 is needed for this address")
        if self.faults.too_early(self.sender, mailbox):
            return "451 4.7.1 Greylisted, try again later"
        return "250 2.1.5 Ok"

    def _data(self, argument: str) -> None:
        if argument:
            raise Bad("501 5.5.4 DATA stands alone")
        if self._draft.chunked:
            raise Bad("503 5.5.1 DATA and BDAT do not mix")
        usual = "354 End data with <CR><LF>.<CR><LF>"
        if not self._draft.recipients:
            # RFC 2033 section 4.2 asks for this code, RFC 5321 for the other.
            code = 503 if self.settings.lmtp else 554
            usual = f"{code} 5.5.1 No valid recipients"
        self._draft.data_tried = True

        def begun() -> None:
            self._reading_content = True

        self.settle("data", "", usual, begun)

    def _bdat(self, argument: str) -> None:
        if not self.is_offered(self.settings.chunking):
            raise Hopeless("503 5.5.1 CHUNKING was not offered")
        size, last = read_chunk(argument)
        refusal = self._judge_chunk(size)
        self._chunk = _Chunk(argument, size, size, last, refusal)

    def _judge_chunk(self, size: int) -> str | None:
        draft, limit = self._draft, self.settings.size
        if self._reset_first:
            # The chunks that follow in one group are no mistake.
            return "503 5.5.1 RSET first: a chunk was refused"
        if self.sender is None and self.settings.chunks_in_groups:
            # After a refused MAIL of the same group this is no mistake.
            return "503 5.5.1 MAIL first"
        if self.sender is None or draft.data_tried:
            wrong = "DATA and BDAT do not mix" if draft.data_tried else "MAIL first"
            self.post.violations.append(f"503 5.5.1 {wrong}")
            return f"503 5.5.1 {wrong}"
        if not draft.recipients:
            return "554 5.5.1 No valid recipients"
        if limit is not None and len(draft.chunks) + size > limit:
            return "552 5.3.4 Message too big"
        return None

    def _end_chunk(self, chunk: _Chunk) -> None:
        self._draft.chunked = self._reset_first = True
        if chunk.last and chunk.refusal is None:
            self._content(bytes(self._draft.chunks), chunk)
            return

        def taken() -> None:
            self._reset_first = False

        usual = chunk.refusal or f"250 2.0.0 {chunk.size} octets taken"
        self.settle("bdat", chunk.argument, usual, taken)

    def _content(self, content: bytes, chunk: _Chunk | None = None) -> None:
        recipients = tuple(self._draft.recipients)
        # RFC 2033 section 4.2: a reply for each of them, in their order; none for none.
        for people in (
            [(one,) for one in recipients] if self.settings.lmtp else [recipients]
        ):
            self._content_for(people, content, chunk)
        self._clear()

    def _content_for(
        self, recipients: tuple[str, ...], content: bytes, chunk: _Chunk | None
    ) -> None:
        message = Received(
            self.sender or "",
            recipients,
            content,
            self.tls,
            self.user,
            self._number,
        )

        def kept() -> None:
            self.accepted += 1
            self.post.messages.append(message)
            self._reset_first = False

        usual = self._judge_content(content)
        argument = recipients[0] if self.settings.lmtp else ""
        if chunk is None:
            self.settle("content", argument, usual, kept)
        else:
            self.settle("content", argument or chunk.argument, usual, kept, also="bdat")

    def _judge_content(self, content: bytes) -> str:
        if not self._draft.recipients:
            return "554 5.5.1 No valid recipients"
        if wrong := wrong_content(content, eight_bit=self._draft.eight_bit):
            self.post.violations.append(wrong)
            return wrong
        if self.settings.size is not None and len(content) > self.settings.size:
            return "552 5.3.4 Message too big"
        return f"250 2.0.0 Ok: queued as {len(self.post.messages) + 1}"

    def _rset(self, argument: str) -> None:
        if argument:
            raise Bad("501 5.5.4 RSET stands alone")
        self.settle("rset", "", "250 2.0.0 Ok", self.reset)

    def reset(self) -> None:
        """Forget the transaction."""
        self._reset_first = False
        self._clear()

    def _clear(self) -> None:
        self.sender, self._draft, self.attempt = None, _Draft(), None
