"""A backup that is put back opens no door that was shut after it was made."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.domain.devices.slips import slip_hash
from server.services import schools, withdrawals
from server.services.access import accounts, people, tokens
from server.services.context import Context
from server.services.devices import claims, points, registry, slips
from server.services.keys import custody
from server.services.keys.keys import holders, public_key
from server.services.keys.open_keys import unlock
from server.services.upkeep import restore_settling
from server.services.upkeep.backup import back_up
from server.settings import Settings
from server.wiring.contexts import build
from server.wiring.restoring import restore
from tests.support.claiming import let_in
from tests.support.commands import hailong, run_hailong
from tests.support.keys import take_away
from tests.support.reading import reading
from tests.support.server import ServerProcess

PHRASE, OTHER = "hoa phượng nở đỏ sân trường", "mưa rơi trên mái ngói cũ"
PASSWORD = "mot mat khau dai"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


class School:
    """A school with a backup from before everything in it was withdrawn."""

    def __init__(self, data: Path) -> None:
        ctx = build(Settings(data=str(data)))
        schools.add_school(ctx, "mau", "Trường THCS Mẫu")
        for device in ("k1", "k2", "k3", "stays"):
            registry.add_device(ctx, device, "mau", "kiosk")
        for login, role in (
            ("hieu-truong", "principal"),
            ("pho", "deputy"),
            ("giao-vu", "officer"),
            ("van-thu", "officer"),
        ):
            people.add_user(ctx, login, role, "mau", PASSWORD)
        for point in ("ban-1", "ban-2"):
            points.add(ctx, point, "mau", label=point)
        self.token = tokens.add_token(ctx, "mau", "trang web")
        for room in ("complaints", "denunciations"):
            custody.make_key(ctx, "mau", room, "hieu-truong", PHRASE)
        opened = unlock(ctx, "hieu-truong", PHRASE)
        custody.grant(ctx, "mau", "complaints", opened, holder="pho", passphrase=OTHER)
        custody.grant(ctx, "mau", "complaints", opened, holder="giao-vu", passphrase=OTHER)
        custody.grant(ctx, "mau", "complaints", opened, holder="van-thu", passphrase=OTHER)
        self.code = claims.make(ctx, "k3").code
        self.data, self.ctx = data, ctx
        self.saved = data.parent / "saved.db"
        back_up(ctx, self.saved)

    def withdraw(self) -> None:
        ctx = self.ctx
        registry.retire_device(ctx, "k1")
        registry.renew_password(ctx, "k2")
        claims.withdraw(ctx, "k3")
        points.retire(ctx, "ban-1")
        points.retire(ctx, "ban-2")
        points.bring_back(ctx, "ban-2")
        tokens.revoke_token(ctx, tokens.tokens(reading(ctx))[0].id)
        people.set_password(ctx, "hieu-truong", "mot mat khau khac")
        take_away(ctx, "complaints", "pho", "hieu-truong", PHRASE, password=PASSWORD, school="mau")
        people.disable_user(ctx, "giao-vu")
        custody.change_passphrase(ctx, "hieu-truong", PHRASE, OTHER)
        custody.renew(ctx, "mau", "denunciations", "hieu-truong", OTHER)
        ctx.store.close()

    def check(self, ctx: Context) -> None:
        """Everything is as shut as before."""
        in_use = {each.id for each in registry.devices(reading(ctx)) if each.retired_at is None}
        assert in_use == {"k2", "k3", "stays", "ban-2"}
        assert tokens.open_token(reading(ctx), self.token) is None
        assert accounts.check_login(reading(ctx), "giao-vu", PASSWORD) is None
        assert accounts.check_login(reading(ctx), "hieu-truong", PASSWORD) is None
        assert accounts.check_login(reading(ctx), "pho", PASSWORD) is not None
        assert holders(reading(ctx), "mau", "complaints") == ("hieu-truong", "van-thu")
        assert public_key(reading(ctx), "mau", "denunciations") is None
        assert claims.open_claim(reading(ctx), "k3") is None


@pytest.fixture
def school(data: Path) -> Iterator[School]:
    made = School(data)
    yield made
    made.ctx.store.close()


def secret_of(ctx: Context, device: str) -> Any:
    return reading(ctx).sql.device_secret(id=device)["password_hash"]


@pytest.mark.parametrize("journal", [True, False], ids=["by the list", "by the store that was there"])
def test_what_was_withdrawn_stays_withdrawn(school: School, journal: bool) -> None:
    before = secret_of(school.ctx, "k2")
    school.withdraw()
    if not journal:  # as in a directory of an older program
        (school.data / withdrawals.FILE).unlink()
    else:
        (school.data / "hailong.db").write_bytes(b"damaged" * 4000)
        for rest in ("-wal", "-shm"):
            (school.data / f"hailong.db{rest}").unlink(missing_ok=True)
    done = restore(Settings(data=str(school.data)), school.saved)
    settled = done.settled
    assert settled.known
    assert settled.devices == ("ban-1", "k1")
    assert settled.users == ("giao-vu",)
    assert settled.holders == ("pho",)
    assert settled.claims == ("k3",)
    assert len(settled.tokens) == len(settled.keys) == 1
    told = {(each.code, each.about) for each in settled.decisions}
    assert ("new-key", "mau (denunciations)") in told
    if journal:
        school.check(done.ctx)
        assert secret_of(done.ctx, "k2") != before
        assert {
            ("device-password", "k2"),
            ("user-password", "hieu-truong"),
            ("passphrase", "hieu-truong"),
        } < told
    assert not restore_settling.is_unfinished(school.data)
    again = restore_settling.settle(done.ctx, None)
    assert not any((again.devices, again.users, again.tokens, again.holders, again.keys, again.claims))
    done.ctx.store.close()


def test_the_last_reader_is_not_taken_from_what_is_sealed(school: School) -> None:
    opened = unlock(school.ctx, "hieu-truong", PHRASE)
    custody.grant(school.ctx, "mau", "denunciations", opened, holder="pho", passphrase=OTHER)
    take_away(school.ctx, "denunciations", "hieu-truong", "pho", OTHER, password=PASSWORD, school="mau")
    school.ctx.store.close()
    done = restore(Settings(data=str(school.data)), school.saved)
    assert [each.code for each in done.settled.decisions] == ["last-holder"]
    assert holders(reading(done.ctx), "mau", "denunciations") == ("hieu-truong",)
    done.ctx.store.close()


def test_on_another_machine_everything_that_opens_a_door_is_listed(school: School, tmp_path: Path) -> None:
    school.withdraw()
    fresh = tmp_path / "fresh"
    told = hailong("restore", school.saved, "--json", "--data", fresh)
    assert told["withdrawals_known"] is False
    assert {name: len(listed) for name, listed in told["in_use"].items()} == {
        "device list": 6, "user list": 4, "token list": 1, "key list": 5,
    }  # fmt: skip
    said = hailong("restore", school.saved, "--data", tmp_path / "fresh-2")
    assert "Nothing here tells what was withdrawn" in said
    assert "k1 (mau)" in said
    carried = tmp_path / "carried"
    carried.mkdir()
    shutil.copy(school.data / withdrawals.FILE, carried)
    told = hailong("restore", school.saved, "--json", "--data", carried)
    assert (told["withdrawals_known"], told["devices"]) == (True, ["ban-1", "k1"])
    ctx = build(Settings(data=str(carried)))
    school.check(ctx)
    ctx.store.close()


@pytest.fixture
def used_since(school: School) -> School:
    """Of the slips that the backup knows as unused, three were used after it."""
    points.set_point(school.ctx, "ban-1", single_use=True)
    made = slips.make_slips(school.ctx, points.find(reading(school.ctx), "ban-1"))
    school.saved.unlink()
    back_up(school.ctx, school.saved)
    with school.ctx.write() as work:
        for slip in made[:3]:
            work.sql.phone_slip_use(hash=slip_hash("ban-1", slip))
    school.ctx.store.close()
    return school


def test_a_paper_slip_that_was_used_since_counts_once(used_since: School) -> None:
    done = restore(Settings(data=str(used_since.data)), used_since.saved)
    assert done.settled.decisions == ()
    assert slips.left(reading(done.ctx), "mau") == {"ban-1": (24, 21)}
    done.ctx.store.close()


def test_where_nobody_knows_which_slips_were_used_somebody_decides(
    used_since: School, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    told = hailong("restore", used_since.saved, "--json", "--data", fresh)
    [words] = told["decisions"]
    assert "ban-1 (24)" in words
    assert "hailong point void" in words
    assert hailong("point", "void", "ban-1", "--data", fresh, "--json") == {"id": "ban-1", "voided": 24}
    assert hailong("point", "show", "ban-1", "--data", fresh, "--json")["slips_left"] == 0
    cut = tmp_path / "cut"
    cut.mkdir()
    shutil.copy(used_since.saved, cut / "hailong.db")
    restore_settling.begin(cut)
    with ServerProcess(cut) as server:
        assert "decide  point ban-1 (24)" in server.words()


def test_a_server_settles_what_a_restore_left_open(school: School) -> None:
    school.withdraw()
    shutil.copy(school.saved, school.data / "hailong.db")  # killed after the file was in its place
    for rest in ("-wal", "-shm"):
        (school.data / f"hailong.db{rest}").unlink(missing_ok=True)
    restore_settling.begin(school.data)
    with ServerProcess(school.data):
        assert not restore_settling.is_unfinished(school.data)
    ctx = build(Settings(data=str(school.data)))
    school.check(ctx)
    ctx.store.close()


def test_a_code_that_was_used_after_the_backup_lets_nobody_in_again(school: School) -> None:
    let_in(school.ctx, school.code)
    school.ctx.store.close()
    done = restore(Settings(data=str(school.data)), school.saved)
    assert done.settled.claims == ("k3",)
    assert [each.about for each in done.settled.decisions] == ["k3"]
    done.ctx.store.close()


def test_the_list_stands_torn_lines_and_refuses_others(school: School) -> None:
    path = school.data / withdrawals.FILE
    path.write_text("- device k")
    withdrawals.withdraw(school.ctx, "user", "pho")
    assert withdrawals.standing(school.ctx) == {("user", "pho")}
    path.write_text("một dòng khác hẳn\n")
    done = run_hailong("restore", school.saved, "--data", school.data)
    assert done.returncode == 1
    assert f"{path} is damaged in line 1" in done.stderr
