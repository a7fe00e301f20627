"""A real browser for tests of pages: Debian's Chromium, driven by Selenium, without a network.

pytest.importorskip-like: `browser_or_reason()` says why there is none, and tests are skipped with that reason.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

BINARIES = ("chromium", "chromium-browser", "google-chrome")


def missing() -> str | None:
    """Why there is no browser here; None where there is one."""
    if find_spec("selenium") is None:
        return "selenium is not installed (it is in the extra dev)"
    if not any(map(shutil.which, BINARIES)):
        return "there is no Chromium (Debian: apt-get install chromium)"
    if shutil.which("chromedriver") is None:
        return "there is no chromedriver (Debian: apt-get install chromium-driver)"
    return None


EVIL = "</script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">\u202eאב🙂"
"""Text of a record or a corpus that would run, or load something, if it became markup."""
needs_browser = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@contextmanager
def browser(width: int = 1280, height: int = 900) -> Iterator[Any]:
    """A headless browser whose window has this size inside; it can reach this machine only."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = next(path for path in map(shutil.which, BINARIES) if path)
    arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    arguments += ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--no-first-run"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's own sandbox refuses root, as which containers run
    for argument in arguments:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        resize(driver, width, height)
        yield driver
    finally:
        driver.quit()


def start_over(driver: Any) -> None:
    """An empty page on a light screen of a common size, with nothing asked for or complained about yet."""
    resize(driver, 1280, 900)
    emulate(driver)
    driver.get("about:blank")
    complaints(driver), requests(driver)


def resize(driver: Any, width: int, height: int) -> None:
    """Make the page's own viewport this large, narrower than a window can be if need be."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def emulate(driver: Any, *, scheme: str = "light", media: str = "") -> None:
    """Show the page light or dark, and as on paper if `media` is "print"."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def open_file(driver: Any, path: Path, anchor: str = "") -> None:
    """Open a file from disk."""
    open_address(driver, path.resolve().as_uri() + anchor)


def open_address(driver: Any, address: str, *, seconds: float = 20) -> None:
    """Open an address and wait for the whole page: now and then the driver comes back with half of it read.

    Raises: TimeoutError if the page is not there after so many seconds.
    """
    driver.get(address)
    whole = "return document.readyState === 'complete' && location.href.split(/[?#]/)[0] === arguments[0]"
    until = time.monotonic() + seconds
    while not driver.execute_script(whole, re.split("[?#]", address)[0]):
        if time.monotonic() > until:
            raise TimeoutError(f"{address} was not read in {seconds:g} s")
        time.sleep(0.02)


def complaints(driver: Any) -> list[str]:
    """Errors and warnings on the console since they were last asked for."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def requests(driver: Any) -> list[str]:
    """The addresses that the page asked for since this was last asked, its own file and data: left out."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [it["params"] for it in events if it["method"] == "Network.requestWillBeSent"]
    return [
        it["request"]["url"] for it in asked if it.get("type") != "Document" and it["request"]["url"][:5] != "data:"
    ]


def too_wide(driver: Any) -> list[str]:
    """What reaches beyond the right edge of the viewport and is not inside a box that scrolls."""
    script = """
        const wide = [], limit = document.documentElement.clientWidth + 1;
        const whole = document.documentElement.scrollWidth;
        if (whole > limit) wide.push("the page: " + whole);
        const scrolls = (e) => e && e !== document.body &&
            (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
        for (const e of document.body.querySelectorAll("*")) {
            const box = e.getBoundingClientRect();
            if (box.width && box.right > limit && !scrolls(e.parentElement) && !scrolls(e))
                wide.push(e.tagName + "." + (e.className.baseVal ?? e.className) + " " + Math.round(box.right));
        }
        return wide.slice(0, 10);
    """
    return list(driver.execute_script(script))
