"""A complaint written by touch in a real window: sealed, its code read by a phone, and nothing left of it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from survey_defs import wire
from survey_defs.complaint import code_keys, decode_sealed, key_id, spell_code, unseal
from survey_defs.device_config import ComplaintTerms
from tests.kiosk.looks import check_places, check_words, scan
from tests.support.device_broker import Peer, accept, open_broker
from tests.support.kiosk import KioskProcess
from tests.support.kiosk_events import events, letter_of
from tests.support.kiosk_samples import (
    APART,
    PRINCIPAL_KEY,
    PRINCIPAL_PRIVATE,
    SCHOOL_KEY,
    SCHOOL_PRIVATE,
    TERMS,
    config_bytes,
    keep_config,
)
from tests.support.memory import found_in_memory
from tests.support.waiting import wait_until
from tests.support.xvfb import Xvfb

KEYS = "Tooi ddowij 3 laanf, hocj baj vaanx chuwa cos."
TEXT = "Tôi đợi 3 lần, học bạ vẫn chưa có."


@contextmanager
def connected(
    data: Path, terms: ComplaintTerms, *, wipes: bool = False
) -> Iterator[tuple[KioskProcess, Peer]]:
    """A kiosk in its window that takes complaints by these terms, and who takes all that it sends."""
    keep_config(data, config_bytes(complaints=terms))
    with (
        Xvfb(800, 480) as display,
        open_broker(data.parent / "broker") as broker,
        Peer(broker.port, accept) as peer,
        KioskProcess(display, data, broker=f"mqtt://127.0.0.1:{broker.port}", wipes=wipes) as kiosk,
    ):
        yield kiosk, peer


def test_typed_by_touch_sealed_followed_by_its_code_and_gone_from_memory(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    with connected(data, TERMS, wipes=True) as (kiosk, peer):
        kiosk.touch("procedure:hoc-ba")
        kiosk.wait_for_screen("question:rating")
        kiosk.touch("level:2")
        kiosk.wait_for_screen("question:timeliness")
        kiosk.touch("next")
        kiosk.wait_for_screen("question:reasons")
        kiosk.touch("next")
        kiosk.wait_for_screen("thanks")
        kiosk.wait_until(kiosk.is_still, "the offer to write")
        wait_out_the_guard()
        kiosk.touch("write")
        kiosk.wait_for_screen("complaint:subjects")
        kiosk.touch("subject:cho-lau")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:text")
        wait_out_the_guard()
        kiosk.type_keys(KEYS)
        assert found_in_memory(kiosk.pid, [TEXT])[TEXT] > 0, "the search finds what is there"
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:contact")
        kiosk.touch("consent")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:reach")
        wait_out_the_guard()
        kiosk.type_keys("Lan Anh\n0912345678")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:code")
        address = scan(kiosk.screenshot(tmp_path / "code.png"))
        lookup, _, code = address.partition("#")
        assert lookup == TERMS.lookup
        wait_until(lambda: len(peer.events()) == 2, "its arrival")
        answer, complaint = peer.events()
        assert (answer["type"], complaint["type"]) == ("answer", "complaint")
        assert wire.check_event(complaint) is None
        assert [complaint[key] for key in ("procedure", "about", "lang")] == ["hoc-ba", ["cho-lau"], "vi"]
        letter, keys = letter_of(complaint), code_keys(code, TERMS.code_salt)
        assert letter.text == TEXT
        assert letter.contact is not None
        assert (letter.contact.name, letter.contact.reach) == ("Lan Anh", "0912345678")
        assert "24 tháng" in letter.contact.consent
        assert (complaint["code_hash"], letter.reply_key) == (keys.code_hash, keys.public)
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:saved")
        kiosk.touch("finish")
        kiosk.wait_for_screen("rest")
        secrets = [TEXT, "vẫn chưa", "học bạ vẫn", "Lan Anh", "0912345678"]
        secrets += [code, spell_code(code), code[4:12]]
        left: dict[str, int] = {}
        for _ in range(20):
            if not (left := found_in_memory(kiosk.pid, secrets)):
                break
            time.sleep(0.3)
        assert left == {}, "what was written is still in memory"
        said = kiosk.trace.read_text(encoding="utf-8") + kiosk.log()
        assert [secret for secret in secrets if secret in said] == []
        for screen in kiosk.lines("screen"):
            check_words(screen)
            check_places(screen)
        told = {line["kind"] for line in kiosk.lines() if set(line) == {"t", "kind"}}
        assert told >= {"touch", "release"}
        assert all(
            set(line) == {"t", "kind"}
            for line in kiosk.lines()
            if line["kind"] not in ("screen", "commit")
        )  # fmt: skip


def test_about_the_principal_by_one_touch_and_sealed_for_others(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    with connected(data, APART) as (kiosk, peer):
        kiosk.touch("write")
        kiosk.wait_for_screen("complaint:subjects")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:text")
        wait_out_the_guard()
        kiosk.type_keys("nhan quaf")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:contact")
        kiosk.touch("principal")
        wait_out_the_guard()
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:code")
        wait_until(peer.events, "its arrival")
        (event,) = peer.events()
        health = peer.last("health") or {}
    assert (wire.check_event(event), event["room"]) == (None, "about-principal")
    box = decode_sealed(event["sealed"])
    assert box is not None
    assert unseal(box, SCHOOL_PRIVATE) is None
    letter = unseal(box, PRINCIPAL_PRIVATE)
    assert letter is not None
    assert letter.text == "nhan quà"
    assert (health["seal"]["key"], health["seal_principal"]["key"]) == (
        key_id(SCHOOL_KEY), key_id(PRINCIPAL_KEY),
    )  # fmt: skip


def wait_out_the_guard() -> None:
    """A finger that has just opened a screen types nothing on it."""
    time.sleep(0.9)


def test_fast_double_letters_a_held_backspace_and_a_walk_away(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    keep_config(data, config_bytes(complaints=TERMS))
    with Xvfb(1024, 600) as display, KioskProcess(display, data) as kiosk:
        kiosk.touch("write")
        kiosk.wait_for_screen("complaint:subjects")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:text")
        wait_out_the_guard()
        chain: list[object] = []
        for key in ["key:ă", "tone:sac", "key:space", *["key:x"] * 6, "key:a", "key:b", "key:c"]:
            x, y = kiosk.point(key)
            chain += ["mousemove", x, y, "click", 1, "sleep", 0.03]
        before = len(kiosk.lines("release"))
        display.xdotool(*chain)
        kiosk.wait_until(lambda: len(kiosk.lines("release")) == before + 12, "every key")
        held = len(kiosk.lines("frame"))
        kiosk.press("key:backspace")
        kiosk.wait_until(lambda: len(kiosk.lines("frame")) > held, "the pressed key")
        time.sleep(0.45 + 0.07 * 3)
        kiosk.release()
        wait_out_the_guard()
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:contact")
        wait_out_the_guard()
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:code")
        text = letter_of(events(data)[-1]).text
        assert text.startswith("ắ")
        assert len(text) < len("ắ xxxxxxabc") - 1
        assert "ắ xxxxxxabc".startswith(text)


def test_a_full_disk_shows_no_code_and_keeps_the_rating(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    keep_config(data, config_bytes(complaints=TERMS))
    with Xvfb(800, 480) as display, KioskProcess(display, data) as kiosk:
        kiosk.touch("procedure:hoc-ba")
        kiosk.wait_for_screen("question:rating")
        kiosk.touch("level:5")
        kiosk.wait_for_screen("question:timeliness")
        kiosk.touch("next")
        kiosk.wait_for_screen("thanks")
        wait_out_the_guard()
        kiosk.touch("write")
        kiosk.wait_for_screen("complaint:subjects")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:text")
        wait_out_the_guard()
        kiosk.type_keys("xin chao")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:contact")
        wait_out_the_guard()
        with sqlite3.connect(data / "outbox.db", timeout=10) as connection:
            connection.execute("BEGIN IMMEDIATE")
            kiosk.touch("next")
            kiosk.wait_for_screen("paused")
            connection.rollback()
        assert [event["type"] for event in events(data)] == ["answer"]
        assert "complaint:code" not in [line["name"] for line in kiosk.lines("screen")]
