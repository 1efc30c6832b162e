"""Setting up at the screen: what is typed, what is asked, what is said; and the screens themselves."""

from __future__ import annotations

from pathlib import Path

from kiosk.device.identity import kept_identity
from kiosk.device.settings import Offer
from kiosk.setup.claim_entry import ADDRESS_KEYS, CODE_KEYS, RETRY_MS, Ask, Setup
from kiosk.setup.problem import EnrolProblem
from survey_defs import claim
from tests.support.claim_server import Door, keeper_of
from tests.support.claiming import refusal
from tests.support.kiosk import KioskProcess
from tests.support.xvfb import Xvfb

SERVER = "192.168.1.10:8443"


class Hands:
    """Somebody before the screen, never twice within a second."""

    def __init__(self, offer: Offer | None = None) -> None:
        self.now = 1_000_000
        self.setup = Setup(("vi", "en"), offer or Offer(), self.now)

    def touch(self, *targets: str) -> list[Ask]:
        asked: list[Ask] = []
        for target in targets:
            self.now += 1_000
            asked += self.setup.touch(target, self.now)
        return asked

    def type(self, keys: str) -> None:
        self.touch(*(f"key:{key}" for key in keys))

    @property
    def seen(self) -> tuple[str, str, str | None]:
        """The screen, what was typed on it, and what stands in the bar's fourth place."""
        view = self.setup.view(self.now)
        return view.entry.step, view.entry.text, view.action


def test_an_address_and_a_code_are_typed_and_asked_about() -> None:
    hands = Hands()
    assert hands.seen == ("address", "", None)
    hands.type(SERVER + "0")
    hands.touch("key:backspace")
    assert hands.seen == ("address", SERVER, "onward")
    assert hands.touch("next") == []
    hands.type("k7pm9xq2r")
    assert hands.seen == ("code", "k7pm9xq2r", None)
    hands.type("e23")
    assert hands.seen == ("code", "k7pm9xq2re", "connect")
    assert hands.touch("back") == []
    assert hands.seen == ("address", SERVER, "onward")
    assert hands.touch("next", "next") == [Ask(SERVER, "k7pm9xq2re")]
    assert hands.seen == ("asking", "", None)
    assert hands.touch("next", "back") == [], "one question at a time"
    hands.setup.refused(EnrolProblem("claim-unknown"), hands.now)
    assert hands.seen == ("code", "k7pm9xq2re", "connect")
    assert hands.setup.view(hands.now).entry.problem is not None
    hands.touch("key:backspace")
    assert hands.setup.view(hands.now).entry.problem is None
    assert "k7pm" not in repr(hands.setup.view(hands.now)) + repr(Ask(SERVER, "k7pm9xq2re"))


def test_a_mistyped_code_is_told_at_once_and_asks_nobody() -> None:
    """Its last sign finds any one wrong sign and any two that changed places; no try is used up."""
    hands = Hands(Offer(SERVER))
    for typed in ("k7pm9xq2rf", "k7pm9qx2re"):
        hands.type(typed)
        assert hands.touch("next") == []
        problem = hands.setup.view(hands.now).entry.problem
        assert problem is not None
        assert problem.code == "bad-code"
        for _ in typed:
            hands.touch("key:backspace")
    hands.type("k7pm9xq2re")
    assert hands.touch("next") == [Ask(SERVER, "k7pm9xq2re")]


def test_one_finger_is_one_touch_but_every_key_counts() -> None:
    hands = Hands(Offer(SERVER))
    for key in "k7pm9xq2re":
        hands.setup.touch(f"key:{key}", hands.now)
    assert len(hands.setup.touch("next", hands.now)) == 1
    hands.setup.refused(EnrolProblem("unreachable"), hands.now)
    assert hands.setup.touch("next", hands.now + 300) == []


def test_a_wrong_address_is_told_where_it_was_typed_and_a_spent_code_is_cleared() -> None:
    hands = Hands()
    hands.type("a/b")
    assert hands.touch("next") == []
    view = hands.setup.view(hands.now)
    assert view.entry.problem is not None
    assert (hands.seen[0], view.entry.problem.code) == ("address", "bad-address")
    for problem, step, typed in (
        ("unknown-host", "address", SERVER),
        ("unreachable", "code", "k7pm9xq2re"),
        ("claim-used", "code", ""),
    ):
        hands = Hands(Offer(f"https://{SERVER}"))
        hands.type("k7pm9xq2re")
        hands.touch("next")
        hands.setup.refused(EnrolProblem(problem), hands.now)
        assert hands.seen[:2] == (step, typed)


def test_what_a_file_brought_is_asked_by_itself_until_the_network_is_there() -> None:
    hands = Hands(Offer(SERVER, "K7PM9-XQ2RE"))
    assert hands.setup.tick(hands.now) == [Ask(SERVER, "k7pm9xq2re")]
    assert hands.setup.tick(hands.now) == []
    hands.setup.refused(EnrolProblem("unreachable"), hands.now)
    assert hands.setup.due(hands.now) == hands.now + RETRY_MS
    assert hands.seen == ("asking", "", "by_hand")
    assert hands.setup.tick(hands.now + RETRY_MS) == [Ask(SERVER, "k7pm9xq2re")]
    hands.setup.refused(EnrolProblem("unreachable"), hands.now)
    hands.touch("next")
    assert hands.seen == ("code", "k7pm9xq2re", "connect")
    assert hands.setup.due(hands.now) is None, "whoever types is not overtaken"
    hands = Hands(Offer(SERVER, "K7PM9-XQ2R"))
    assert hands.setup.tick(hands.now) == []
    assert hands.seen[0] == "code"


def test_the_keys_are_those_of_a_code_and_of_an_address() -> None:
    assert CODE_KEYS.targets() == {f"key:{sign}" for sign in (*claim.SIGNS, "backspace")}
    assert {f"key:{sign}" for sign in "abcxyz0189.-:/"} <= ADDRESS_KEYS.targets()


def test_a_kiosk_without_credentials_asks_for_them_and_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    with (
        Door(lambda _: refusal("claim-expired")) as door,
        Xvfb(800, 480) as display,
        KioskProcess(display, data, broker=None, options=("--server", door.url)) as kiosk,
    ):
        assert kiosk.screen()["name"] == "setup:code"
        kiosk.type_keys("k7pm9xq2re")
        kiosk.wait_until(lambda: "next" in kiosk.screen()["targets"], "the offer to ask")
        kiosk.touch("next")
        kiosk.wait_until(
            lambda: len(door.asked) == 1 and kiosk.screen()["name"] == "setup:code", "the refusal"
        )
        door.answer = keeper_of(broker="mqtt://127.0.0.1:1")
        kiosk.type_keys("k7pm9xq2re")
        kiosk.wait_until(lambda: "next" in kiosk.screen()["targets"], "the offer to ask")
        kiosk.touch("next")
        kiosk.wait_for_screen("rest")
        identity = kept_identity(data)
        assert identity is not None
        assert identity.device == "kiosk-1"
        told = kiosk.log() + "".join(map(str, kiosk.lines()))
        for secret in (identity.password, "k7pm9xq2re", "K7PM"):
            assert secret not in told
