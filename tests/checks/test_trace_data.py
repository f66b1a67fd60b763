import pytest

from checks.worlds import (
    World,
    filed,
    header,
    html,
    link,
    markup,
    person,
    property_of,
    text,
)
from safesend.checks.trace_data import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"), person("bob@host.lan"))
HOME = "/home/"

LEAKS = {
    "bare Message-ID": header("Message-ID", "<1.2.3@myhost>"),
    "local Message-ID": header("Message-ID", "<1.2.3@macbook.local>"),
    "Windows Message-ID": header("Message-ID", "<1@DESKTOP-4F2K9QA>"),
    "Received of a bare host": header("Received", "from mypc by mx.example.org"),
    "Received of a network": header(
        "Received", "from mail.example.org ([10.1.2.3]) by mx.example.org"
    ),
    "Received with a login": header(
        "Received", "from a.example.org (Authenticated sender: ada) by b.example.org"
    ),
    "X-Originating-IP": header("X-Originating-IP", "[203.0.113.5]"),
    "PHP": header("X-PHP-Originating-Script", "1000:send.php"),
    "login": header("X-AuthUser", "ada"),
    "path": header("X-Tool", f"called by {HOME}ada/send.py"),
    "a link with a path": link("file:///C:/Users/ada/list.docx"),
    "a file server": link(r"\\server\share\list.docx"),
    "an inner page": link("http://wiki.corp/page"),
    "a bare host": link("http://intranet/page"),
    "a picture of the network": link("http://192.168.1.5/logo.png", place="picture"),
    "a picture of this computer": link("http://localhost/logo.png", place="picture"),
}
WARNINGS = {
    "loopback": header("Received", "from localhost (127.0.0.1) by mx.example.org"),
    "path in the text": text(r"see C:\Users\ada\plan.docx"),
    "file in the text": html("file:///srv/data/plan.docx"),
    "path in the source": markup(f"{HOME}ada/page.html"),
    "author's path": property_of(f"{HOME}ada/plan.docx", place="template"),
    "author's computer": property_of("printed on nas.lan"),
    "link in a file": link("http://wiki.corp/page", unit="attachment 'a.docx'"),
    "link to a router": link("http://192.168.1.1/"),
    "link to this computer": link("http://localhost:8000/"),
}
CLEAN = {
    "Message-ID": header("Message-ID", "<1.2.3@club.example.org>"),
    "Received": header(
        "Received",
        "from mail.example.org (mail.example.org [203.0.113.5]) by mx.example.net"
        " with ESMTPS id abc123 for <ada@example.net>; Mon, 5 May 2025 10:00:00 +0000",
    ),
    "Exchange": header(
        "Received",
        "from AM0.eurprd08.prod.outlook.com ([fe80::1ff:fe23:4567:890a%4]) by"
        " AM0.eurprd08.prod.outlook.com with mapi id 15.20",
    ),
    "this computer": header("Received", "from localhost by mx.example.org"),
    "IPv6": header("Received", "by 2002:a05:6a10:c8a:b0 with SMTP id x; Mon"),
    "unsubscribe": header(
        "List-Unsubscribe", f"<mailto:u@x.org>, <https://x.org{HOME}u/1>"
    ),
    "X-Mailer": header("X-Mailer", "MailChimp Mailer - **CID1234**"),
    "Microsoft": header("X-Mailer", "Microsoft Outlook 16.0"),
    "Subject": header("Subject", "Your router at 192.168.1.1 and pc.local"),
    "To": header("To", "bob@host.lan"),
    "empty": header("X-Originating-IP", " "),
    "a press release": text("open 192.168.1.1 in the browser; then nas.local"),
    "in a file": filed("host 10.0.0.1 nas.local"),
    "links": link("https://example.org/home/ada/x"),
    "relative": link(f"{HOME}index.html".removesuffix("x")),
    "cid": link("cid:image001.png@01D9", place="picture"),
    "a namespace": link("http://schemas/x", place="other"),
    "a script": markup(r"'\\d\w+' '\\server\share'", "script"),
    "a style": markup("@media screen { .a { color: red } }", "style"),
    "a package": text("npm install pkg@1.2.3; logo@2x.png; @club on Mastodon"),
    "plain properties": property_of("Ada Lovelace"),
}


@pytest.mark.parametrize("piece", LEAKS.values(), ids=LEAKS)
def test_traces_in_headers_and_links_are_refused(piece):
    """Where they stand is said."""
    [leak] = WORLD.examine(CHECK, piece, row=0)
    assert (leak.check, leak.severity) == ("L13", Severity.REFUSE)
    assert leak.place == piece.where()


@pytest.mark.parametrize("piece", WARNINGS.values(), ids=WARNINGS)
def test_paths_in_texts_and_files_are_reported(piece):
    """They may be meant; links to a router are in its manual."""
    [leak] = WORLD.examine(CHECK, piece, row=0)
    assert (leak.check, leak.severity) == ("L13", Severity.WARN)


@pytest.mark.parametrize("piece", CLEAN.values(), ids=CLEAN)
def test_public_hosts_and_prose_pass(piece):
    """Also the reader's own address, wherever it is."""
    assert WORLD.examine(CHECK, piece, row=0) == []


def test_the_same_trace_is_said_once_for_a_unit():
    """Raw and decoded, and in every line of a text."""
    path = r"C:\Users\ada"
    lines = [text(rf"{path}\x", line=1), text(rf"{path}\y", line=2)]
    fields = [header("X-A", "a nas.lan b"), header("X-A", "a nas.lan", place="decoded")]
    assert len(WORLD.examine(CHECK, *lines, *fields)) == 2


def test_addresses_in_traces_are_masked():
    """A path may hold one."""
    piece = link(r"file:///C:/Users/bob@example.net/x")
    [leak] = WORLD.examine(CHECK, piece)
    assert "bob@" not in str(leak)
    assert CHECK.allowable
