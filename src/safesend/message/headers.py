"""Header values that cannot inject: our own checks, folding and encoding.

The standard library's writer is not used: it turns a long List-Unsubscribe into
encoded words, loses the quotes of a long display name, and has let encoded line
breaks through. Everything here is a pure function from text to octets; a value is
given without the name of its field and without the CRLF that ends it.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re

from safesend.errors import ConfigurationError, Leak, TemplateError, UnsafeMessage
from safesend.message.address import Address
from safesend.message.encoded_words import decoded_words, encode_words, looks_encoded

__all__ = [
    "check_text",
    "date_seconds",
    "format_date",
    "mailbox",
    "parameter",
    "structured",
    "unstructured",
]

_ADVISED, _HARD = 78, 998  # RFC 5322 section 2.1.1, without the CRLF
_WITH_ENCODED = 76  # RFC 2047 section 2
# Postfix cuts a header at 102,400 octets and moves the rest into the body.
_LONGEST = 8_000

# RFC 5322 section 2.2: printable ASCII and blanks. C0, DEL and C1 never; U+2028 and
# U+2029 end a line for some readers; half a surrogate pair has no octets.
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# One line after any field name of up to 20 characters, and nothing to encode.
_SIMPLE = re.compile(r"[!-~](?:[ -~]{0,54}[!-~])?")
_FOLD = re.compile(r"(?<=[^ ])(?= )")
_ATOMS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)

_DAYS = "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


_ONE_LINE = (
    "Take the line break, or what cannot be seen, out of the value: it could add a"
    " recipient. Often it is a cell with two lines."
)


def check_text(name: str, text: str) -> None:
    """Refuse what could end the line, now or after a reader decoded it (L11).

    Raises `UnsafeMessage` for control characters, plain or inside an encoded word, and
    `TemplateError` for a text of more than 8,000 characters.
    """
    # Most is printable as it is, and holds none of these then.
    if not text.isprintable() and _CONTROL.search(text):
        raise _injection(name, "holds a line break or another control character")
    if len(text) > _LONGEST:
        reason = f"has {len(text)} characters; at most {_LONGEST} are sent"
        raise TemplateError(reason, f"header {name}")
    if looks_encoded(text):
        for word in decoded_words(text):
            if _CONTROL.search(word):
                reason = "holds an encoded word with a control character in it"
                raise _injection(name, reason)


def _injection(name: str, reason: str) -> UnsafeMessage:
    return UnsafeMessage([Leak("L11", f"header {name}", reason, advice=_ONE_LINE)])


def unstructured(name: str, text: str) -> bytes:
    """The value of a header that is free text: Subject and the like.

    ASCII stays as it is, folded at blanks; anything else, and ASCII that looks like an
    encoded word, becomes encoded words (RFC 2047), so that it reads back literally.
    Blanks around the text are dropped. Raises as `check_text` does, and
    `TemplateError` when nothing is left.
    """
    if _SIMPLE.fullmatch(text) and not looks_encoded(text):
        return text.encode()
    check_text(name, text)
    text = text.strip(" ")
    if not text:
        raise TemplateError("is empty", f"header {name}")
    if text.isascii() and not looks_encoded(text):
        folded = _folded(text, len(name) + 2)
        if folded is not None:
            return folded
    return _encoded(text, len(name) + 2)


def _folded(text: str, used: int) -> bytes | None:
    """Fold before runs of blanks; None when a word is too long for any line."""
    lines = [""]
    room = _ADVISED - used
    for word in _FOLD.split(text):
        if lines[-1] and len(lines[-1]) + len(word) > room:
            lines.append("")
            room = _ADVISED
        lines[-1] += word
    if len(lines[0]) + used > _HARD or any(len(line) > _HARD for line in lines):
        return None
    return "\r\n".join(lines).encode()


def _encoded(text: str, used: int) -> bytes:
    room = _WITH_ENCODED - used
    words = encode_words(text, room)
    folded = b"\r\n ".join(words)
    return b"\r\n " + folded if len(words[0]) > room else folded


def structured(name: str, text: str) -> bytes:
    """The value of a header with a grammar (a URI, a token): ASCII, never encoded.

    A URI in angle brackets is never folded inside (RFC 8058 section 3.1, RFC 2369
    section 2): folds stand after commas only. Raises as `check_text` does, and
    `TemplateError` for what is not ASCII, looks encoded or is too long for a line.
    """
    check_text(name, text)
    text = text.strip(" ")
    where = f"header {name}"
    if not text.isascii() or looks_encoded(text):
        raise TemplateError("may hold plain ASCII only", where)
    if not text:
        raise TemplateError("is empty", where)
    lines = (
        re.split(r"(?<=,) +", text) if len(name) + 2 + len(text) > _ADVISED else [text]
    )
    if any(len(line) + len(name) + 2 > _HARD for line in lines):
        raise TemplateError("is too long for one line of a mail", where)
    return "\r\n ".join(lines).encode()


def mailbox(name: str, address: Address) -> bytes:
    """The value of From or Reply-To: one mailbox, its addr-spec never encoded.

    The display name is written as atoms, quoted, or as an encoded-word phrase
    (RFC 5322 section 3.4, RFC 2047 section 5). An addr-spec with a local part outside
    of ASCII is UTF-8 and needs SMTPUTF8 (RFC 6532).
    """
    wire = address.wire.encode()
    if not address.name:
        return wire
    check_text(name, address.name)
    phrase = _phrase(name, address.name)
    first = b"%b: %b" % (name.encode(), phrase)
    used = len(first.rpartition(b"\n")[2])
    if used + len(wire) + 3 > _WITH_ENCODED:
        return b"%b\r\n <%b>" % (phrase, wire)
    return b"%b <%b>" % (phrase, wire)


def _phrase(name: str, text: str) -> bytes:
    if not text.isascii() or looks_encoded(text):
        return _encoded(text, len(name) + 2)
    if _ATOMS.fullmatch(text):
        return text.encode()
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'.encode()


def parameter(name: str, value: str) -> bytes:
    """One parameter of a MIME header, each of its lines begun with a fold.

    Short ASCII is a quoted string; the rest is percent-encoded UTF-8 (RFC 2231
    section 4), in numbered sections when it is long (section 3).
    """
    check_text(name, value)
    if value.isascii() and len(name) + len(value) + 6 <= _ADVISED:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{quoted}"'.encode()
    sections = _sections(value, _ADVISED - len(name) - 8)
    if len(sections) == 1:
        return f";\r\n {name}*=utf-8''{sections[0]}".encode()
    sections[0] = "utf-8''" + sections[0]
    return "".join(
        f";\r\n {name}*{number}*={section}" for number, section in enumerate(sections)
    ).encode()


def _sections(value: str, room: int) -> list[str]:
    sections = [""]
    room -= len("utf-8''")
    for character in value:
        encoded = _percent(character)
        if len(sections[-1]) + len(encoded) > room:
            sections.append("")
        sections[-1] += encoded
    return sections


def _percent(character: str) -> str:
    # RFC 2231 section 7: attribute-char leaves out "*", "'", "%" and the tspecials.
    if re.match(r"[A-Za-z0-9!#$&+.^_`{|}~-]", character):
        return character
    return "".join(f"%{octet:02X}" for octet in character.encode())


def format_date(date: dt.datetime) -> bytes:
    """The date as RFC 5322 section 3.3 writes it, in UTC.

    Raises `ConfigurationError` for a date without a zone: it could mean any hour.
    """
    if date.tzinfo is None:
        raise ConfigurationError("the date of a message needs a time zone")
    utc = date.astimezone(dt.UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{day}, {utc.day:02} {month} {utc.year:04} {utc:%H:%M:%S} +0000".encode()


@functools.lru_cache(maxsize=64)
def date_seconds(octets: bytes) -> int:
    """The seconds since 1970 of a date that `format_date` wrote."""
    _, day, month, year, clock, _ = octets.decode().split(" ")
    hours, minutes, seconds = map(int, clock.split(":"))
    number = _MONTHS.index(month) + 1
    return calendar.timegm((int(year), number, int(day), hours, minutes, seconds))
