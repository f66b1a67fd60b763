"""The examples of the manual under real servers, clicked in a real browser."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait

from integrations.unsubscribe.lists import CAMPAIGN, FORM, URLENCODED
from integrations.unsubscribe.mounts import MOUNTS, run_mounted
from servers.browser import Keys

URL = "application/x-www-form-urlencoded"
ADA, BO = "ada@example.org", "bo@example.com"

# The relation of two colours as WCAG 2.2 measures it (1.4.3), from what is rendered.
CONTRAST = """
const light = colour => {
  const [r, g, b] = colour.match(/\\d+/g).map(n => n / 255).map(
    v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const paper = getComputedStyle(document.body).backgroundColor;
return [...document.querySelectorAll("h1, p, button")].map(one => {
  const style = getComputedStyle(one);
  const behind = one.tagName == "BUTTON" ? style.backgroundColor : paper;
  const [a, b] = [light(style.color), light(behind)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
});
"""


def _done(page):
    """Wait for the page that says so."""
    told = expected_conditions.text_to_be_present_in_element(
        (By.TAG_NAME, "h1"), "You are unsubscribed"
    )
    WebDriverWait(page.driver, 60).until(told)


@pytest.fixture(params=MOUNTS)
def mounted(request, tmp_path):
    """A running program."""
    with run_mounted(request.param, tmp_path) as found:
        yield found


@pytest.mark.server
def test_who_opens_the_link_and_presses_the_button_is_off(mounted, browser):
    """The page is seen, nothing happens by itself, and the button acts."""
    link = f"http://127.0.0.1:{mounted.port}{mounted.link(ADA)}"
    page = browser.open(link, width=360)
    assert page.find("h1").text == "Unsubscribe"
    assert not page.scrolls_sideways()
    assert (page.errors(), page.requests()) == ([], [link])
    assert not mounted.listed.has(ADA)
    page.find("button").click()
    _done(page)
    assert page.run("return location.href") == link
    assert page.all("form") == []
    assert mounted.listed.reasons(ADA) == [("unsubscribed", CAMPAIGN)]
    assert page.run("return document.cookie") == ""
    assert (page.errors(), page.requests()) == ([], [link, link])


def test_it_is_posted_to_as_mail_providers_do(mounted):
    """Without a cookie, a token of a form or a page before; in both forms."""
    for person, kind, body in (ADA, URL, URLENCODED), (BO, *FORM):
        link = mounted.link(person)
        for method in "GET", "HEAD", "OPTIONS":
            mounted.ask(method, link)
        assert not mounted.listed.has(person)
        status, headers, shown = mounted.ask("POST", link, body, kind)
        assert (status, mounted.listed.has(person)) == (200, True)
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert not {"Set-Cookie", "Location"} & set(headers.keys())
        assert mounted.ask("POST", "/leave/none", body, kind)[::2] == (200, shown)
    assert mounted.listed.number() == 2


def test_whatever_is_asked_there_is_no_redirect_and_no_error(mounted):
    """Nor an answer that differs from one link to another."""
    link = mounted.link(ADA)
    pages = {
        mounted.ask("GET", path)[::2]
        for path in (link, f"{link}/", "/leave/none", "/leave/a/b", "/leave/%00%ff")
    }
    assert len(pages) == 1
    found = [
        mounted.ask("POST", link, b"x=1", URL),
        mounted.ask("POST", link, b"", URL),
        mounted.ask("POST", link, b"\xff\0", FORM[0]),
        mounted.ask("POST", link, b"x" * 20_000, URL),
        mounted.ask("PUT", link, URLENCODED, URL),
    ]
    assert [status for status, _, _ in found] == [400, 400, 400, 413, 405]
    assert mounted.listed.number() == 0


def test_a_list_that_is_gone_is_told_and_no_log_has_a_link(mounted):
    """The person is not made to believe that it worked."""
    link, path = mounted.link(ADA), mounted.listed.path
    assert mounted.ask("POST", mounted.link(BO), URLENCODED, URL)[0] == 200
    path.rename(path.with_suffix(".away"))
    status, headers, shown = mounted.ask("POST", link, URLENCODED, URL)
    assert (status, "Retry-After" in headers) == (503, True)
    assert b"unsubscribed" not in shown
    log = mounted.daemon.log_tail(200)
    assert "was deleted, moved or replaced" in log
    # The development servers write the line as it came.
    if mounted.daemon.process.args[1:3] == ["-m", "uvicorn"]:
        assert "/leave/TOKEN" in log
        assert link[10:40] not in log


@pytest.mark.server
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_can_be_read_and_pressed_by_everybody(browser, tmp_path, dark):
    """By day and by night, on a phone and at a desk, with keys alone."""
    with run_mounted("starlette", tmp_path) as mounted:
        link = f"http://127.0.0.1:{mounted.port}{mounted.link(ADA)}"
        for width in 320, 1280:
            page = browser.open(link, width=width, dark=dark)
            assert not page.scrolls_sideways()
            assert min(page.run(CONTRAST)) >= 4.5
            assert page.run("return document.documentElement.lang") == "en"
            size = page.find("button").size
            assert (size["height"] >= 44, size["width"] >= 44) == (True, True)
        paper = page.screenshot().getpixel((5, 5))
        assert (sum(paper) < 200) is dark
        page.press(Keys.TAB)
        focus = page.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert focus == "solid"
        page.press(Keys.ENTER)
        _done(page)
        assert mounted.listed.has(ADA)


@pytest.mark.server
def test_it_needs_no_script(browser, tmp_path):
    """Nor does it have one."""
    with run_mounted("starlette", tmp_path) as mounted:
        link = f"http://127.0.0.1:{mounted.port}{mounted.link(ADA)}"
        off = "Emulation.setScriptExecutionDisabled"
        browser.driver.execute_cdp_cmd(off, {"value": True})
        try:
            page = browser.open(link)
            page.find("button").click()
            _done(page)
        finally:
            browser.driver.execute_cdp_cmd(off, {"value": False})
        assert mounted.listed.has(ADA)
