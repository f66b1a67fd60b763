import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.traces import (
    inner_host,
    inner_network,
    inner_path,
    is_bare_host,
    is_loopback,
    login,
    url_host,
)

HOME, MAC = "/home/", "/Users/"

HOSTS = [
    ("by macbook-pro.local (Postfix)", "macbook-pro.local"),
    ("from ip-10-0-0-12.eu-west-1.compute.internal", "eu-west-1.compute.internal"),
    ("<x@nas.lan>", "nas.lan"),
    ("mail.Example.CORP;", "mail.Example.CORP"),
    ("localhost.localdomain", "localhost.localdomain"),
    ("pc.fritz.box", "pc.fritz.box"),
    ("<1@DESKTOP-4F2K9QA>", "DESKTOP-4F2K9QA"),
    ("printer.home.arpa.", "printer.home.arpa"),
    ("local.lan.local is it", "local.lan.local"),
]
NO_HOSTS = [
    "",
    "mail.example.org",
    "foo.local.example.org",
    "the local news",
    "see .local domains",
    "a.locals",
    "a.internals.example.org",
    "corp.example.com",
    "win-win",
    "LAPTOP-bag",
    "thinking.localhostess",
]
NETWORKS = [
    ("from [10.1.2.3]", "10.1.2.3"),
    ("(192.168.178.20)", "192.168.178.20"),
    ("172.16.0.1:25", "172.16.0.1"),
    ("172.31.255.254", "172.31.255.254"),
    ("127.0.0.1", "127.0.0.1"),
    ("169.254.1.1", "169.254.1.1"),
    ("IPv6:fe80::1ff:fe23:4567:890a", "fe80::1ff:fe23:4567:890a"),
    ("[fd12:3456:789a::1]", "fd12:3456:789a::1"),
]
NO_NETWORKS = [
    "",
    "203.0.113.5",
    "172.15.0.1",
    "172.32.0.1",
    "110.1.2.3",
    "1.10.0.0.1",
    "version 10.1.2.3.4",
    "10.1.2",
    "10.1.2.300",
    "2001:db8::1",
    "fade: to black",
    "feed:me",
    "at 10:10:10",
]
PATHS = [
    (r"C:\Users\ada\plan.docx", r"C:\Users\ada"),
    ("file:///C:/Users/ada/plan.docx", "C:/Users/ada"),
    (f"in {HOME}ada/list.csv", f"{HOME}ada/l"),
    (f"({MAC}ada/Desktop", f"{MAC}ada/D"),
    (f"file://{HOME}ada/x", f"file://{HOME}ada/x"),
    ("file:///srv/data/x.html", "file:///srv/data/x.html"),
    (r"\\server\share\list.xlsx", r"\\server\share"),
    (r"c:\\Users\\ada\\x", r"c:\\Users\\ada"),
]
NO_PATHS = [
    "",
    r"C:\Users\Public\x",
    r"C:\Users\%USERNAME%",
    f"https://example.org{HOME}news/today",
    f"in {HOME}user/list.csv",
    f"in {HOME}$USER/list.csv",
    f"the {HOME} folder",
    f'href="{HOME}"',
    "profile: /",
    r"\\n\\t",
    r"\\1\2",
    "a file: that is it",
    "a file:/",
    r"C:\Program Files\x",
]


def seconds(function, text):
    """The least processor time of three tries."""
    return min(
        timeit.repeat(
            lambda: function(text), timer=time.process_time, number=1, repeat=3
        )
    )


@pytest.mark.parametrize(("text", "host"), HOSTS)
def test_a_name_of_the_local_network_is_found(text, host):
    """Whatever stands around it, and in any case."""
    assert inner_host(text).endswith(host)


@pytest.mark.parametrize("text", NO_HOSTS)
def test_public_names_and_prose_are_no_inner_hosts(text):
    """Only a name that ends like one of the local network is one."""
    assert inner_host(text) == ""


@pytest.mark.parametrize(("text", "network"), NETWORKS)
def test_an_address_of_a_private_network_is_found(text, network):
    """Of RFC 1918, 3927, 4193 and 4291."""
    assert inner_network(text) == network


@pytest.mark.parametrize("text", NO_NETWORKS)
def test_public_addresses_and_versions_are_no_inner_network(text):
    """Nor are dates, versions and words of hexadecimal letters."""
    assert inner_network(text) == ""


@pytest.mark.parametrize(("text", "path"), PATHS)
def test_a_path_of_somebody_is_found(text, path):
    """It names a user, a file server or a place on a disk."""
    assert inner_path(text) == path


@pytest.mark.parametrize("text", NO_PATHS)
def test_urls_and_instructions_hold_no_path_of_somebody(text):
    """A path in a URL, or of a user who is everybody, tells nothing."""
    assert inner_path(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "by mail.example.org (Postfix, from userid 1000)",
        "(Authenticated sender: ada) by mail.example.org",
        "X: authenticated_id: ada/only user",
    ],
)
def test_a_login_is_found(text):
    """Postfix, Exim and web hosts write it into their traces."""
    assert login(text)
    assert not login("from mail.example.org by mx.example.net with ESMTPSA id 1")


def test_the_host_of_a_url_is_what_a_browser_takes():
    """Without the user, the port, the path and the brackets."""
    assert url_host("https://ada:x@example.org:8080/a@b") == "example.org"
    assert url_host("http://[fd00::1]/x") == "fd00::1"
    assert url_host(" HTTP:\\\\intranet\\x") == "intranet"
    assert url_host("mailto:ada@example.org") == ""
    assert url_host("cid:part1") == ""
    assert url_host("/a/b") == ""


def test_bare_hosts_and_loopback():
    """A name without a dot is bare; what means this computer tells nothing."""
    assert is_bare_host("intranet")
    assert not is_bare_host("example.org")
    assert not is_bare_host("::1")
    assert not is_bare_host("")
    for host in ("localhost", "localhost.localdomain", "127.0.0.1", "::1"):
        assert is_loopback(host)
    assert not is_loopback("local")


@given(st.text())
def test_no_text_breaks_the_search(text):
    """Each answer is a text, short, and stands in what was given."""
    for look in (inner_host, inner_network, login):
        assert look(text) in text
    assert len(inner_path(text)) <= 60


@pytest.mark.parametrize(
    "unit",
    [
        "a.", "a-", "10.", "fe80:", "::", "file:/", "\\\\", "a.local", "C:\\Users\\",
        HOME, f"{HOME}user/", "http://", "from userid ", "(Authenticated sender", "-",
        "file:///file:", "\\\\aa\\", ".local", " a.local", "a.local.b",
    ],
)  # fmt: skip
def test_time_is_linear_in_hostile_text(unit):
    """Four times the text takes about four times as long, and not sixteen."""
    for look in (inner_host, inner_network, inner_path, login, url_host):
        short = unit * (20_000 // len(unit))
        assert seconds(look, short * 4) < 10 * seconds(look, short) + 0.02
