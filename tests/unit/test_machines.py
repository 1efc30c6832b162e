"""What a browser is called where its owner sees it listed."""

import pytest

from server.domain.access.machines import machine_of

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f"{_WINDOWS} Chrome/131.0.0.0 Safari/537.36", "Chrome, Windows"),
        (f"{_WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge, Windows"),
        (f"{_WINDOWS} coc_coc_browser/131.0 Chrome/125.0.0.0 Safari/537.36", "Cốc Cốc, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0",
         "Samsung Internet, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
         "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari, macOS"),
        ("curl/8.5.0", ""),
        ("", ""),
        ("<script>alert(1)</script>" * 100, ""),
    ],
)  # fmt: skip
def test_browser_and_system_and_nothing_else(said: str, words: str) -> None:
    assert machine_of(said) == words
