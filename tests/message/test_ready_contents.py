"""Tests of what is taken out of the MIME of a ready-made message."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from message.ready_mails import PNG, legacy, modern, octets, stray
from safesend.errors import AttachmentError, TemplateError
from safesend.message.ready_letter import read_letter


def contents(message):
    if not isinstance(message, bytes) and "subject" not in message:
        message["Subject"] = "Hello"
    return read_letter(message).contents


def multipart(kind, *parts, **params):
    message = MIMEMultipart(kind, **params)
    for part in parts:
        message.attach(part)
    return message


def picture(cid="<logo>", **fields):
    return stray("image/png", PNG, Content_ID=cid, **fields)


def text(value="Dear all", subtype="plain"):
    return MIMEText(value, subtype, "utf-8")


HTML = '<img src="cid:logo">'
FILE = {"Content_Disposition": 'attachment; filename="a.pdf"'}


@pytest.mark.parametrize(
    "message",
    [
        multipart("mixed", multipart("related", text(HTML, "html"), picture())),
        multipart("mixed", text(HTML, "html"), picture()),
        multipart("related", multipart("alternative", text(HTML, "html")), picture()),
        multipart("alternative", multipart("related", text(HTML, "html"), picture())),
        multipart(
            "mixed", multipart("mixed", text(HTML, "html")), picture("<logo>")
        ),
    ],
)  # fmt: skip
def test_a_picture_that_the_html_shows_is_inline(message):
    """Wherever programs put it, and whatever its disposition says."""
    found = contents(message)

    [logo] = found.inline
    assert (logo.cid, logo.name, logo.load()) == ("logo", "picture-1.png", PNG)
    assert found.attachments == ()
    assert found.html == HTML


def test_a_picture_that_is_not_shown_is_a_file():
    """Some programs give every file a content id."""
    message = multipart("mixed", text(), picture(**FILE))

    assert [file.cid for file in contents(message).attachments] == [None]


def test_ids_of_one_run_are_renamed():
    """`make_msgid` makes them anew, of the time and the machine's name (L13)."""
    html = "<img src=\"cid:1.2@host\"><img src='cid:x%40host'> cid:logo"
    message = multipart(
        "related",
        text(html + '<img src="cid:logo">', "html"),
        picture("<1.2@host>"), picture("<x@host>"), picture("<logo>"),
    )  # fmt: skip

    found = contents(message)

    assert [one.cid for one in found.inline] == ["picture-1", "picture-2", "logo"]
    assert "host" not in found.html
    assert found.html.count("cid:") == 4


def test_files_keep_name_type_and_octets():
    """In their order, also text files in a charset of their own."""
    message = modern(files=[("b.pdf", b"1"), ("a.pdf", b"2")])
    message.add_attachment("ä,ö\n", subtype="csv", charset="cp1252", filename="l.csv")

    files = contents(message).attachments

    assert [(f.name, f.content_type, f.load()) for f in files] == [
        ("b.pdf", "application/pdf", b"1"),
        ("a.pdf", "application/pdf", b"2"),
        ("l.csv", "text/csv", "ä,ö\r\n".encode("cp1252")),
    ]


def test_a_text_with_a_file_name_is_a_file():
    """A readme is attached, not read."""
    message = modern()
    message.add_attachment("read me\n", filename="readme.txt")

    found = contents(message)

    assert found.text == "Dear all\n"
    assert [file.name for file in found.attachments] == ["readme.txt"]


def test_an_empty_text_beside_an_html_is_none():
    """The html is then read out for those who see no html."""
    assert contents(modern(text=" \n", html="<p>a</p>")).text is None
    assert contents(modern(text="\n")).text == "\n"


@pytest.mark.parametrize(
    ("message", "part", "reason"),
    [
        (multipart("signed", text()), "the message (multipart/signed)", "is signed"),
        (multipart("mixed", multipart("signed", text())), "part 1 ", "is signed"),
        (multipart("encrypted", text()), "the message", "nobody can look into it"),
        (stray("application/pkcs7-mime"), "the message", "signed or encrypted"),
        (multipart("report", text()), "the message", "a kind of multipart"),
        (stray(), "the message (application/pdf)", "is no text to read"),
        (multipart("mixed", text(), text()), "part 2 ", "one text more"),
        (
            multipart("mixed", text(), multipart("alternative", text())),
            "part 2 (multipart/alternative)", "one text more",
        ),
        (multipart("alternative", text(), text()), "part 2 ", "a second text"),
        (
            multipart("alternative", text("a", "html"), text()),
            "part 2 (text/plain)", "stands behind the html",
        ),
        (
            multipart("alternative", text(), MIMEText("BEGIN:", "calendar")),
            "part 2 (text/calendar)", "names its guests",
        ),
        (
            multipart("alternative", text(), stray(**FILE)),
            "part 2 (application/pdf)", "nothing else",
        ),
        (
            multipart("alternative", text(), MIMEText("a", "x-amp-html")),
            "part 2 (text/x-amp-html)", "nothing else",
        ),
        (multipart("mixed", stray(**FILE)), "the message", "no text and no html"),
        (multipart("mixed", text(), stray()), "part 2 ", "a file without a name"),
        (
            multipart("related", text(), picture(), start="<other>"),
            "the message", "begins with another part",
        ),
        (multipart("related", text(), text(subtype="html")), "part 2 ", "without"),
        (
            multipart("mixed", text(), stray(
                Content_Disposition="attachment; filename*=utf-8''%FF.pdf"
            )),
            "part 2 ", "cannot be read in one way",
        ),
        (
            multipart("related", text(), multipart("mixed", text())),
            "part 2 (multipart/mixed)", "a kind of multipart",
        ),
    ],
)  # fmt: skip
def test_what_no_letter_has_is_refused_by_its_place(message, part, reason):
    """Which part, and what to do about it."""
    with pytest.raises(TemplateError) as caught:
        contents(message)
    assert str(caught.value).startswith(part)
    assert reason in str(caught.value)


def test_a_mail_inside_a_mail_is_refused():
    """It names those whom it was written to (L20)."""
    message = modern()
    message.add_attachment(modern())
    with pytest.raises(TemplateError, match=r"part 2 \(message/rfc822\).*\(L20\)"):
        contents(message)


def test_names_are_those_that_a_file_may_have():
    """A path, or an address, in a file name."""
    for name in ("../a.pdf", "ada@example.org.pdf"):
        with pytest.raises(AttachmentError):
            contents(modern(files=[(name, b"x")]))


HEAD = "Subject: a", "MIME-Version: 1.0"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["Content-Type: text/plain", "Content-Type: text/html", "", "a"], "once"),
        (["Content-Type: text/plain; charset", "", "a"], "cannot be read in one way"),
        (["Content-Transfer-Encoding: binary", "", "a"], "encoded as 'binary'"),
        (["Content-Transfer-Encoding: base64", "", "a*b*c"], "is broken"),
        (["Content-Transfer-Encoding: x-uuencode", "", "a"], "use base64"),
        (["Content-Type: text/plain; charset=utf-7", "", "+AGE-"], "charset 'utf-7'"),
        (["Content-Type: text/plain; charset=rot13", "", "n"], "charset 'rot13'"),
        (["Content-Type: text/plain; charset=nope", "", "n"], "use utf-8"),
        (["", "Gr\xfc\xdfe"], "charset 'us-ascii'"),
        (["Content-Type: text/plain; format=flowed; delsp=yes", "", "a"], "delsp"),
        (["Content-Type: multipart/mixed", "", "a"], "is broken"),
        (['Content-Type: multipart/mixed; boundary="x"', "", "--x", "", "a"], "broken"),
        (['Content-Type: multipart/mixed; boundary="x"', "", "--x--", ""], "broken"),
        ([" folded", "", "a"], ""),
        (["no header", "", "a"], "is broken"),
    ],
)
def test_what_a_parser_has_to_guess_at_is_refused(lines, reason):
    """Two readers would see two messages."""
    message = octets(*HEAD, *lines).decode().encode("latin-1")
    if not reason:
        assert contents(message).text == "a"
        return
    with pytest.raises(TemplateError, match=reason):
        contents(message)


def test_flowed_lines_stay_as_they_are():
    """RFC 3676 made them so that they can be read plainly."""
    message = octets(
        *HEAD, "Content-Type: text/plain; format=flowed", "", "a ", "b", ""
    )

    assert contents(message).text == "a \nb\n"


def test_a_related_begins_with_the_part_that_it_says():
    """`start=` names the first one: that is what is expected anyway."""
    first = text(HTML, "html")
    first["Content-ID"] = "<first>"
    message = multipart("related", first, picture(), start="<first>")

    assert len(contents(message).inline) == 1


def test_legacy_and_modern_messages_hold_the_same():
    """The way in which a program makes a message is not part of it."""
    said = {
        "html": '<img src="cid:1@host">\n',
        "files": [("a.pdf", b"x")],
        "pictures": [("logo.png", "1@host")],
    }
    assert contents(modern(**said)) == contents(legacy(**said))


def test_a_part_of_a_broken_file_is_refused():
    """Base64 that holds something else could hide something."""
    message = modern(files=[("a.pdf", b"x")])
    part = message.get_payload()[1]
    part.set_payload("eA==*")
    assert isinstance(message, EmailMessage)
    with pytest.raises(TemplateError, match=r"part 2 .*is broken"):
        contents(message)


@pytest.mark.parametrize("depth", [12, 100, 3000])
def test_parts_inside_of_parts_without_end_are_refused(depth):
    """Whatever a parser of its own depth says of them."""
    lines = ["Subject: a"]
    for level in range(depth):
        kind = f'Content-Type: multipart/mixed; boundary="b{level}"'
        lines += [kind, "", f"--b{level}"]
    lines += ["", "a", *(f"--b{level}--" for level in range(depth - 1, -1, -1)), ""]
    with pytest.raises(TemplateError, match=r"too many parts|cannot be read as a mail"):
        contents(octets(*lines))
