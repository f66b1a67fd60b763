"""A real headless Chromium, driven over WebDriver, that reaches no other machine.

Every name but 127.0.0.1 is unknown to it, so whatever a page loads from elsewhere is an
error in its console and a line in `Page.requests`. Packages: chromium, chromium-driver.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from servers.process import folder, program

__all__ = ["Browser", "Keys", "Page", "run_browser"]

DESKTOP = 1280
PHONE = 360


@attrs.define(eq=False)
class Page:
    """A page that is open; the last one opened is the one that is seen."""

    driver: Chrome
    url: str
    _errors: list[str] = attrs.field(factory=list)
    _requests: dict[str, str] = attrs.field(factory=dict)

    def errors(self) -> list[str]:
        """What the console says of this page that is not mere information."""
        for line in self.driver.get_log("browser"):
            if line["level"] in {"SEVERE", "WARNING"}:
                self._errors.append(line["message"])
        return list(self._errors)

    def requests(self) -> list[str]:
        """Every address that this page and its frames asked for, its own first.

        What stands in the page itself (data: URLs) is not asked for, nor is what a
        policy of the page kept the browser from asking for: that is an error.
        """
        for line in self.driver.get_log("performance"):
            event = json.loads(line["message"])["message"]
            told = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                self._requests.setdefault(told["requestId"], told["request"]["url"])
            elif event["method"] == "Network.loadingFailed" and "blockedReason" in told:
                self._requests.pop(told["requestId"], None)
        return [url for url in self._requests.values() if not url.startswith("data:")]

    def screenshot(self, *, whole: bool = False) -> Image.Image:
        """What is seen: the window, or all of the page; a pixel is a pixel."""
        if whole:
            size = self.run("return [innerWidth, document.body.scrollHeight]")
            self._resize(*size)
        shot = self.driver.get_screenshot_as_png()
        return Image.open(io.BytesIO(shot)).convert("RGB")

    def run(self, script: str, *arguments: object) -> Any:
        """The value of a script in the page: `run("return document.title")`."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        """The first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """Every element of a CSS selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def press(self, keys: str) -> None:
        """Press keys wherever the focus is; those with a name are in `Keys`."""
        self.driver.switch_to.active_element.send_keys(keys)

    @contextlib.contextmanager
    def frame(self, selector: str = "iframe") -> Iterator[None]:
        """Look into a frame: `run`, `find` and `all` mean its document meanwhile."""
        self.driver.switch_to.frame(self.find(selector))
        try:
            yield
        finally:
            self.driver.switch_to.default_content()

    def scrolls_sideways(self) -> bool:
        """Whether anything is wider than the window."""
        within = "return document.scrollingElement.scrollWidth <= innerWidth"
        return not self.run(within)

    def _resize(self, width: int, height: int) -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": width,
                "height": height,
                "deviceScaleFactor": 1,
                "mobile": False,
            },
        )


@attrs.frozen(eq=False)
class Browser:
    """A running Chromium; one page is open at a time."""

    driver: Chrome

    def open(
        self,
        path: Path | str,
        *,
        width: int = DESKTOP,
        height: int = 900,
        dark: bool = False,
        printed: bool = False,
    ) -> Page:
        """Open a file, or a URL, at a width in pixels."""
        url = path.absolute().as_uri() if isinstance(path, Path) else path
        self._blank()
        page = Page(self.driver, url)
        page._resize(width, height)
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {
                "media": "print" if printed else "",
                "features": [
                    {
                        "name": "prefers-color-scheme",
                        "value": "dark" if dark else "light",
                    },
                    {"name": "prefers-reduced-motion", "value": "reduce"},
                ],
            },
        )
        self.driver.get(url)
        return page

    def _blank(self) -> None:
        """Leave the page before, and forget what it said."""
        self.driver.switch_to.default_content()
        self.driver.get("about:blank")
        for log in "browser", "performance":
            self.driver.get_log(log)


# A sandboxed frame in a process of its own is as sealed as one in the page's, but what
# it loads and says would not reach the logs.
_ARGUMENTS = (
    "--headless=new",
    "--disable-dev-shm-usage",
    "--disable-features=IsolateSandboxedIframes",
    "--disable-gpu",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-proxy-server",
)


def _options(chromium: str, profile: Path) -> ChromeOptions:
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    return options


@contextlib.contextmanager
def run_browser() -> Iterator[Browser]:
    """Run a Chromium of one's own with an empty profile."""
    chromium = program("chromium", "chromium")
    driver = program("chromedriver", "chromium-driver")
    # Both programs are named, so Selenium has nothing to look for elsewhere.
    os.environ["SE_OFFLINE"] = "true"
    with folder("chromium") as profile:
        service = Service(executable_path=driver)
        chrome = Chrome(options=_options(chromium, profile), service=service)
        try:
            yield Browser(chrome)
        finally:
            chrome.quit()
