"""Keys: who opens what, how they change hands, what a thief of the store has, and the commands for it all."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from nacl import pwhash

from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services.access import passwords, people
from server.services.access.second_person import Second
from server.services.context import Context
from server.services.keys import custody, keys, paper_backup
from server.services.keys.open_keys import open_locks
from survey_defs import complaint
from survey_defs.complaint import Letter, key_id
from tests.support.commands import hailong, run_hailong
from tests.support.keys import take_away
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, make_context
from tests.support.server import hailong as hailong_of_its_own

PHRASE = "hoa phượng nở đỏ sân trường"
HERS = "cây bàng già trước cổng"
HEAD = "hieu-truong"
CLERK = "van-thu"
LETTER = Letter("Tôi đã chờ ba tuần mà chưa có trả lời.")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = make_context(tmp_path, clock)
    add_school(context)
    people.add_user(context, HEAD, "principal", SCHOOL, PASSWORD)
    people.add_user(context, "van-thu", "officer", SCHOOL, PASSWORD)
    people.add_user(context, "le-tan", "reception", SCHOOL, PASSWORD)
    yield context
    context.store.close()


def code_of(*args: object, **named: object) -> str:
    """The code of the problem that a call ends with."""
    call, *rest = args
    with pytest.raises(Problem) as caught:
        call(*rest, **named)  # type: ignore[operator]
    return caught.value.code


def make(ctx: Context, room: str = "complaints") -> str:
    return custody.make_key(ctx, SCHOOL, room, LOGIN, PHRASE)


def give(ctx: Context, room: str = "complaints", to: str = HEAD, phrase: str = HERS) -> list[str]:
    opened = keys.unlock(ctx, LOGIN, PHRASE)
    return custody.grant(ctx, SCHOOL, room, opened, holder=to, passphrase=phrase)


def sealed(ctx: Context, room: str = "complaints") -> bytes:
    return keys.seal_for_desk(reading(ctx), SCHOOL, room, LETTER)


# ---- locks


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_lock_opens_with_its_own_key_only(private: bytes, turned: bytes) -> None:
    box = key_lock.shut(private, turned)
    assert private not in box
    assert key_lock.open_box(box, turned) == private
    other = bytes([turned[0] ^ 1]) + turned[1:]
    assert key_lock.open_box(box, other) is None
    for cut in (b"", box[:10], box[:-1], box + b"x", bytes([box[0] ^ 1]) + box[1:]):
        assert key_lock.open_box(cut, turned) is None
    assert key_lock.shut(private, turned) != box


def test_the_cost_stands_with_the_lock() -> None:
    lock = key_lock.new_lock()
    cheap = lock._replace(operations=1, memory=8192)
    assert key_lock.turn("một câu", cheap) != key_lock.turn("một câu", cheap._replace(operations=2))
    assert key_lock.turn("một câu", cheap) != key_lock.turn("một câu", cheap._replace(salt=b"x" * 16))
    assert key_lock.turn("một câu", cheap) == key_lock.turn("một câu", cheap)


def test_recovery_codes_are_read_as_people_write_them() -> None:
    code = key_lock.new_recovery_code()
    assert len(code) == 35
    assert len({key_lock.new_recovery_code() for _ in range(50)}) == 50
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("-", ""), f"  {code}\n"):
        assert key_lock.read_recovery_code(typed) == code
    for shown in (f"Mã khôi phục: {code}", code.replace("-", "\u2011"), code.replace("-", "\u00a0")):
        assert key_lock.read_recovery_code(shown) == code
    for wrong in ("", code[:-1], code + "A", code[:-1] + "0", "ế" * 30):
        assert key_lock.read_recovery_code(wrong) is None


# ---- making and opening


def test_without_a_key_nothing_can_be_sealed(ctx: Context) -> None:
    assert keys.public_key(reading(ctx), SCHOOL) is None
    assert code_of(keys.seal_for_desk, reading(ctx), SCHOOL, "complaints", LETTER) == "no-seal-key"


def test_what_is_sealed_opens_with_the_holders_passphrase_only(ctx: Context) -> None:
    id = make(ctx)
    public = keys.public_key(reading(ctx), SCHOOL)
    assert public is not None
    assert id == key_id(public)
    box = sealed(ctx)
    opened = keys.unlock(ctx, LOGIN, PHRASE)
    assert opened.rooms == {"complaints"}
    assert opened.open("complaints", box) == LETTER
    assert opened.open("denunciations", box) is None
    assert opened.open("complaints", box[:-1]) is None
    for wrong in ("", PHRASE.upper(), PHRASE + " ", PASSWORD, "x" * 100_000):
        assert code_of(keys.unlock, ctx, LOGIN, wrong) == "wrong-passphrase"


def test_any_keyboard_types_the_same_passphrase(ctx: Context) -> None:
    import unicodedata

    make(ctx)
    assert keys.unlock(ctx, LOGIN, unicodedata.normalize("NFD", PHRASE)).rooms


def test_the_private_key_is_nowhere_in_the_clear(ctx: Context, tmp_path: Path) -> None:
    make(ctx)
    give(ctx)
    (held,) = keys.unlock(ctx, LOGIN, PHRASE).of_room("complaints")
    ctx.store.close()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for form in (held.private, held.private.hex().encode(), PHRASE.encode(), HERS.encode()):
                assert form not in content, path


def test_nobody_learns_from_the_time_whether_a_login_holds_a_key(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argon2id is what takes the time: as often, and at the same cost, whoever is asked for."""
    make(ctx)
    make(ctx, "denunciations")
    turn, costs = key_lock.turn, []

    def seen(passphrase: str, lock: key_lock.Lock) -> bytes:
        costs.append((lock.operations, lock.memory))
        return turn(passphrase, lock)

    monkeypatch.setattr(key_lock, "turn", seen)
    for login in (LOGIN, "van-thu", "khong-co-ai"):
        assert code_of(keys.unlock, ctx, login, "sai mất rồi bạn ơi") == "wrong-passphrase"
    assert costs == [(key_lock.OPERATIONS, key_lock.MEMORY)] * 3


@pytest.mark.parametrize(
    ("room", "holder", "phrase", "code"),
    [
        ("phong-la", LOGIN, PHRASE, "unknown-room"),
        ("complaints", "khong-co", PHRASE, "unknown-user"),
        ("complaints", LOGIN, "ngắn quá", "passphrase-short"),
        ("complaints", LOGIN, "            ", "passphrase-short"),
        ("complaints", LOGIN, "x" * 1025, "passphrase-long"),
        ("complaints", LOGIN, "Mật khẩu 123456", "passphrase-guessable"),
        ("complaints", LOGIN, "123456789012", "passphrase-guessable"),
        ("complaints", "le-tan", PHRASE, "role-holds-no-key"),
        ("complaints", f"{LOGIN}-khac", PHRASE, "holder-elsewhere"),
    ],
)
def test_what_cannot_be_made_says_why(ctx: Context, room: str, holder: str, phrase: str, code: str) -> None:
    add_school(ctx, "khac", "Trường khác")
    assert code_of(custody.make_key, ctx, SCHOOL, room, holder, phrase) == code
    assert keys.public_key(reading(ctx), SCHOOL) is None


def test_there_is_one_key_at_a_time(ctx: Context) -> None:
    make(ctx)
    assert code_of(make, ctx) == "key-exists"
    assert code_of(custody.renew, ctx, SCHOOL, "denunciations", LOGIN, PHRASE) == "no-seal-key"


# ---- changing hands


def test_a_person_has_one_passphrase(ctx: Context) -> None:
    make(ctx)
    found = code_of(custody.make_key, ctx, SCHOOL, "denunciations", LOGIN, "một câu khác hẳn")
    assert found == "passphrase-differs"
    make(ctx, "denunciations")
    assert keys.unlock(ctx, LOGIN, PHRASE).rooms == {"complaints", "denunciations"}


def test_grant_and_revoke(ctx: Context) -> None:
    id = make(ctx)
    box = sealed(ctx)
    assert keys.rooms_of(reading(ctx), HEAD) == frozenset()
    assert give(ctx, to=CLERK) == [id]
    assert give(ctx, to=CLERK) == []
    assert keys.unlock(ctx, CLERK, HERS).open("complaints", box) == LETTER
    assert keys.holders(reading(ctx), SCHOOL, "complaints") == (LOGIN, CLERK)
    take_away(ctx, "complaints", LOGIN, CLERK, HERS)
    assert code_of(keys.unlock, ctx, LOGIN, PHRASE) == "wrong-passphrase"
    assert keys.rooms_of(reading(ctx), LOGIN) == frozenset()
    assert code_of(take_away, ctx, "complaints", LOGIN, CLERK, HERS) == "not-a-holder"
    acts = [(act.act, act.actor, act.holder) for act in keys.log(reading(ctx), SCHOOL, "complaints")]
    assert [act for act in acts if act[0] != "unlocked"] == [
        ("confirmed", LOGIN, LOGIN), ("revoked", CLERK, LOGIN), ("granted", LOGIN, CLERK),
        ("made", LOGIN, LOGIN),
    ]  # fmt: skip


def test_nobody_takes_a_key_away_alone(ctx: Context, clock: Clock) -> None:
    """The passphrase of who does it, and a second person: who loses the key, or who holds it as well."""
    make(ctx)
    give(ctx, to=CLERK)
    give(ctx)
    opened = keys.unlock(ctx, LOGIN, PHRASE)

    def refused(second: str, password: str = PASSWORD, holder: str = HEAD) -> str:
        agrees = Second(second, password)
        return code_of(custody.revoke, ctx, SCHOOL, "complaints", opened, agrees, holder=holder)

    assert refused("") == "second-missing"
    assert refused(LOGIN) == "second-not-entitled"  # oneself is nobody else
    assert refused("le-tan") == "second-not-entitled"  # holds nothing
    assert refused("khong-co") == "second-not-entitled"
    assert refused(CLERK) == "second-not-entitled"  # given the key for this very purpose
    clock.ms += custody.SETTLED_MS
    assert refused(CLERK, "không phải mật khẩu này") == "wrong-second"
    assert refused(CLERK, HERS) == "wrong-second"  # their password, not the key's passphrase
    assert set(keys.holders(reading(ctx), SCHOOL, "complaints")) == {LOGIN, CLERK, HEAD}
    take_away(ctx, "complaints", HEAD, LOGIN, PHRASE, second=CLERK)
    assert keys.rooms_of(reading(ctx), HEAD) == frozenset()
    assert code_of(custody.revoke, ctx, SCHOOL, "complaints", opened, Second(HEAD, PASSWORD), holder=HEAD)
    take_away(ctx, "complaints", CLERK, LOGIN, PHRASE)
    assert refused(CLERK, holder=LOGIN) == "no-second-person"


def test_never_is_the_principal_the_only_one_who_reads(ctx: Context, clock: Clock) -> None:
    """Whoever agrees: any letter may be about the principal."""
    make(ctx)
    give(ctx)
    clock.ms += custody.SETTLED_MS
    assert code_of(take_away, ctx, "complaints", LOGIN, HEAD, HERS) == "only-principals-left"
    assert code_of(take_away, ctx, "complaints", LOGIN, LOGIN, PHRASE, second=HEAD) == "only-principals-left"
    assert code_of(custody.shut_account, ctx, LOGIN) == "only-principals-left"
    give(ctx, to=CLERK)
    take_away(ctx, "complaints", LOGIN, HEAD, HERS)
    assert set(keys.holders(reading(ctx), SCHOOL, "complaints")) == {CLERK, HEAD}


def test_a_lost_passphrase_needs_no_second_person_and_says_so(ctx: Context, clock: Clock) -> None:
    make(ctx)
    give(ctx)
    assert code_of(custody.revoke_lost, ctx, SCHOOL, "complaints", LOGIN) == "key-in-use"
    assert code_of(custody.shut_account, ctx, LOGIN) == "only-principals-left"
    people.disable_user(ctx, HEAD)  # holds it no more, though the row is there
    assert code_of(custody.shut_account, ctx, LOGIN) == "last-holder"
    assert code_of(custody.shut_account, ctx, LOGIN, even_last=True) == "key-in-use"
    clock.ms += custody.LOST_AFTER_MS
    custody.revoke_lost(ctx, SCHOOL, "complaints", LOGIN, by="ky-thuat")
    custody.revoke_lost(ctx, SCHOOL, "complaints", HEAD)
    assert keys.holders(reading(ctx), SCHOOL, "complaints") == ()
    acts = [(act.act, act.actor, act.holder) for act in keys.log(reading(ctx), SCHOOL, "complaints")]
    assert acts[:2] == [("revoked-lost", "", HEAD), ("revoked-lost", "ky-thuat", LOGIN)]


def test_a_shut_account_holds_nothing(ctx: Context) -> None:
    make(ctx)
    give(ctx)
    opened = keys.unlock(ctx, HEAD, HERS)
    people.disable_user(ctx, HEAD)
    assert code_of(keys.unlock, ctx, HEAD, HERS) == "wrong-passphrase"
    assert keys.rooms_of(reading(ctx), HEAD) == frozenset()
    assert not keys.still_held(reading(ctx), opened)
    refused = code_of(
        custody.grant,
        ctx,
        SCHOOL,
        "complaints",
        opened,
        holder="van-thu",
        passphrase="một câu thứ ba nữa",
    )
    assert refused == "not-a-holder"


def test_what_was_opened_before_a_revocation_grants_nothing(ctx: Context) -> None:
    make(ctx)
    give(ctx)
    opened = keys.unlock(ctx, HEAD, HERS)
    take_away(ctx, "complaints", HEAD, LOGIN, PHRASE)
    refused = code_of(custody.grant, ctx, SCHOOL, "complaints", opened, holder=HEAD, passphrase=HERS)
    assert refused == "not-a-holder"


def test_a_holder_of_one_room_grants_nothing_of_the_other(ctx: Context) -> None:
    make(ctx)
    custody.make_key(ctx, SCHOOL, "denunciations", HEAD, HERS)
    assert code_of(give, ctx, "denunciations") == "not-a-holder"


def test_a_new_passphrase_for_all_keys(ctx: Context) -> None:
    make(ctx)
    make(ctx, "denunciations")
    assert code_of(custody.change_passphrase, ctx, LOGIN, "sai", "mưa rào tháng sáu") == "wrong-passphrase"
    assert code_of(custody.change_passphrase, ctx, LOGIN, PHRASE, "ngắn") == "passphrase-short"
    custody.change_passphrase(ctx, LOGIN, PHRASE, "mưa rào tháng sáu")
    assert code_of(keys.unlock, ctx, LOGIN, PHRASE) == "wrong-passphrase"
    assert keys.unlock(ctx, LOGIN, "mưa rào tháng sáu").rooms == {"complaints", "denunciations"}


def test_a_reset_of_the_login_opens_no_key(ctx: Context) -> None:
    make(ctx)
    people.set_password(ctx, LOGIN, "mat-khau-moi-tinh")
    assert code_of(keys.unlock, ctx, LOGIN, "mat-khau-moi-tinh") == "wrong-passphrase"
    assert keys.unlock(ctx, LOGIN, PHRASE).rooms


def test_after_renewal_old_keys_open_what_is_old(ctx: Context, clock: Clock) -> None:
    first = make(ctx)
    give(ctx)
    give(ctx, to=CLERK)
    old = sealed(ctx)
    clock.ms += 1000
    take_away(ctx, "complaints", CLERK, LOGIN, PHRASE)
    second = custody.renew(ctx, SCHOOL, "complaints", HEAD, HERS)
    new = sealed(ctx)
    assert [key.id for key in keys.keys_of(reading(ctx), SCHOOL, "complaints")] == [second, first]
    for login, phrase in ((LOGIN, PHRASE), (HEAD, HERS)):
        opened = keys.unlock(ctx, login, phrase)
        assert (opened.open("complaints", old), opened.open("complaints", new)) == (LETTER, LETTER)
    assert code_of(keys.unlock, ctx, CLERK, HERS) == "wrong-passphrase"
    # Who was carried over is a holder like any other: renews in turn, and may change the passphrase.
    clock.ms += 1000
    third = custody.renew(ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    custody.change_passphrase(ctx, HEAD, HERS, "mưa rào tháng sáu")
    assert keys.unlock(ctx, HEAD, "mưa rào tháng sáu").ids == {first, second, third}


def test_a_renewal_leaves_nobody_out_in_silence(ctx: Context) -> None:
    """Who locked before keys were handed on unlocks once; a half that is not theirs is not sealed to."""
    id = make(ctx)
    give(ctx)
    refused = (custody.renew, ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    rightly = ctx.store.connection.execute(
        "SELECT relay FROM key_holders WHERE holder = ?", (HEAD,)
    ).fetchone()["relay"]
    forged = bytes(complaint.new_key()[0]) + rightly[32:]
    for relay in (None, b"", forged, rightly[:-1]):
        with ctx.write() as work:
            work.connection.execute("UPDATE key_holders SET relay = ? WHERE holder = ?", (relay, HEAD))
        assert code_of(*refused) == "holder-not-carried"
    with ctx.write() as work:
        work.connection.execute("UPDATE key_holders SET relay = NULL WHERE holder = ?", (HEAD,))
    keys.unlock(ctx, HEAD, HERS)
    # Nor does who does not hold the present key take it over with a new one.
    assert code_of(custody.renew, ctx, SCHOOL, "complaints", CLERK, HERS) == "not-a-holder"
    assert [key.id for key in keys.keys_of(reading(ctx), SCHOOL, "complaints")] == [id]
    assert custody.renew(*refused[1:])
    assert set(keys.holders(reading(ctx), SCHOOL, "complaints")) == {LOGIN, HEAD}


def test_who_holds_but_an_old_key_keeps_sight_of_the_room(ctx: Context) -> None:
    """As a renewal of before has left them, or an old sheet brings them back."""
    first = make(ctx)
    give(ctx)
    old = sealed(ctx)
    custody.renew(ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    with ctx.write() as work:
        work.connection.execute("DELETE FROM key_holders WHERE holder = ? AND key <> ?", (HEAD, first))
    assert keys.rooms_of(reading(ctx), HEAD) == {"complaints"}
    assert keys.unlock(ctx, HEAD, HERS).open("complaints", old) == LETTER


def test_no_principal_holds_the_key_to_what_accuses_the_principal(ctx: Context) -> None:
    room = "about-principal"
    refused = code_of(custody.make_key, ctx, SCHOOL, room, HEAD, HERS)
    assert refused == "role-holds-no-key"
    custody.make_key(ctx, SCHOOL, room, LOGIN, PHRASE)
    opened = keys.unlock(ctx, LOGIN, PHRASE)
    made = paper_backup.export_key(ctx, SCHOOL, room, opened)
    grant = code_of(custody.grant, ctx, SCHOOL, room, opened, holder=HEAD, passphrase=HERS)
    back = code_of(paper_backup.import_key, ctx, made.sheet, made.code, holder=HEAD, passphrase=HERS)
    assert (grant, back) == ("role-holds-no-key", "role-holds-no-key")
    assert custody.grant(ctx, SCHOOL, room, opened, holder=CLERK, passphrase=HERS) == list(made.keys)


# ---- backup


def test_a_sheet_and_its_code_bring_the_keys_back(ctx: Context, clock: Clock) -> None:
    first = make(ctx)
    old = sealed(ctx)
    clock.ms += 1000
    second = custody.renew(ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    made = paper_backup.export_key(ctx, SCHOOL, "complaints", keys.unlock(ctx, LOGIN, PHRASE))
    assert set(made.keys) == {first, second}
    assert made.code not in made.sheet
    assert "28/05/2026" in made.sheet
    assert key_lock.fingerprint(first) in made.sheet
    clock.ms += custody.LOST_AFTER_MS
    custody.revoke_lost(ctx, SCHOOL, "complaints", LOGIN)
    typed = made.sheet.replace("\n", "\r\n").replace("box: ", " box:   ").upper()
    typed = typed.replace("KEY:", "key:").replace("COST:", "cost:").replace("SALT:", "salt:")
    found = paper_backup.import_key(
        ctx, typed.replace("BOX:", "box:"), made.code.lower(), holder=HEAD, passphrase=HERS
    )
    assert set(found) == {first, second}
    assert keys.unlock(ctx, HEAD, HERS).open("complaints", old) == LETTER
    assert all(key.backed_up_at for key in keys.keys_of(reading(ctx), SCHOOL, "complaints"))


def test_a_sheet_opens_with_nothing_else(ctx: Context, tmp_path: Path) -> None:
    make(ctx)
    made = paper_backup.export_key(ctx, SCHOOL, "complaints", keys.unlock(ctx, LOGIN, PHRASE))
    (held,) = keys.unlock(ctx, LOGIN, PHRASE).of_room("complaints")
    assert held.private.hex() not in made.sheet.replace(" ", "").replace("\n", "").replace("box:", "")

    def restored(sheet: str, code: str, holder: str = HEAD) -> str:
        return code_of(paper_backup.import_key, ctx, sheet, code, holder=holder, passphrase=HERS)

    other = key_lock.new_recovery_code()
    assert restored(made.sheet, other) == "wrong-recovery-code"
    assert restored(made.sheet, "không phải mã") == "wrong-recovery-code"
    assert restored("chẳng phải bản lưu", made.code) == "bad-key-sheet"
    assert restored(made.sheet.replace("cost: 3", "cost: 3000"), made.code) == "bad-key-sheet"
    assert restored(made.sheet.replace("cost: 3", "cost: ba"), made.code) == "bad-key-sheet"
    assert restored(made.sheet.replace("salt:", "muoi:"), made.code) == "bad-key-sheet"
    assert restored(made.sheet, made.code, "le-tan") == "role-holds-no-key"
    elsewhere = make_context(tmp_path / "khac")
    add_school(elsewhere)
    assert (
        code_of(paper_backup.import_key, elsewhere, made.sheet, made.code, holder=LOGIN, passphrase=HERS)
        == "unknown-key"
    )


@pytest.mark.parametrize(
    "cost",
    ["5 67108864", "3 134217729", "20 1073741824", "0 67108864", "3 8191", "-3 67108864", "3", "1 2 3"],
)
def test_a_sheet_does_not_choose_its_cost(ctx: Context, monkeypatch: pytest.MonkeyPatch, cost: str) -> None:
    make(ctx)
    made = paper_backup.export_key(ctx, SCHOOL, "complaints", keys.unlock(ctx, LOGIN, PHRASE))
    monkeypatch.setattr(pwhash.argon2id, "kdf", lambda *_, **__: pytest.fail("work before the look"))
    dear = re.sub(r"cost: .*", f"cost: {cost}", made.sheet)
    assert (
        code_of(paper_backup.import_key, ctx, dear, made.code, holder=HEAD, passphrase=HERS)
        == "bad-key-sheet"
    )


def test_a_sheet_that_was_cut_is_none(ctx: Context) -> None:
    """Nor is one of nothing but beginnings, each of which was searched to the end for its own."""
    make(ctx)
    made = paper_backup.export_key(ctx, SCHOOL, "complaints", keys.unlock(ctx, LOGIN, PHRASE))
    begin = "-----BEGIN HAILONG KEY-----\n"
    for sheet in (f"{made.sheet}\n{begin}key: 1", begin * 3000, begin):
        assert (
            code_of(paper_backup.import_key, ctx, sheet, made.code, holder=HEAD, passphrase=HERS)
            == "bad-key-sheet"
        )


def test_each_lock_of_a_sheet_is_the_same(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    make(ctx)
    made = paper_backup.export_key(ctx, SCHOOL, "complaints", keys.unlock(ctx, LOGIN, PHRASE))
    monkeypatch.setattr(pwhash.argon2id, "kdf", lambda *_, **__: pytest.fail("work before the look"))
    block = made.sheet[made.sheet.index("-----BEGIN") :]
    others = [re.sub(r"salt: (..)", lambda _, n=n: f"salt: {n:02x}", block) for n in range(2, 60)]  # type: ignore[misc]
    sheet = "".join(others)
    assert (
        code_of(paper_backup.import_key, ctx, sheet, made.code, holder=HEAD, passphrase=HERS)
        == "bad-key-sheet"
    )


@pytest.mark.parametrize("change", ["operations = 5", "memory = 1 << 30", "operations = 0", "salt = x'00'"])
def test_nor_does_a_lock_in_the_store(ctx: Context, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    make(ctx)
    opened = keys.unlock(ctx, LOGIN, PHRASE)
    ctx.store.connection.execute(f"UPDATE key_holders SET {change}")
    monkeypatch.setattr(pwhash.argon2id, "kdf", lambda *_, **__: pytest.fail("work before the look"))
    assert code_of(keys.unlock, ctx, LOGIN, PHRASE) == "bad-lock"
    assert code_of(custody.change_passphrase, ctx, LOGIN, PHRASE, HERS) == "bad-lock"
    assert code_of(custody.renew, ctx, SCHOOL, "complaints", LOGIN, PHRASE) == "bad-lock"
    again = code_of(custody.grant, ctx, SCHOOL, "complaints", opened, holder=LOGIN, passphrase=PHRASE)
    assert again == "bad-lock"


def test_a_sheet_that_could_not_be_written_is_no_backup(ctx: Context) -> None:
    make(ctx)

    def full(_: str) -> None:
        raise Problem("disk-full", path="usb")

    with pytest.raises(Problem):
        paper_backup.export_key(ctx, SCHOOL, "complaints", keys.unlock(ctx, LOGIN, PHRASE), keep=full)
    assert keys.keys_of(reading(ctx), SCHOOL, "complaints")[0].backed_up_at is None


# ---- commands


@pytest.fixture
def data(ctx: Context, tmp_path: Path) -> Path:
    ctx.store.close()
    return tmp_path


def said(data: Path, *arguments: object, stdin: str | None = None) -> str:
    """The line of a command that must fail."""
    done = run_hailong("key", *arguments, "--data", data, stdin=stdin)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_a_principal_hands_over(data: Path, tmp_path: Path) -> None:
    """The one path of docs/keys.md, from the first key to the new principal's own."""
    at = ("--school", SCHOOL, "--data", data, "--json")
    made = hailong_of_its_own(
        "key", "make", "--holder", LOGIN, "--passphrase-stdin", *at, stdin=f"{PHRASE}\n"
    )
    with closing(sqlite3.connect(data / "hailong.db")) as store:
        assert store.execute("SELECT operations, memory FROM key_holders").fetchall() == [(3, 2**26)]
    sheet = tmp_path / "khoa.txt"
    kept = hailong(
        "key", "backup", "--by", LOGIN, "-o", sheet, "--passphrase-stdin", *at, stdin=f"{PHRASE}\n"
    )
    assert sheet.stat().st_mode & 0o077 == 0
    assert kept["recovery_code"] not in sheet.read_text("utf-8")
    given = hailong(
        "key", "grant", "--by", LOGIN, "--holder", HEAD, "--passphrase-stdin", *at,
        stdin=f"{PHRASE}\n{HERS}\n",
    )  # fmt: skip
    assert given["keys"] == [made["key"]]
    hailong(
        "key", "grant", "--by", HEAD, "--holder", CLERK, "--passphrase-stdin", *at,
        stdin=f"{HERS}\nmột câu của văn thư\n",
    )  # fmt: skip
    hailong(
        "key", "revoke", "--holder", LOGIN, "--by", HEAD, "--second", LOGIN, "--passphrase-stdin", *at,
        stdin=f"{HERS}\n{PASSWORD}\n",
    )  # fmt: skip
    renewed = hailong("key", "renew", "--holder", HEAD, "--passphrase-stdin", *at, stdin=f"{HERS}\n")
    listed = hailong("key", "list", *at)["keys"]
    assert [(key["key"], [one["login"] for one in key["holders"]]) for key in listed] == [
        (renewed["key"], [CLERK, HEAD]),
        (made["key"], [HEAD, CLERK]),
    ]
    assert listed[0]["backed_up_at"] is None
    assert listed[1]["backed_up_at"]
    hailong(
        "key", "passphrase", "--holder", HEAD, "--passphrase-stdin", "--data", data,
        stdin=f"{HERS}\nmưa rào tháng sáu\n",
    )  # fmt: skip
    back = hailong(
        "key", "restore", sheet, "--holder", "van-thu", "--passphrase-stdin", "--data", data, "--json",
        stdin=f"{kept['recovery_code']}\nmột câu của văn thư\n",
    )  # fmt: skip
    assert back["keys"] == [made["key"]]
    acts = [line["act"] for line in hailong("key", "log", *at)["log"]]
    assert acts == ["passphrase", "passphrase", "granted", "made", "retired", "confirmed", "revoked",
                    "granted", "granted", "backed-up", "made"]  # fmt: skip
    printed = hailong("key", "list", "--school", SCHOOL, "--data", data)
    assert "retired" in printed
    assert "never" in printed
    with sqlite3.connect(data / "hailong.db") as store:
        dump = "\n".join(store.iterdump())
    for secret in (PHRASE, HERS, kept["recovery_code"], kept["recovery_code"].replace("-", "")):
        assert secret not in dump


def test_commands_say_in_one_line_what_is_wrong(data: Path, tmp_path: Path) -> None:
    at = ("--school", SCHOOL)
    assert "has no key" in hailong("key", "list", *at, "--data", data)
    assert "at least 12" in said(data, "make", *at, "--holder", LOGIN, "--passphrase-stdin", stdin="ngắn\n")
    assert "1 line(s)" in said(data, "make", *at, "--holder", LOGIN, "--passphrase-stdin", stdin="")
    assert "--passphrase-stdin" in said(data, "make", *at, "--holder", LOGIN)
    hailong("key", "make", *at, "--holder", LOGIN, "--passphrase-stdin", "--data", data, stdin=f"{PHRASE}\n")
    assert "already" in said(data, "make", *at, "--holder", LOGIN, "--passphrase-stdin", stdin=f"{PHRASE}\n")
    wrong = ("grant", *at, "--by", LOGIN, "--holder", HEAD, "--passphrase-stdin")
    assert "passphrase is wrong" in said(data, *wrong, stdin=f"sai\n{HERS}\n")
    assert "2 line(s)" in said(data, *wrong, stdin=f"{PHRASE}\n")
    assert "Nobody does this alone" in said(data, "revoke", *at, "--holder", LOGIN)
    both = ("--by", LOGIN, "--second", HEAD, "--passphrase-stdin")
    assert "none who may agree" in said(
        data, "revoke", *at, "--holder", LOGIN, *both, stdin=f"{PHRASE}\n{PASSWORD}\n"
    )
    assert "There is no file" in said(
        data, "restore", tmp_path / "khong-co", "--holder", LOGIN, "--passphrase-stdin", stdin="a\nb\n"
    )
    strange = tmp_path / "la.txt"
    strange.write_bytes(b"\xff\xfe\x00")
    assert "no key backup" in said(
        data, "restore", strange, "--holder", LOGIN, "--passphrase-stdin", stdin="a\nb\n"
    )
    there = ("backup", *at, "--by", LOGIN, "-o", strange, "--passphrase-stdin")
    assert "exists already" in said(data, *there, stdin=f"{PHRASE}\n")
    assert "no room" in said(data, "log", *at, "--room", "bep")


def test_shutting_the_last_holders_account_is_asked_twice(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("--school", SCHOOL, "--data", data)
    hailong("key", "make", *at, "--holder", LOGIN, "--passphrase-stdin", stdin=f"{PHRASE}\n")
    done = run_hailong("user", "disable", LOGIN, "--data", data)
    assert done.returncode != 0
    assert "last who opens" in done.stderr
    soon = run_hailong("user", "disable", LOGIN, "--even-last", "--data", data)
    assert soon.returncode != 0
    assert "or got it, within the last seven days" in soon.stderr
    assert "(shut)" not in hailong("key", "list", *at)
    monkeypatch.setattr(custody, "LOST_AFTER_MS", 0)  # a week goes by
    hailong("user", "disable", LOGIN, "--even-last", "--data", data)
    assert "(shut)" in hailong("key", "list", *at)


def test_no_key_is_lost_within_a_week_after_it_was_given_or_used(ctx: Context, clock: Clock) -> None:
    """Whoever runs commands for the principal takes no key that its holder uses, on the pages or not."""
    make(ctx)
    give(ctx)
    lost = (ctx, SCHOOL, "complaints", LOGIN)
    assert code_of(custody.revoke_lost, *lost) == "key-in-use", "made, and never unlocked since"
    clock.ms += custody.LOST_AFTER_MS - 1
    paper_backup.export_key(ctx, SCHOOL, "complaints", open_locks(ctx, LOGIN, PHRASE))
    clock.ms += custody.LOST_AFTER_MS - 1
    assert code_of(custody.shut_account, ctx, LOGIN, even_last=True) == "key-in-use", "backed up by them"
    clock.ms += 1
    custody.shut_account(ctx, LOGIN, even_last=True)


def test_who_is_not_needed_is_shut_at_once(ctx: Context) -> None:
    """A principal leaves: the deputy reads on, and there is nothing to wait for."""
    make(ctx)
    give(ctx)
    custody.shut_account(ctx, HEAD, even_last=True)
    assert keys.holders(reading(ctx), SCHOOL, "complaints") == (LOGIN,)


def test_nor_does_the_hash_of_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = passwords.hash_password(PASSWORD)
    assert passwords.verify(stored, PASSWORD)
    dear = re.sub(r"m=\d+,t=\d+", "m=4194304,t=64", stored)
    monkeypatch.setattr(PasswordHasher, "verify", lambda *_: pytest.fail("work before the look"))
    assert not passwords.verify(dear, PASSWORD)
