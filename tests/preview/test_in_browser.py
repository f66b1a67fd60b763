"""The page in a real Chromium, at the width of a phone and of a desk.

Screenshots are read: what a person would see is asked of the pixels.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from preview.mailings import HOSTILE, RED, campaign, person, picture
from safesend import Attachment, Recipient
from safesend.preview import look, write_folder, write_page
from servers.browser import Browser, Keys, Page

pytestmark = pytest.mark.server

WIDTHS = [360, 1280]
SHOWN = "article:not([hidden])"

LETTER = """<!doctype html>
<html><head><style>@import url(https://x.example/a.css); h1 { color: #123456 }</style>
<script>top.document.title = "run"; document.title = "run"</script>
<meta http-equiv="refresh" content="0;url=https://x.example/jump"></head>
<body onload="top.document.title = 'run'" style="margin:0">
<div style="width:100px;height:100px;background:rgb(0, 90, 200)"></div>
<img src="cid:dot.png" width="100" height="100" style="display:block" alt="">
<h1>Dear {{ name }}</h1>
<p><a id="way" href="https://x.example/way" target="_top">the way</a></p>
<img src="https://x.example/p.png" onerror="top.document.title = 'run'">
<p style="background: url(//x.example/b.png)">See you there.</p>
<form action="https://x.example/form"><input autofocus><button>Go</button></form>
<iframe src="https://x.example/frame"></iframe>
<object data="https://x.example/object"></object>
</body></html>
"""
BLUE = (0, 90, 200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mailing that tries everything that mails try, to people with odd names."""
    names = ["Ada", "Béla", "שרה כהן", "O'Brien <b>&", HOSTILE, "W" * 300]
    people = [
        person(n, name=names[n] if n < len(names) else f"Person {n}", town="Köln")
        for n in range(40)
    ]
    ticket = Attachment.from_bytes(b"for you alone", name="ticket.txt")
    people[6] = Recipient.from_row(
        "p6@example.org",
        {"name": "Person 6", "town": "Bonn"},
        attachments=[ticket],
        source="people.csv:8",
    )
    mailing = campaign(
        *people,
        subject="You are invited",
        html=LETTER,
        text="Dear {{ name }},\n\nsee you there.\n",
        inline=[picture()],
        files=[Attachment.from_bytes(b"at two o'clock", name="programme.txt")],
        unsubscribe="https://example.org/u/{token}",
    )
    place = tmp_path_factory.mktemp("preview")
    write_folder(look(mailing), place)
    return place


def _is_calm(page: Page) -> bool:
    """Nothing was loaded, run, or complained about."""
    title = page.run("return document.title")
    return (page.errors(), page.requests(), title) == (
        [],
        [page.url],
        "Preview of fair",
    )


def _share(shot: Image.Image, colour: tuple[int, int, int]) -> int:
    """How many pixels have a colour, or almost."""
    return sum(
        number
        for number, seen in shot.getcolors(1 << 24)
        if all(abs(one - other) < 6 for one, other in zip(seen, colour, strict=True))
    )


def _ink(shot: Image.Image) -> float:
    """The contrast of the darkest and the lightest of a picture (WCAG 2.2)."""
    lights = sorted(_luminance(pixel) for _, pixel in shot.getcolors(1 << 24))
    return (lights[-1] + 0.05) / (lights[0] + 0.05)


def _luminance(pixel: tuple[int, ...]) -> float:
    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, pixel)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _place(page: Page) -> str:
    return page.find("#place").text


def _shown(page: Page) -> str:
    return page.find(f"{SHOWN} .envelope").text


def _tap(page: Page, selector: str) -> None:
    """Scroll to something, as a person does, and click on it."""
    [element] = [one for one in page.all(selector) if one.is_displayed()]
    page.run("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


@pytest.mark.parametrize("width", WIDTHS)
def test_it_opens_without_an_error(browser: Browser, folder: Path, width: int) -> None:
    """Every message, every part: nothing is loaded, and nothing is too wide."""
    page = browser.open(folder / "index.html", width=width)
    count = len(page.all("article"))
    assert count == 25
    for number in range(count):
        # The first eight are those with odd names and files of their own.
        for kind in ("text", "headers", "files", "letter") if number < 8 else ():
            _tap(page, f"{SHOWN} [role=tab][data-kind={kind}]")
            assert not page.scrolls_sideways(), _shown(page)
        page.find("#next").click()
        assert not page.scrolls_sideways(), _shown(page)
    assert _is_calm(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_letter_is_seen_in_its_colours(
    browser: Browser, folder: Path, width: int
) -> None:
    """The block that it paints and the picture that travels with it, pixel by pixel."""
    page = browser.open(folder / "index.html", width=width, height=1600)
    page.run(f"document.querySelector('{SHOWN} .sheet').scrollIntoView()")
    shot = page.screenshot()
    assert _share(shot, BLUE) == pytest.approx(10_000, rel=0.05)
    assert _share(shot, RED) == pytest.approx(10_000, rel=0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_read_with_ease(
    browser: Browser, folder: Path, *, dark: bool
) -> None:
    """Every kind of text stands out from what is behind it (WCAG 2.2, 1.4.3)."""
    page = browser.open(folder / "index.html", dark=dark, height=1400)
    assert _is_calm(page)
    page.find(f"{SHOWN} [data-kind=headers]").click()
    shot = page.screenshot()
    middle = _luminance(shot.getpixel((4, 700)))
    assert middle < 0.05 if dark else middle > 0.8
    for selector in (
        *("h1", ".facts", ".stamp", ".who", ".why", "#place", "#next"),
        *(f"{SHOWN} {part}" for part in (".sentence", ".reasons li", "h2", "dt", "dd")),
        *(f"{SHOWN} [aria-selected={chosen}]" for chosen in ("true", "false")),
        f"{SHOWN} small",
        f"{SHOWN} summary",
    ):
        [box, *_] = [one.rect for one in page.all(selector) if one.is_displayed()]
        left, top = round(box["x"]), round(box["y"])
        area = (left, top, left + round(box["width"]), top + round(box["height"]))
        assert _ink(shot.crop(area)) >= 4.5, selector


def test_the_frame_shows_the_letter_and_runs_none_of_it(
    browser: Browser, folder: Path
) -> None:
    """Its text is there; its script, jump, form, frames and links are not."""
    page = browser.open(folder / "index.html")
    frame = page.find(f"{SHOWN} iframe")
    assert frame.get_attribute("sandbox") == ""
    with page.frame(f"{SHOWN} iframe"):
        assert page.find("h1").text == "Dear Ada"
        assert page.find("h1").value_of_css_property("color") == "rgba(18, 52, 86, 1)"
        assert page.all("script, form, iframe, object, [href], [onload]") == []
        way = page.find("#way")
        assert way.get_attribute("title") == "https://x.example/way"
        way.click()
        page.find("button").click()
        assert page.find("h1").text == "Dear Ada"
    told = page.find(f"{SHOWN} .letter").text
    assert "Remote: 3 not loaded here" in told
    assert "script, meta refresh, form, iframe, object" in told
    assert _is_calm(page)


def test_the_frame_would_hold_what_slipped_through(
    browser: Browser, folder: Path
) -> None:
    """Were all of the letter left in it, the sandbox and the policies would hold."""
    html = (folder / "index.html").read_text("utf-8")
    for old, new in (
        ("<h1>", "<script>top.document.title='run'</script>"),
        ("<h1>", "<img src='https://x.example/1.png' onerror='top.document.title=1'>"),
        ("<h1>", "<iframe src='https://x.example/2'></iframe>"),
        ("<h1>", "<a id=out target=_top href='https://x.example/3'>out</a>"),
        ("<h1>", "<a id=in href='https://x.example/4'>in</a>"),
        ("<h1>", "<meta http-equiv=refresh content='0;url=https://x.example/5'>"),
        (
            "<h1>",
            "<form action='https://x.example/6'><button id=send>x</button></form>",
        ),
    ):
        escaped = new.replace("<", "&lt;").replace(">", "&gt;")
        html = html.replace(
            old.replace("<", "&lt;").replace(">", "&gt;"), escaped + "&lt;h1&gt;"
        )
    file = folder.parent / "slipped.html"
    file.write_text(html, "utf-8")
    page = browser.open(file)
    for name in "out", "in", "send":
        with page.frame(f"{SHOWN} iframe"):
            for found in page.all(f"#{name}"):
                found.click()
    assert [url for url in page.requests() if "x.example" in url] == []
    assert page.run("return [document.title, location.protocol]") == [
        "Preview of fair",
        "file:",
    ]
    assert page.errors() != []


def test_it_is_stepped_through_by_keys_and_buttons(
    browser: Browser, folder: Path
) -> None:
    """To the next and back, to the ends, and no further; the part stays the same."""
    page = browser.open(folder / "index.html")
    assert (_place(page), page.find("#back").is_enabled()) == ("1 of 25", False)
    page.press(Keys.ARROW_LEFT)
    page.press(Keys.ARROW_RIGHT)
    assert _place(page) == "2 of 25"
    assert "p1@example.org" in _shown(page)
    page.find(f"{SHOWN} [data-kind=text]").click()
    page.find("#next").click()
    assert "Dear שרה כהן," in page.find(f"{SHOWN} .text pre").text
    page.find("#back").click()
    assert _place(page) == "2 of 25"
    page.press(Keys.END)
    assert (_place(page), page.find("#next").is_enabled()) == ("25 of 25", False)
    page.press(Keys.HOME)
    assert _place(page) == "1 of 25"
    assert page.run("return location.hash") == "#message-1"
    page.press(Keys.ARROW_RIGHT)
    page.driver.refresh()
    assert _place(page) == "2 of 25"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_message_is_chosen_from_the_list(
    browser: Browser, folder: Path, width: int
) -> None:
    """Which says why each is there; on a phone it folds away again."""
    page = browser.open(folder / "index.html", width=width)
    if width < 880:
        assert not page.find("[data-go='3']").is_displayed()
        page.find("#index > summary").click()
    assert "writing from right to left" in page.find("[data-go='3']").text
    _tap(page, "[data-go='3']")
    assert "p2@example.org" in _shown(page)
    assert page.find("[aria-current]").get_attribute("data-go") == "3"
    assert page.find("[data-go='3']").is_displayed() is (width > 880)


@pytest.mark.parametrize("width", WIDTHS)
def test_messages_are_found_by_typing(
    browser: Browser, folder: Path, width: int
) -> None:
    """Every word must be there; the steps go through what was found."""
    page = browser.open(folder / "index.html", width=width)
    page.press("/")
    search = page.find("#search")
    assert page.run("return document.activeElement.id") == "search"
    search.send_keys("BONN person")
    assert page.find("#found").text == "1 of 25"
    assert _place(page) == "1 of 1"
    assert "p6@example.org" in _shown(page)
    assert len([one for one in page.all("[data-go]") if one.is_displayed()]) == 1
    search.send_keys(" nobody")
    assert page.all(SHOWN) == []
    assert "No message here holds that" in page.find("#nothing").text
    search.send_keys(Keys.ESCAPE)
    assert (_place(page), page.find("#found").text) == ("1 of 25", "")
    search.send_keys(Keys.ARROW_RIGHT)
    assert _place(page) == "1 of 25"


def test_tabs_are_worked_with_keys_alone(browser: Browser, folder: Path) -> None:
    """The arrows go round among them, as ARIA has it; one is in the tab order."""
    page = browser.open(folder / "index.html")
    page.find(f"{SHOWN} [aria-selected=true]").send_keys(Keys.ARROW_LEFT)
    focused = "return document.activeElement.dataset.kind"
    assert page.run(focused) == "files"
    assert "programme.txt" in page.find(f"{SHOWN} .panel.files").text
    page.press(Keys.ARROW_RIGHT)
    assert page.run(focused) == "letter"
    assert _place(page) == "1 of 25"
    stops = page.all(f"{SHOWN} [role=tab][tabindex='0']")
    assert [stop.get_attribute("data-kind") for stop in stops] == ["letter"]
    panels = page.all(f"{SHOWN} [role=tabpanel]")
    assert [panel.is_displayed() for panel in panels] == [True, False, False, False]


def test_everything_has_a_name(browser: Browser, folder: Path) -> None:
    """For those who hear the page: buttons, fields, frames, panels, no id twice."""
    page = browser.open(folder / "index.html")
    for control in page.all("button, input, iframe, nav, [role=tabpanel]"):
        if control.is_displayed():
            assert control.accessible_name, control.get_attribute("outerHTML")[:200]
    ids = page.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    named = page.run(
        "return [...document.querySelectorAll('[aria-controls], [aria-labelledby]')]"
        ".flatMap(e => [e.getAttribute('aria-controls'),"
        " e.getAttribute('aria-labelledby')]).filter(Boolean)"
    )
    assert set(named) <= set(ids)


def test_headers_and_files_are_told(browser: Browser, folder: Path) -> None:
    """Whose a file is, and what a header means; the octets lie beside the page."""
    page = browser.open(folder / "index.html")
    page.find("#search").send_keys("p6@")
    assert page.find(f"{SHOWN} .sentence").text == (
        "This message names nobody but p6@example.org."
    )
    page.find(f"{SHOWN} [data-kind=files]").click()
    told = page.find(f"{SHOWN} .panel.files").text
    for line in ("ticket.txt", "only for this person", "the same for everybody"):
        assert line in told
    link = page.find(f"{SHOWN} .panel.files a").get_attribute("href")
    assert Path(link.removeprefix("file://")).is_file()
    page.find(f"{SHOWN} [data-kind=headers]").click()
    told = page.find(f"{SHOWN} .panel.headers").text
    assert "nobody else: there is no Cc and no Bcc" in told
    assert "Gets off the list" in told


def test_a_letter_can_be_seen_as_on_a_phone(browser: Browser, folder: Path) -> None:
    """On a desk it is narrowed on demand."""
    page = browser.open(folder / "index.html")
    wide = page.find(f"{SHOWN} .sheet").rect["width"]
    page.find(f"{SHOWN} [data-view=narrow]").click()
    assert page.find(f"{SHOWN} .sheet").rect["width"] <= 362 < wide
    page.press(Keys.ARROW_RIGHT)
    assert page.find(f"{SHOWN} .sheet").rect["width"] <= 362


def test_it_prints_one_message(browser: Browser, folder: Path) -> None:
    """Without buttons and lists."""
    page = browser.open(folder / "index.html", printed=True)
    for selector in ("#next", "#search", f"{SHOWN} [role=tab]"):
        assert not page.find(selector).is_displayed()
    assert page.find(f"{SHOWN} .sentence").is_displayed()
    assert page.screenshot().getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_mailing_with_leaks_says_so_on_top(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    """In red, and each message for itself; one that cannot be made shows its row."""
    people = [person(n, name="c/o p0@example.org" if n else "Ada") for n in range(4)]
    mailing = campaign(*people, person(9, name=""))
    file = write_page(look(mailing), tmp_path / "page.html")
    page = browser.open(file, width=width)
    assert "It would be refused as it is" in page.find(".findings").text
    red = page.find(".findings").value_of_css_property("border-left-color")
    assert _share(page.screenshot(), (161, 29, 38)) > 500, red
    assert "names nobody but p0@" in page.find(f"{SHOWN} .sentence").text
    page.find("#next").click()
    assert "would show what it must not" in page.find(f"{SHOWN} .sentence").text
    top = page.run("return document.querySelector('main').getBoundingClientRect().top")
    assert top < 760
    page.press(Keys.END)
    assert "cannot be made" in page.find(f"{SHOWN} .sentence").text
    _tap(page, f"{SHOWN} summary")
    assert "empty" in page.find(f"{SHOWN} .words").text
    assert not page.scrolls_sideways()
    assert _is_calm(page)


def test_a_mailing_of_nobody_opens_too(browser: Browser, tmp_path: Path) -> None:
    """There is nothing to step through."""
    people = [person(n, name="") for n in range(2)]
    shown = look(campaign(*people), sample=1)
    page = browser.open(write_page(shown, tmp_path / "page.html"))
    assert _place(page) == "1 of 1"
    assert _is_calm(page)
