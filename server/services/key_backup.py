"""A backup of a room's keys for the safe: a sheet of text, locked under a code of its own, and the way back.

The sheet may be printed, copied or lost: without its recovery code it opens nothing. The code is made
anew for every sheet, shown once and kept nowhere; it belongs on paper, apart from the sheet.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import NamedTuple

from server.domain import key_lock
from server.domain.casework import OPEN_ROOM, PRINCIPAL_ROOM, SEALED_ROOM
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import admin, key_custody, key_proofs, keys
from server.services.context import Context
from server.services.open_keys import HeldKey, OpenKeys, note, still_held
from survey_defs import complaint

_BEGIN, _END = "-----BEGIN HAILONG KEY-----", "-----END HAILONG KEY-----"
MAX_SHEET_BYTES = 64 * 1024
"""A sheet is some kilobytes, however many keys are on it."""
_ROOMS_VI = {
    OPEN_ROOM: "Phản ánh, kiến nghị",
    SEALED_ROOM: "Tố cáo (phòng kín)",
    PRINCIPAL_ROOM: "Hồ sơ về hiệu trưởng (phòng kín)",
}
_WORDS = """\
BẢN LƯU KHÓA CỦA NHÀ TRƯỜNG (Hài Lòng)

Trường:    {name} ({school})
Dùng cho:  {room_vi} ({room})
Ngày lập:  {day}
Người lập: {by}
Dấu vân tay của khóa: {fingerprints}

ĐỂ LÀM GÌ. Bản này giúp đọc lại nội dung đã niêm phong khi không còn ai mở được khóa:
mọi người giữ khóa đều quên mật khẩu mở khóa, hoặc đã chuyển công tác mà chưa bàn giao.
CẤT GIỮ. In bản này, cho vào phong bì dán kín và cất trong két của nhà trường.
Mã khôi phục chỉ hiện một lần khi lập bản này: chép tay ra một tờ giấy khác và cất ở nơi khác.
Có bản này mà không có mã thì không mở được; có cả hai thì đọc được tất cả.
KHÔI PHỤC. Vào trang Khóa của nhà trường, chọn “Khôi phục từ bản lưu”, nhập mã khôi phục rồi
đặt mật khẩu mở khóa mới. Hoặc trên máy chủ chạy lệnh:
    hailong key restore TỆP-NÀY --holder TÊN-ĐĂNG-NHẬP
Sau khi khôi phục nên lập bản lưu mới và hủy bản này. Hướng dẫn đầy đủ: docs/keys.md.

In English: the private key of the room above, locked under a recovery code that is kept elsewhere.
To use it: the page of the school's keys, or hailong key restore THIS-FILE --holder LOGIN
"""


class Backup(NamedTuple):
    """A sheet, and the code that opens it: shown once, kept nowhere."""

    sheet: str
    code: str
    keys: tuple[str, ...]


def export_key(
    ctx: Context,
    school: str,
    room: str,
    opened: OpenKeys,
    *,
    keep: Callable[[str], None] = lambda _: None,
) -> Backup:
    """A backup of all keys of a room that `opened` holds.

    `keep` puts the sheet where it belongs; where that fails, the log does not say that there is a backup.
    Raises `Problem`: `not-a-holder`.
    """
    of = admin.school(ctx, school)
    ids = {key.id for key in keys.keys_of(ctx, school, room)}
    held = [key for key in opened.of_room(room) if key.id in ids]
    if not held or not still_held(ctx, opened):
        raise Problem("not-a-holder", login=opened.login, room=room)
    code, lock = key_lock.new_recovery_code(), key_lock.new_lock()
    turned = key_lock.turn(code, lock)
    day = local_day(ctx.now())
    words = _WORDS.format(
        name=of.name,
        school=school,
        room=room,
        room_vi=_ROOMS_VI[room],
        day=f"{day:%d/%m/%Y}",
        by=opened.login,
        fingerprints="; ".join(key_lock.fingerprint(key.id) for key in held),
    )
    blocks = [_block(key, lock, key_lock.shut(key.private, turned)) for key in held]
    sheet = "\n".join([words, *blocks])
    keep(sheet)
    with ctx.store.atomic() as connection:
        for key in held:
            note(ctx, connection, key.id, actor=opened.login, act="backed-up")
    return Backup(sheet, code, tuple(key.id for key in held))


def import_key(
    ctx: Context, sheet: str, code: str, *, holder: str, passphrase: str, by: str = ""
) -> tuple[str, ...]:
    """Give a person the keys of a sheet, under their own passphrase; answers the keys' ids.

    Whoever holds them already and has forgotten the passphrase chooses another this way.

    Raises `Problem`: `bad-key-sheet`, `wrong-recovery-code`, `unknown-key` for a key of another
    installation, `key-changed`, `unknown-user`, `holder-elsewhere`, `role-holds-no-key`, `passphrase-short`.
    """
    read = key_lock.read_recovery_code(code)
    found = _read(sheet)
    if read is None:
        raise Problem("wrong-recovery-code")
    turned = {lock: key_lock.turn(read, lock) for lock in {lock for _, lock, _ in found}}
    held = []
    for id, lock, box in found:
        private = key_lock.open_box(box, turned[lock])
        if private is None:
            raise Problem("wrong-recovery-code")
        row = ctx.store.sql.key_find(ctx.store.connection, id=id)
        if row is None or complaint.key_id(complaint.public_of(private)) != id:
            raise Problem("unknown-key", fingerprint=key_lock.fingerprint(id))
        key_proofs.check_private(row, private)
        key_custody.check_holder(ctx, row["school"], holder, row["room"])
        held.append(HeldKey(id, row["room"], private))
    key_custody.lock_for(ctx, held, holder, passphrase, by=by, act="restored", relock=True)
    return tuple(key.id for key in held)


def _block(key: HeldKey, lock: key_lock.Lock, box: bytes) -> str:
    lines = [_BEGIN, f"key: {key_lock.fingerprint(key.id)}"]
    lines += [f"cost: {lock.operations} {lock.memory}", f"salt: {_hex(lock.salt)}"]
    signs = _hex(box).split()
    lines += [f"box: {' '.join(signs[start : start + 12])}" for start in range(0, len(signs), 12)]
    return "\n".join([*lines, _END, ""])


def _hex(content: bytes) -> str:
    """In groups of four: whoever has nothing but paper can type it."""
    return key_lock.fingerprint(content.hex())


def _read(sheet: str) -> list[tuple[str, key_lock.Lock, bytes]]:
    """The blocks of a sheet: key, lock, box. Raises `Problem("bad-key-sheet")`."""
    blocks = [part.partition(_END) for part in sheet[:MAX_SHEET_BYTES].split(_BEGIN)[1:]]
    if not all(end for _, end, _ in blocks):  # it was cut
        raise Problem("bad-key-sheet")
    try:
        found = [_read_block(block) for block, _, _ in blocks]
    except (ValueError, KeyError, binascii.Error) as error:
        raise Problem("bad-key-sheet") from error
    # One lock closes a whole sheet: many of them would only keep the server busy.
    if len({lock for _, lock, _ in found}) != 1:
        raise Problem("bad-key-sheet")
    return found


def _read_block(block: str) -> tuple[str, key_lock.Lock, bytes]:
    values: dict[str, str] = {}
    for line in block.strip().splitlines():
        name, _, value = line.partition(":")
        values[name.strip()] = f"{values.get(name.strip(), '')} {value.strip()}".strip()
    operations, memory = (int(number) for number in values["cost"].split())
    salt = bytes.fromhex(values["salt"])
    lock = key_lock.Lock(salt, operations, memory)
    if not key_lock.is_bearable(lock):
        raise ValueError("no lock of ours")
    id = values["key"].replace(" ", "").lower()
    return id, lock, bytes.fromhex(values["box"])
