"""The page: what stands in it, and how a real browser shows it."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import attrs
import pypdf
import pytest

from dossier.pasts import FULL, NOON, ZONE, account, empty
from safesend.ledger.history import (
    Approval,
    Order,
    Passed,
    Replied,
    Sessions,
    Share,
    Switch,
)
from safesend.ledger.values import Allowance, Control, State

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
VOID = {"meta", "link", "br", "img"}
BLOCKS = re.compile(r"</?(?:t[hdr]|li|br|p|h\d|dt|dd|div)\b[^>]*>")


class Reader(HTMLParser):
    """Reads a page as strictly as can be: each element that is opened is closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes = [], Counter(), []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        self.attributes += [(tag, *one) for one in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags[tag] += 1
        self.attributes += [(tag, *one) for one in attributes]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def text_of(page):
    """What a person reads, spaces as one."""
    body = BLOCKS.sub(" ", page[page.index("<body>") :])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", body))


@pytest.fixture(scope="module")
def page():
    return account(FULL).to_html(ZONE)


def test_everything_that_is_asked_for_stands_in_it(page):
    """
    Headline, meaning, refusals, doubts, orders, checks, allowances, TLS, runs, keeping.
    """
    text = text_of(page)

    for words in (
        "spring letter",
        "This mailing is for 104 people.",
        "Accepted 80",
        "2 people of the accepted are counted so because somebody",
        "It does not mean that the message was put into a mailbox",
        "none for 9; one for 90; 2 for 5.",
        "550 5.1.1 no such user",
        "4 people in doubt, about whom nobody has decided yet",
        "the settings of a run had messages in doubt counted as accepted (2 in doubt)",
        "1 March 2027, 13:01:40 ada paused it is the date right?",
        "bob paused it, for example.net only",
        "ada something new",
        "Nothing was to leave before 1 March 2027, 12:59:50",
        "A pilot of 5 people went first; the rest was let go on 1 March 2027, 13:05:00",
        "The mail for example.net is paused.",
        "carla agreed to the content 129a-129a the board agreed",
        "L02 A list of blind copies is sent along",
        "L99 a check of another version",
        "L16 Opening the mail tells somebody so, in html",
        "TLS 1.3, certificate of mail.example.org checked",
        "the carrier does not say",
        "stopped: paused",
        "still at it",
        "the ledger holds no list of them",
        "Made on 1 March 2027, 14:00:00 (CET, UTC+01:00) by safesend 1.2.3",
    ):
        assert words in text


def test_what_is_not_known_is_said():
    """
    A campaign that never began: no empty tables, no charts.
    """
    page = account(empty()).to_html(ZONE)
    text = text_of(page)

    for words in (
        "Nothing was sent",
        "Nobody paused, resumed or cancelled it.",
        "Nobody is in doubt, and nobody had to decide.",
        "holds no note of a rehearsal",
        "holds no note of a session",
        "Nothing.",
    ):
        assert words in text
    assert "<svg" not in page
    Reader(page)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"pilot_over": None},
            "A pilot of 5 people went first; nobody has let the rest go yet.",
        ),
        (
            {"counts": {State.ACCEPTED: 3}},
            "Nobody is in doubt any more.",
        ),
        (
            {"on_trust": 1},
            "1 person of the accepted is counted so because somebody",
        ),
        (
            {"holds": {"example.net": Control.CANCEL}},
            "The mail for example.net is cancelled.",
        ),
        (
            {"orders": tuple(Order(NOON, "pause", "", "ada", "") for _ in range(43))},
            "And 3 more; the JSON has all of them.",
        ),
    ],
)
def test_other_endings(changes, words):
    """
    What is said where things went another way.
    """
    assert words in text_of(account(attrs.evolve(FULL, **changes)).to_html(ZONE))


def test_it_stands_on_its_own(page):
    """
    Nothing is loaded and nothing runs; its style sheet is the one that it names.
    """
    reader = Reader(page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page
    assert reader.tags["script"] == reader.tags["img"] == reader.tags["iframe"] == 0
    assert [a for a in reader.attributes if a[1] in {"src", "style", "onclick"}] == []
    links = [value for _, name, value in reader.attributes if name == "href"]
    assert links == ["data:,"]
    assert "url(" not in style
    assert "@import" not in style


def test_the_ids_of_a_page_are_its_own(page):
    """
    Each drawing has its title and its description.
    """
    ids = [value for _, name, value in Reader(page).attributes if name == "id"]
    named = re.findall(r'aria-labelledby="([^"]*)"', page)

    assert len(ids) == len(set(ids)) == 8
    assert {one for names in named for one in names.split()} == set(ids)


def test_whatever_others_wrote_is_text():
    """
    A campaign, a reply, a reason, a route that calls itself a script is shown as it is.
    """
    past = attrs.evolve(
        FULL,
        name=HOSTILE,
        replies=(Replied(State.REFUSED, HOSTILE, 1),),
        orders=(Order(NOON, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        holds={HOSTILE: Control.PAUSE},
        approvals=(Approval(NOON, b"", HOSTILE, HOSTILE),),
        passed=(Passed(NOON, Allowance(HOSTILE, HOSTILE, HOSTILE)),),
        sessions=(Sessions(HOSTILE, HOSTILE, 1),),
        switches=(Switch(NOON, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        shares=(Share(HOSTILE, State.ACCEPTED, 3),),
        rehearsals=(
            attrs.evolve(FULL.rehearsals[0], checks=(HOSTILE,), actor=HOSTILE),
        ),
        runs=(attrs.evolve(FULL.runs[0], relay=HOSTILE, stopped=HOSTILE),),
    )
    page = account(past).to_html(ZONE)
    reader = Reader(page)

    assert reader.tags["script"] == reader.tags["img"] == 0
    assert "49" not in text_of(page)
    assert page.count("&lt;script&gt;") >= 10


# In a real browser.


@pytest.fixture
def file(tmp_path: Path, page: str) -> Path:
    """The page as it is filed."""
    path = tmp_path / "report.html"
    path.write_text(page, "utf-8")
    return path


@pytest.mark.server
@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_is_read_at_any_width(browser, file, width, dark):
    """
    No word in the console, no request but its own, nothing wider than the window.
    """
    shown = browser.open(file, width=width, dark=dark)

    assert shown.errors() == []
    assert shown.requests() == [shown.url]
    shown.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert not shown.scrolls_sideways()
    for table in shown.all(".table"):
        fits = "return arguments[0].scrollWidth <= arguments[0].clientWidth + 1"
        assert shown.run(fits, table)


@pytest.mark.server
def test_a_name_without_a_space_fits_a_phone(browser, tmp_path):
    """
    Long names, replies and reasons are broken rather than wider than the window.
    """
    long = "x" * 80
    past = attrs.evolve(
        FULL,
        name=long,
        replies=(Replied(State.REFUSED, long * 5, 1),),
        orders=(Order(NOON, "pause", long, long, long * 3),),
        shares=(Share(f"{long}.example", State.ACCEPTED, 10**7),),
        sessions=(Sessions(long, long * 2, 1),),
    )
    path = tmp_path / "long.html"
    path.write_text(account(past).to_html(ZONE), "utf-8")

    for width in (360, 1280):
        assert not browser.open(path, width=width).scrolls_sideways()


def colours(browser, file, selector, **how):
    """The colours that the elements of a selector have on the screen, in the middle."""
    shown = browser.open(file, **how)
    shot = shown.screenshot(whole=True)
    places = shown.run(
        "return [...document.querySelectorAll(arguments[0])]"
        ".map(e => e.getBoundingClientRect()).filter(r => r.width > 3)"
        ".map(r => [r.x + r.width / 2, r.y + scrollY + r.height / 2])",
        selector,
    )
    return [shot.getpixel((int(x), int(y))) for x, y in places]


@pytest.mark.server
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_bars_have_the_colours_of_the_legend(browser, file, width, dark):
    """
    What is red in the bars is what the legend calls refused.
    """
    how = {"width": width, "dark": dark}
    seen = set()
    for group in ("accepted", "refused", "doubt", "waiting", "unsent"):
        [legend] = set(colours(browser, file, f".chart .legend i.{group}", **how))
        bars = set(colours(browser, file, f"svg rect.{group}", **how))
        assert bars == {legend}
        seen.add(legend)
    assert len(seen) == 5


@pytest.mark.server
@pytest.mark.parametrize("width", [360, 1280])
def test_the_course_is_drawn(browser, file, width):
    """
    The areas are not blank: each of their colours covers something.
    """
    shown = browser.open(file, width=width)
    shot = shown.screenshot(whole=True)
    [(left, top, right, bottom)] = shown.run(
        "return [...document.querySelectorAll('svg[aria-labelledby^=pace]')]"
        ".map(e => e.getBoundingClientRect()).filter(r => r.width)"
        ".map(r => [r.left, r.top + scrollY, r.right, r.bottom + scrollY])"
    )
    drawn = shot.crop((int(left), int(top), int(right), int(bottom)))
    pixels = {colour: number for number, colour in drawn.getcolors(1 << 24)}

    [accepted] = set(colours(browser, file, ".legend i.accepted", width=width))
    [refused] = set(colours(browser, file, ".legend i.refused", width=width))
    assert pixels[accepted] > pixels[refused] > 100


@pytest.mark.server
def test_it_is_printed_on_a_few_sheets(browser, file):
    """
    A4, black on white, with the drawings for a wide page.
    """
    shown = browser.open(file, width=794, dark=True, printed=True)
    assert shown.run("return getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    printed = browser.driver.execute_cdp_cmd(
        "Page.printToPDF", {"preferCSSPageSize": True}
    )
    sheets = pypdf.PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages

    assert 2 <= len(sheets) <= 6
    assert [round(float(side)) for side in sheets[0].mediabox[2:]] == [595, 842]
    assert "spring letter" in sheets[0].extract_text()
