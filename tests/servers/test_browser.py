"""The real browser shows what is there, and says what it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from servers.browser import Browser, Keys

pytestmark = pytest.mark.server

RED = (255, 0, 0)


def _page(folder: Path, body: str) -> Path:
    """A page that stands on its own."""
    file = folder / "page.html"
    icon = '<link rel="icon" href="data:,">'
    file.write_text(f"<!doctype html><title>A page</title>{icon}{body}", "utf-8")
    return file


def test_a_page_is_seen_at_the_width_of_a_phone(
    browser: Browser, tmp_path: Path
) -> None:
    """A screenshot is as wide as was asked, and shows the colours of the page."""
    body = '<body style="margin:0"><div style="width:100%;height:40px;background:red">'
    page = browser.open(_page(tmp_path, body), width=360)
    shot = page.screenshot()
    assert shot.size == (360, 900)
    assert (shot.getpixel((359, 39)), shot.getpixel((0, 41))) == (RED, (255,) * 3)
    assert page.run("return [innerWidth, document.title]") == [360, "A page"]
    assert not page.scrolls_sideways()
    assert (page.errors(), page.requests()) == ([], [page.url])


def test_a_whole_page_is_higher_than_the_window(
    browser: Browser, tmp_path: Path
) -> None:
    """All of a long page fits into one picture, and too wide a one is told of."""
    body = '<body style="margin:0"><div style="width:2000px;height:3000px">'
    page = browser.open(_page(tmp_path, body))
    assert page.scrolls_sideways()
    assert page.screenshot(whole=True).size == (1280, 3000)


def test_what_is_loaded_from_elsewhere_is_told(
    browser: Browser, tmp_path: Path
) -> None:
    """A remote picture is an error and a request, in a sealed frame too."""
    frame = "<iframe sandbox srcdoc=\"<p>Hello<img src='http://b.example/2.png'>\">"
    inside = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">'
    body = f'{inside}<img src="https://a.example/1.png">{frame}</iframe>'
    page = browser.open(_page(tmp_path, body))
    elsewhere = {"https://a.example/1.png", "http://b.example/2.png"}
    assert set(page.requests()) == {page.url, *elsewhere}
    assert len([line for line in page.errors() if "NAME_NOT_RESOLVED" in line]) == 2
    with page.frame():
        assert page.find("p").text == "Hello"
    assert page.all("p") == []


def test_what_a_policy_forbids_is_not_asked_for(
    browser: Browser, tmp_path: Path
) -> None:
    """It is an error of the page, and nothing has left the browser."""
    policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">"
    body = f'{policy}<img src="https://a.example/1.png">'
    page = browser.open(_page(tmp_path, body))
    assert page.requests() == [page.url]
    assert any("https://a.example/1.png" in line for line in page.errors())


def test_an_error_of_a_script_is_told_once_per_page(
    browser: Browser, tmp_path: Path
) -> None:
    """The console's errors belong to the page that made them."""
    page = browser.open(_page(tmp_path, "<script>throw Error('oh')</script>"))
    assert ["oh" in line for line in page.errors()] == [True]
    assert browser.open(_page(tmp_path, "<p>calm")).errors() == []


def test_keys_reach_the_page(browser: Browser, tmp_path: Path) -> None:
    """A key is pressed where the focus is."""
    script = "<script>onkeydown = event => document.title = event.key</script>"
    page = browser.open(_page(tmp_path, f"<body>{script}"))
    page.press(Keys.ARROW_RIGHT)
    assert page.run("return document.title") == "ArrowRight"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_colours_of_the_night_can_be_asked_for(
    browser: Browser, tmp_path: Path, *, dark: bool
) -> None:
    """A page is told whether its reader prefers the dark."""
    page = browser.open(_page(tmp_path, "<p>"), dark=dark)
    asked = "return matchMedia('(prefers-color-scheme: dark)').matches"
    assert page.run(asked) is dark
