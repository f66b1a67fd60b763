import base64
import hashlib
import time
import timeit

import attrs
import pytest

from checks import worlds
from checks.worlds import DISGUISES, World, person
from safesend.checks.reading import Reading
from safesend.checks.speaking_tokens import CHECK
from safesend.errors import Severity

ADA, BOB, US = "ada@example.net", "bob@example.org", "news@club.example.org"
WORLD = World.of(person(ADA), person(BOB), person(US))
URL = "https://club.example.org"


def examined(*found, row=0, world=WORLD):
    return world.examine(CHECK, *found, row=row)


def digest(name, address=ADA):
    return hashlib.new(name, address.encode()).hexdigest()


def digest64(name, address=ADA):
    return base64.b64encode(hashlib.new(name, address.encode()).digest()).decode()


def jwt(address):
    """Header, claims and signature, as PyJWT writes them (RFC 7519)."""
    claims = f'{{"unsub_account":"{address}"}}'.encode()
    parts = (b'{"alg":"HS256","typ":"JWT"}', claims, b"\x81" * 32)
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts
    )


OWN = {
    "JWT": worlds.header("List-Unsubscribe", f"<{URL}/leave/{jwt(ADA)}>"),
    "JWT in a link": worlds.link(f"{URL}/leave/{jwt(ADA)}"),
    "JWT in a text": worlds.text(f"Leave: {URL}/leave/{jwt(ADA)}"),
    "query": worlds.link(f"{URL}/?e={ADA}"),
    "path": worlds.link(f"{URL}/u/{ADA}/bye"),
    "fragment": worlds.link(f"{URL}/#{ADA}"),
    "user": worlds.link(f"https://{ADA}@club.example.org/"),
    "picture": worlds.link(f"{URL}/p.gif?{ADA}", place="picture"),
    "wrapped": worlds.link(
        f"{URL}/?to=https%3A%2F%2Fx.example%3Fe%3Dada%2540example.net"
    ),
    "link of a text": worlds.text(f"Leave the list: {URL}/u/{ADA}/bye", line=9),
    "link of a text, encoded": worlds.text(f"Leave: {URL}/?e=ada%40example.net now"),
    "link of a text, base64": worlds.text(
        f"see {URL}/{DISGUISES['base64url'](ADA)} now"
    ),
    "in a script": worlds.markup(f'{{"url": "{URL}/u/{ADA}"}}', place="script"),
    "Message-ID": worlds.header("Message-ID", f"<{ADA}.1@club.example.org>"),
    "List-Unsubscribe": worlds.header("List-Unsubscribe", f"<{URL}/?{ADA}>"),
    "unsubscribe by mail": worlds.header(
        "List-Unsubscribe", f"<mailto:{US}?subject=ada%40example.net>"
    ),
    "bounce address": worlds.header(
        "Return-Path", "<bounces+ada=example.net@club.example.org>"
    ),
    "bounce address in a mailto": worlds.link(
        "mailto:leave+ada=example.net@club.example.org"
    ),
    "List-Id": worlds.header("List-Id", f"<{ADA}>"),
    "Feedback-ID": worlds.header("Feedback-ID", f"spring:{ADA}:club"),
    "own header": worlds.header("X-Campaign-User", ADA),
    "lower case": worlds.header("message-id", f"<{DISGUISES['hexadecimal'](ADA)}@x.y>"),
    "md5": worlds.link(f"https://avatar.example/{digest('md5')}?s=80", place="picture"),
    "md5 in capitals": worlds.link(f"{URL}/{digest('md5').upper()}"),
    "sha-1": worlds.link(f"{URL}/?u={digest('sha1')}&x=1"),
    "sha-256": worlds.link(f"{URL}/?u={digest('sha256')}"),
    "md5 in base64": worlds.link(f"{URL}/?u={digest64('md5')}"),
    "sha-256 in base64": worlds.text(f"see {URL}/?u={digest64('sha256')}"),
    "sha-1 in an id": worlds.header("X-User", digest("sha1")),
}


@pytest.mark.parametrize("piece", OWN.values(), ids=OWN)
def test_the_readers_address_in_a_link_or_id_is_refused(piece):
    """
    Readable, encoded or as a digest; who needs it can allow I7.
    """
    [leak] = examined(piece)

    assert (leak.check, leak.severity, leak.row) == (
        "I7",
        Severity.REFUSE,
        "members.csv:2",
    )
    assert leak.place.startswith(piece.unit)
    assert "the reader's address" in leak.reason
    assert ADA not in str(leak)
    assert CHECK.allowable


@pytest.mark.parametrize("name", sorted(set(DISGUISES) - {"soft break"}))
@pytest.mark.parametrize("where", ["link", "text", "id"])
def test_no_disguise_helps(name, where):
    """
    The reader's address is found in a link or id in every writing of L38.
    """
    said = DISGUISES[name](ADA)
    piece = {
        "link": worlds.link(f"{URL}/u/{said}"),
        "text": worlds.text(f"see {URL}/u/{said} please"),
        "id": worlds.header("X-Mail-Id", said),
    }[where]

    assert len(examined(piece)) == 1


CLEAN = {
    "nothing": worlds.text("Dear Ada"),
    "own in the letter": worlds.text(f"You are subscribed as {ADA}."),
    "own in html": worlds.html(f"You are subscribed as {ADA}."),
    "own before a link": worlds.text(f"You ({ADA}) can leave: {URL}/u/x8Fk2"),
    "own after a link": worlds.text(f"Leave at {URL}/u/x8Fk2 ({ADA})"),
    "own in brackets after a link": worlds.text(f"{URL}/u/x8Fk2<{ADA}>"),
    "To": worlds.header("To", ADA),
    "Subject": worlds.header("Subject", f"for {ADA}"),
    "delivered": worlds.header("Delivered-To", ADA),
    "noted by a receiver": worlds.header("X-Original-To", ADA),
    "noted by a filter": worlds.header("X-Spam-Report", f"{ADA} is fine"),
    "own mailto": worlds.link(f"mailto:{ADA}"),
    "own mailto, encoded": worlds.link("mailto:ada%40example.net?subject=Hi"),
    "mailto that says so": worlds.link(f"mailto:{US}?subject=leave%20{ADA}"),
    "opaque token": worlds.link(f"{URL}/u/Zx8fQ2kLmN0pQrStUvWxYz"),
    "JWT of a number": worlds.link(f"{URL}/leave/{jwt('4711')}"),
    "opaque id": worlds.header("Message-ID", "<20261124.x8Fk2@club.example.org>"),
    "commits": worlds.link(f"https://git.example/c/{digest('sha1', 'x')}"),
    "commits in a text": worlds.text(f"fixed in {digest('sha1', 'y')}, {URL}/"),
    "digest out of links": worlds.text(f"Your number: {digest('md5')}"),
    "sender": worlds.link(f"{URL}/?from={US}"),
    "digest of the sender": worlds.link(f"https://avatar.example/{digest('md5', US)}"),
    "stranger": worlds.link(f"{URL}/?e=eve@example.com"),
    "digest of a stranger": worlds.text(digest("md5", "eve@example.com")),
    "dense picture": worlds.link(f"{URL}/logo@2x.png", place="picture"),
    "styles": worlds.markup(
        "@media print { a { background: url(https://x.example) } }"
    ),
    "handle": worlds.link("https://social.example/@ada"),
}


@pytest.mark.parametrize("piece", CLEAN.values(), ids=CLEAN)
def test_what_tells_nobody_of_the_reader_passes(piece):
    """
    The letter may speak to its reader, and tokens that say nothing are good ones.
    """
    assert examined(piece) == []


HASHED = {
    "avatar": worlds.link(f"https://avatar.example/{digest('md5', BOB)}"),
    "in the letter": worlds.text(f"member {digest('sha256', BOB)}"),
    "in base64": worlds.html(digest64("sha1", BOB)),
    "in a sheet": worlds.row_of_sheet("x", digest("sha1", BOB)),
    "in a header": worlds.header("X-User", digest("md5", BOB)),
    "as a file name": worlds.named(f"{digest('md5', BOB)}.pdf"),
}


@pytest.mark.parametrize("row", [0, 2, None])
@pytest.mark.parametrize("piece", HASHED.values(), ids=HASHED)
def test_a_digest_of_somebody_elses_address_is_refused_everywhere(piece, row):
    """
    It is another recipient's address (I3), and nothing lifts that.
    """
    [leak] = examined(piece, row=row)

    assert (leak.check, leak.severity) == ("I3", Severity.REFUSE)
    assert "digest of another address (members.csv:3)" in leak.reason


def test_many_digests_in_one_place_are_one_leak():
    """
    A list that was "made anonymous" is counted.
    """
    rows = [
        worlds.row_of_sheet(digest("md5", a), line=n) for n, a in enumerate([BOB, ADA])
    ]

    [leak] = examined(*rows, *rows, row=2)

    assert (
        leak.reason == "holds the digests of 2 other addresses (first: members.csv:3)"
    )
    assert "sheet 'Prices', cell A" in leak.place


def test_a_mailing_without_digests_keeps_none():
    """
    Nobody's digests are known where nothing looked like one; the reader's own are.
    """
    circle = attrs.evolve(WORLD.circle, hashes=None)
    world = attrs.evolve(WORLD, circle=circle)

    assert examined(HASHED["avatar"], world=world) == []
    assert len(examined(OWN["md5"], world=world)) == 1


def test_two_rows_of_one_mailbox_are_one_reader():
    """
    A digest belongs to the first row with this address, and is still the reader's own.
    """
    world = World.of(person(ADA), person(ADA))

    assert examined(worlds.text(digest("md5")), world=world, row=1) == []


def test_who_writes_to_themselves_is_the_sender():
    """
    A test mail to oneself holds the own address in many headers.
    """
    found = [
        worlds.header("Return-Path", f"<{US}>"),
        worlds.header("List-Unsubscribe", f"<mailto:{US}>"),
        worlds.link(f"{URL}/?from={US}"),
    ]

    assert examined(*found, row=2) == []


def test_one_place_gives_one_leak():
    """
    A header raw and decoded, a link in clear and hashed: told once.
    """
    found = examined(
        worlds.header("X-User", f"{ADA} {digest('md5')}"),
        worlds.header("X-User", ADA, place="decoded"),
        worlds.link(f"{URL}/?{ADA}&{digest('md5')}"),
        worlds.link(f"{URL}/?{ADA}"),
    )

    assert [leak.place for leak in found] == ["header X-User", "html, link"]


def test_what_all_share_has_no_reader():
    """
    Whoever stands in a shared link is another recipient, which another check finds.
    """
    assert examined(OWN["query"], row=None) == []
    assert examined(row=0) == []


def seconds(text):
    """Processor time of the check, the reading of addresses left out."""
    reading = Reading.of([worlds.text(text), worlds.link(text)])
    assert reading.sightings is not None
    examine, circle = CHECK.examine, WORLD.circle
    return min(
        timeit.repeat(
            lambda: list(examine(reading, WORLD.reader(0), circle)),
            timer=time.process_time,
            number=1,
            repeat=3,
        )
    )


@pytest.mark.parametrize(
    "bit",
    ["://", f"{ADA} ", f"https://{ADA} ", ADA, f"{'0' * 32} ", f"{digest('md5')},"],
)
def test_the_time_is_linear(bit):
    """
    Also in a text that is nothing but links, own addresses or digests.
    """
    short, long = seconds(bit * 1_000), seconds(bit * 8_000)

    assert long < 30 * max(short, 0.002)
