"""The school's key as a kiosk knows it: another is taken on the old one's word or by hand, never else."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from kiosk.cli.key import key as key_command
from kiosk.complaint.seal_pin import FILE, Pin, SealPin, SealPins
from kiosk.device.program import read_program
from kiosk.setup.technician import (
    HEX_KEYS,
    IDLE_MS,
    Confirm,
    Facts,
    KeyFacts,
    Leave,
    Technician,
    facts_of,
    grouped,
)
from survey_defs.complaint import decode_sealed, new_key, unseal
from survey_defs.device_config import ComplaintTerms
from survey_defs.key_vouch import vouch
from survey_defs.letter import key_id
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, open_broker
from tests.support.kiosk import KioskProcess
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
from tests.support.waiting import wait_until
from tests.support.xvfb import Xvfb

NEXT, NEXT_PRIVATE = new_key()
FALSE, _ = new_key()
SIGNED = replace(TERMS, key=NEXT, links=(vouch(SCHOOL_PRIVATE, NEXT),))
UNSIGNED = replace(TERMS, key=FALSE)


def sealed_to(pin: SealPin, terms: ComplaintTerms | None, now: str | None = None) -> bytes:
    settled = pin.settle(terms, now)
    assert settled is not None
    return settled.key


def test_the_first_key_is_believed_and_another_on_its_word_alone(tmp_path: Path) -> None:
    pin = SealPin(tmp_path, SCHOOL)
    assert (pin.pin, pin.report()) == (None, None)
    assert pin.settle(None, None) is None
    assert sealed_to(pin, TERMS, "2026-11-30T08:00:00+07:00") == SCHOOL_KEY
    assert pin.report() == {"key": key_id(SCHOOL_KEY), "how": "first", "refused": None}
    forged = replace(UNSIGNED, links=(vouch(NEXT_PRIVATE, FALSE), replace(SIGNED.links[0], key=FALSE)))
    for lie in (UNSIGNED, forged):
        assert sealed_to(pin, lie) == SCHOOL_KEY
        assert pin.report() == {"key": key_id(SCHOOL_KEY), "how": "first", "refused": key_id(FALSE)}
    again = SealPin(tmp_path, SCHOOL)  # after a restart
    assert sealed_to(again, UNSIGNED) == SCHOOL_KEY
    assert sealed_to(again, TERMS) == SCHOOL_KEY
    assert again.refused is None, "the server brings the known one again"
    assert sealed_to(again, SIGNED) == NEXT
    assert again.report() == {"key": key_id(NEXT), "how": "signed", "refused": None}
    assert sealed_to(SealPin(tmp_path, SCHOOL), replace(TERMS, links=())) == NEXT, "and never back"


def test_who_was_away_for_two_renewals_follows_both(tmp_path: Path) -> None:
    last, _ = new_key()
    pin = SealPin(tmp_path, SCHOOL)
    pin.settle(TERMS, None)
    terms = replace(TERMS, key=last, links=(*SIGNED.links, vouch(NEXT_PRIVATE, last)))
    assert sealed_to(pin, terms) == last


def test_by_hand_a_key_is_taken_by_its_fingerprint(tmp_path: Path) -> None:
    pin = SealPin(tmp_path, SCHOOL)
    pin.settle(TERMS, None)
    assert not pin.confirm(key_id(FALSE), None), "nothing waits for it"
    pin.settle(UNSIGNED, None)
    for wrong in ("", key_id(SCHOOL_KEY), key_id(FALSE)[:-1]):
        assert not pin.confirm(wrong, None)
    assert pin.confirm(grouped(key_id(FALSE)).upper(), None)
    assert SealPin(tmp_path, SCHOOL).pin == Pin(SCHOOL, FALSE, "confirmed", None)


def test_another_schools_key_counts_no_more_and_a_damaged_file_begins_anew(tmp_path: Path) -> None:
    pin = SealPin(tmp_path, SCHOOL)
    pin.settle(TERMS, None)
    pin.change_school("khac")
    assert sealed_to(pin, UNSIGNED) == FALSE
    (tmp_path / FILE).write_bytes(b'{"school":"mau"')
    assert SealPin(tmp_path, SCHOOL).pin is None
    unenrolled = SealPin(tmp_path, "")
    assert sealed_to(unenrolled, TERMS) == SCHOOL_KEY
    assert unenrolled.pin is None


def test_the_key_of_what_is_about_the_principal_is_known_by_itself(tmp_path: Path) -> None:
    pins = SealPins(tmp_path, SCHOOL)

    def sealed() -> tuple[bytes, bytes | None]:
        settled = pins.settle(terms, None)
        assert settled is not None
        return settled.key, settled.principal_key

    terms = TERMS
    assert sealed() == (SCHOOL_KEY, None)
    assert pins.principal.report() is None
    terms = APART
    assert sealed() == (SCHOOL_KEY, PRINCIPAL_KEY)
    terms = replace(APART, principal_key=FALSE, principal_links=(vouch(SCHOOL_PRIVATE, FALSE),))
    assert sealed() == (SCHOOL_KEY, PRINCIPAL_KEY), "the key of complaints signs for none of that room"
    assert (pins.complaints.refused, pins.principal.refused) == (None, key_id(FALSE))
    terms = replace(APART, principal_key=None)
    assert sealed() == (SCHOOL_KEY, None), "what nobody reads is not offered, whatever was known"
    terms = replace(APART, principal_key=NEXT, principal_links=(vouch(PRINCIPAL_PRIVATE, NEXT),))
    pins = SealPins(tmp_path, SCHOOL)  # after a restart
    assert sealed() == (SCHOOL_KEY, NEXT)
    terms = replace(APART, principal_key=FALSE)
    sealed()
    facts = facts_of(DEVICE, SCHOOL, pins)
    assert facts.complaints is not None
    assert facts.principal is not None
    assert (facts.complaints.refused, facts.principal.refused, facts.refused) == (False, True, True)
    assert facts.principal.key == grouped(key_id(NEXT))
    assert not pins.confirm(key_id(PRINCIPAL_KEY), None)
    assert pins.confirm(key_id(FALSE), None)
    assert sealed() == (SCHOOL_KEY, FALSE)


def test_a_key_that_cannot_be_kept_holds_all_the_same(tmp_path: Path) -> None:
    pin = SealPin(tmp_path / "nowhere", SCHOOL)
    pin.settle(TERMS, None)
    assert sealed_to(pin, UNSIGNED) == SCHOOL_KEY


def test_what_the_technician_types(tmp_path: Path) -> None:
    known = KeyFacts(grouped(key_id(SCHOOL_KEY)), "first")
    facts = Facts(DEVICE, SCHOOL, replace(known, refused=True), known)
    screen, now = Technician(("vi", "en"), facts, 0), 1_000
    assert HEX_KEYS.targets() <= screen.view(now).targets()
    assert screen.view(now).action is None
    for digit in "0123456789abcdef0":
        assert screen.touch(f"key:{digit}", now) == []
    assert screen.touch("next", now) == [Confirm("0123456789abcdef")]
    assert screen.touch("next", now + 100) == [], "one finger is one touch"
    screen.told(replace(facts, typed="0123456789abcdef", wrong=True))
    screen.touch("key:backspace", now + 2_000)
    assert (screen.view(now).facts.typed, screen.view(now).facts.wrong) == ("0123456789abcde", False)
    screen.touch("language", now + 3_000)
    assert screen.view(now).lang == "en"
    assert screen.tick(now + 3_000 + IDLE_MS - 1) == []
    assert screen.tick(now + 3_000 + IDLE_MS) == [Leave()]
    assert screen.touch("finish", now + 5_000) == [Leave()]
    quiet = Technician(("vi",), replace(facts, complaints=known), 0)
    assert quiet.view(now).targets() == {"finish"}


def told(peer: Peer, **wanted: Any) -> None:
    def has() -> bool:
        seal = (peer.last("health") or {}).get("seal") or {}
        return {name: seal.get(name) for name in wanted} == wanted

    wait_until(has, f"the health to say {wanted}")


def test_a_changed_key_is_refused_on_the_screen_told_and_taken_by_hand(tmp_path: Path) -> None:
    """A kiosk of the program before this one, whose server brings a stranger's key; then the school's own."""
    data = tmp_path / "kiosk"
    keep_config(data, config_bytes(complaints=TERMS, device=DEVICE))
    new = UNSIGNED
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, accept) as peer,
        Xvfb(800, 480) as display,
        KioskProcess(display, data, broker=f"mqtt://127.0.0.1:{broker.port}") as kiosk,
    ):
        told(peer, key=key_id(SCHOOL_KEY), how="first", refused=None)
        peer.publish("config", config_bytes(complaints=new, device=DEVICE))
        told(peer, key=key_id(SCHOOL_KEY), refused=key_id(FALSE))
        kiosk.touch("write")
        kiosk.wait_for_screen("complaint:subjects")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:text")
        kiosk.type_keys("cham")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:contact")
        time.sleep(1)  # the guard before what sends
        kiosk.touch("next")
        wait_until(peer.events, "the complaint")
        box = decode_sealed(peer.events()[0]["sealed"])
        assert box is not None
        letter = unseal(box, SCHOOL_PRIVATE)
        assert letter is not None, "sealed to the known key"
        assert letter.text == "cham"
        kiosk.wait_for_screen("complaint:code")
        kiosk.touch("next")
        kiosk.wait_for_screen("complaint:saved")
        kiosk.touch("finish")
        kiosk.wait_for_screen("rest")
        display.xdotool("mousemove", 780, 12, "mousedown", 1)
        kiosk.wait_for_screen("technician")
        display.xdotool("mouseup", 1)
        kiosk.type_keys(key_id(FALSE))
        kiosk.wait_until(lambda: "next" in kiosk.screen()["targets"], "the offer to confirm")
        kiosk.touch("next")
        told(peer, key=key_id(FALSE), how="confirmed", refused=None)
        kiosk.touch("finish")
        kiosk.wait_for_screen("rest")
    program = read_program((data / "config.json").read_bytes(), DEVICE)
    assert program.complaints is not None
    assert json.loads((data / FILE).read_text("utf-8"))["how"] == "confirmed"


@pytest.mark.parametrize("typed", ["", "0" * 16])
def test_the_command_shows_the_key_and_takes_another(tmp_path: Path, typed: str) -> None:
    def said(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(key_command, ["--data", str(tmp_path), "--school", SCHOOL, *arguments])
        return done.exit_code, done.output

    assert said() == (1, "Error: this kiosk knows no key yet: the server brings it once the school has one\n")
    keep_config(tmp_path, config_bytes(complaints=TERMS))
    assert said()[1].startswith(f"complaints are sealed to {grouped(key_id(SCHOOL_KEY))} (first)")
    assert said("--confirm", key_id(FALSE))[0] == 1
    keep_config(tmp_path, config_bytes(complaints=UNSIGNED))
    assert "another key" in said()[1]
    assert "not the fingerprint" in said("--confirm", typed)[1]
    assert said("--confirm", grouped(key_id(FALSE))) == (
        0, f"complaints are sealed to {grouped(key_id(FALSE))} (confirmed)\n"
    )  # fmt: skip
