"""Whoever can write the store and puts a key of their own in the place of the school's: it shows, at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services.access import people
from server.services.context import Context
from server.services.dashboard.fleet import fleet
from server.services.dashboard.overview import period_of
from server.services.devices import presence, registry
from server.services.devices.complaint_terms import terms
from server.services.devices.config_payloads import DeviceMessages
from server.services.keys import custody, keys, paper_backup, pins
from server.services.upkeep.doctor import examine
from server.wiring.pages import create_app
from survey_defs.complaint import Letter, key_id, new_key
from survey_defs.device_config import decode_config
from survey_defs.key_vouch import leads_to
from tests.support.pages import signed_in, words
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, make_context

PHRASE, HERS = "hoa phượng nở đỏ sân trường", "cây bàng già trước cổng"
HEAD, KIOSK = "hieu-truong", "kiosk-1"
FALSE, FALSE_PRIVATE = new_key()
LETTER = Letter("Tôi đã chờ ba tuần mà chưa có trả lời.")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = make_context(tmp_path, clock)
    add_school(context)
    people.add_user(context, HEAD, "principal", SCHOOL, PASSWORD)
    registry.add_device(context, KIOSK, SCHOOL, "kiosk", "Kiosk quầy tiếp nhận")
    yield context
    context.store.close()


def make(ctx: Context, room: str = "complaints") -> str:
    return custody.make_key(ctx, SCHOOL, room, LOGIN, PHRASE)


def code_of(call: Any, *rest: object, **named: object) -> str:
    with pytest.raises(Problem) as caught:
        call(*rest, **named)
    return caught.value.code


def keys_found(ctx: Context) -> tuple[bool, bool, str]:
    found = next(each for each in examine(reading(ctx)) if each.check == "keys")
    return found.sound, found.warns, found.words


def kiosk_key(ctx: Context) -> bytes | None:
    """The key in what the kiosk is sent."""
    body = DeviceMessages(ctx).messages(registry.devices(reading(ctx), SCHOOL))[KIOSK]
    complaints = decode_config(body, KIOSK).complaints
    return None if complaints is None else complaints.key


def says(ctx: Context, seal: object, **more: object) -> None:
    presence.take_state(ctx, SCHOOL, KIOSK, b'{"v":1,"state":"ready","session":"s"}', ctx.now())
    assert presence.take_health(
        ctx, SCHOOL, KIOSK, msgspec.json.encode({"v": 1, "seal": seal, **more}), ctx.now()
    )


@pytest.mark.parametrize("room", ["complaints", "denunciations"])
def test_a_public_half_that_was_replaced_closes_and_opens_nothing(ctx: Context, room: str) -> None:
    """The stranger's way: read the new letters with a key of one's own, seal them again to the school's."""
    make(ctx)
    make(ctx, "denunciations")
    opened = keys.unlock(ctx, LOGIN, PHRASE)
    sheet = paper_backup.export_key(ctx, SCHOOL, room, opened)
    ctx.store.connection.execute("UPDATE seal_keys SET public = ? WHERE room = ?", [FALSE, room])
    assert keys.public_key(reading(ctx), SCHOOL, room) is None
    assert code_of(keys.seal_for_desk, reading(ctx), SCHOOL, room, LETTER) == "key-changed"
    assert code_of(keys.unlock, ctx, LOGIN, PHRASE) == "key-changed"
    assert keys.log(reading(ctx), SCHOOL, room)[0].act == "changed"
    assert code_of(custody.renew, ctx, SCHOOL, room, LOGIN, PHRASE) == "key-changed"
    refused = code_of(paper_backup.import_key, ctx, sheet.sheet, sheet.code, holder=HEAD, passphrase=HERS)
    assert refused == "key-changed"
    sound, _, told = keys_found(ctx)
    assert not sound
    assert f"the key of {room} was changed" in told
    if room == "complaints":
        assert (terms(reading(ctx), SCHOOL), kiosk_key(ctx)) == (None, None)
        page = words(signed_in(create_app(ctx), HEAD).get("/khoa").text)
        assert "Khóa này trên máy chủ đã bị thay đổi" in page


def test_nor_does_a_row_whose_id_was_changed_too(ctx: Context) -> None:
    true = make(ctx)
    connection = ctx.store.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("UPDATE seal_keys SET public = ?, id = ?", [FALSE, key_id(FALSE)])
    connection.execute("UPDATE key_holders SET key = ?", [key_id(FALSE)])
    assert code_of(keys.unlock, ctx, LOGIN, PHRASE) == "key-changed"
    with pytest.raises(Problem) as caught:
        keys.unlock(ctx, LOGIN, PHRASE)
    assert key_lock.fingerprint(key_id(FALSE)) in caught.value.sentence("vi")
    assert keys.log(reading(ctx), SCHOOL, "complaints")[0].act == "changed"
    says(ctx, {"key": true, "how": "first", "refused": key_id(FALSE)})
    assert keys_found(ctx)[1]
    assert f"{KIOSK} seals to the key {true}, not to the one in the store" in keys_found(ctx)[2]


def test_a_renewal_by_who_opens_the_old_key_is_signed_by_it(ctx: Context, clock: Clock) -> None:
    make(ctx)
    first = keys.public_key(reading(ctx), SCHOOL) or b""
    for _ in range(2):
        custody.renew(ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    found = terms(reading(ctx), SCHOOL)
    assert found is not None
    assert len(found.links) == 2
    assert leads_to(first, found.links, found.key)
    clock.ms += custody.LOST_AFTER_MS
    custody.revoke_lost(ctx, SCHOOL, "complaints", LOGIN)
    custody.renew(ctx, SCHOOL, "complaints", LOGIN, HERS)  # who does not open it cannot sign for it
    found = terms(reading(ctx), SCHOOL)
    assert found is not None
    assert found.links == ()


def test_what_the_kiosks_hold_the_key_to_be_stands_beside_the_store(ctx: Context, clock: Clock) -> None:
    def standing() -> list[str]:
        return [each.standing for each in pins.pinned(reading(ctx), SCHOOL)]

    def troubles() -> tuple[str, ...]:
        return fleet(reading(ctx), SCHOOL, period_of(ctx, None), ctx.now())[0].troubles

    old = make(ctx)
    assert standing() == []
    client = signed_in(create_app(ctx), HEAD)
    assert "1 máy chưa cho biết" in words(client.get("/khoa").text), "a kiosk that is silent is told of too"
    says(ctx, {"key": old, "how": "first", "refused": None})
    assert (standing(), troubles()) == (["same"], ())
    new = custody.renew(ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    assert standing() == ["waiting"]
    assert "máy chưa cho biết" not in words(client.get("/khoa").text)
    assert "0/1 máy niêm phong bằng khóa này" in words(client.get("/khoa").text)
    says(ctx, {"key": new, "how": "signed", "refused": None})
    assert standing() == ["same"]
    assert "1/1 máy niêm phong bằng khóa này" in words(client.get("/khoa").text)
    clock.ms += custody.LOST_AFTER_MS
    custody.revoke_lost(ctx, SCHOOL, "complaints", LOGIN)
    strange = custody.renew(ctx, SCHOOL, "complaints", HEAD, HERS)
    says(ctx, {"key": new, "how": "signed", "refused": strange})
    assert (standing(), troubles()) == (["refused"], ("key",))
    client = signed_in(create_app(ctx), HEAD)  # a week later
    assert f"niêm phong bằng khóa {key_lock.fingerprint(new)}" in words(client.get("/khoa").text)
    page = words(client.get("/thiet-bi").text)
    assert "không tin khóa mới của trường" in page
    assert "nhấn giữ góc trên bên phải" in page
    says(ctx, {"key": "ab" * 8, "how": "first", "refused": None})
    assert (standing(), troubles()) == (["other"], ())
    assert keys_found(ctx)[1]
    for rubbish in (None, [], {}, {"key": 1}, {"key": "X" * 16}, {"key": "<script>"}, {"key": "ab" * 9}):
        says(ctx, rubbish)
        assert standing() == []


def test_the_key_of_what_is_about_the_principal_is_compared_too_and_not_for_the_principal(
    ctx: Context,
) -> None:
    old, own = make(ctx), make(ctx, "about-principal")
    known = {"key": old, "how": "first", "refused": None}
    app = create_app(ctx)
    says(ctx, known)
    assert pins.unheard(reading(ctx), SCHOOL, "about-principal") == ("Kiosk quầy tiếp nhận",)
    assert pins.unheard(reading(ctx), SCHOOL) == ()
    says(ctx, known, seal_principal={"key": own, "how": "first", "refused": None})
    (apart,) = pins.pinned(reading(ctx), SCHOOL, "about-principal")
    assert (apart.standing, pins.unheard(reading(ctx), SCHOOL, "about-principal")) == ("same", ())
    says(ctx, known, seal_principal={"key": key_id(FALSE), "how": "first", "refused": own})
    (apart,) = pins.pinned(reading(ctx), SCHOOL, "about-principal")
    assert apart.standing == "refused"
    assert "key" in fleet(reading(ctx), SCHOOL, period_of(ctx, None), ctx.now())[0].troubles
    strange = f"niêm phong bằng khóa {key_lock.fingerprint(key_id(FALSE))}"
    assert strange in words(signed_in(app, LOGIN).get("/khoa").text)
    assert strange not in words(signed_in(app, HEAD).get("/khoa").text)
    assert f"{KIOSK} seals to the key {key_id(FALSE)}" in keys_found(ctx)[2]
