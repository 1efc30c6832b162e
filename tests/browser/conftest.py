"""What every module of pages shares."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import chromium


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests here; it ends with them, as others run event loops of their own."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open(browser: Browser) -> Iterator[None]:
    """No page of one module goes on asking while the next one's are looked at."""
    yield
    for context in browser.contexts:
        context.close()
