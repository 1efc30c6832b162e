"""States of a complaint that few visitors ever see: every word whole, and the countdown to be seen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.kiosk.rare_states import PHONE
from tests.kiosk.test_screens import BRAND, scan
from tests.support.xvfb import Xvfb


@pytest.mark.parametrize("size", [(800, 480), (720, 1280)])
def test_every_word_stands_whole_and_the_erasing_is_announced(size: tuple[int, int], tmp_path: Path) -> None:
    with Xvfb(*size) as display:
        subprocess.run(
            [sys.executable, "-m", "tests.kiosk.rare_states", *map(str, size), str(tmp_path)],
            env=display.environ, check=True, timeout=100, capture_output=True,
        )  # fmt: skip
    shown = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text("utf-8").splitlines()]
    screens = [line for line in shown if line["kind"] == "screen"]
    assert {screen["name"] for screen in screens} >= {"complaint:text", "complaint:still", "complaint:code"}
    assert [(screen["name"], screen["overflows"]) for screen in screens if screen["overflows"]] == []
    for lang in ("vi", "en"):
        assert scan(tmp_path / f"{size[0]}x{size[1]}-gop-y-{lang}-tam-nghi.png") == PHONE
        picture = Image.open(tmp_path / f"{size[0]}x{size[1]}-gop-y-{lang}-sap-xoa.png").convert("RGB")
        bar = picture.crop((0, size[1] * 9 // 10, size[0], size[1]))
        ring = {colour: count for count, colour in bar.getcolors(1 << 20) or []}.get(BRAND, 0)
        assert ring > 40, "the ring that runs out"
