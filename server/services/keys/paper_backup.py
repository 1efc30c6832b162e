"""A backup of a room's keys for the safe: a sheet of text (`domain.key_sheet`), and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM, SEALED_ROOM
from server.domain.keys import key_lock, key_sheet
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import schools
from server.services.context import Context
from server.services.keys import custody, keys, proofs
from server.services.keys.open_keys import HeldKey, OpenKeys, note, still_held
from survey_defs import complaint

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
    with ctx.read() as work:
        of = schools.school(work, school)
        ids = {key.id for key in keys.keys_of(work, school, room)}
        held = [key for key in opened.of_room(room) if key.id in ids]
        if not held or not still_held(work, opened):
            raise Problem("not-a-holder", login=opened.login, room=room)
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
    sheet, code = key_sheet.write(words, "KEY", {key.id: key.private for key in held})
    keep(sheet)
    with ctx.write() as work:
        for key in held:
            note(work, key.id, actor=opened.login, act="backed-up")
    return Backup(sheet, code, tuple(key.id for key in held))


def import_key(
    ctx: Context, sheet: str, code: str, *, holder: str, passphrase: str, by: str = ""
) -> tuple[str, ...]:
    """Give a person the keys of a sheet, under their own passphrase. Returns the keys' ids.

    Whoever holds them already and has forgotten the passphrase chooses another this way.

    Raises `Problem`: `bad-key-sheet`, `wrong-recovery-code`, `unknown-key` for a key of another
    installation, `key-changed`, `unknown-user`, `holder-elsewhere`, `role-holds-no-key`, `passphrase-short`.
    """
    held = []
    opened = key_sheet.open_all(sheet, "KEY", code)
    with ctx.read() as work:
        for id, private in opened.items():
            row = work.sql.key_find(id=id)
            if row is None or complaint.key_id(complaint.public_of(private)) != id:
                raise Problem("unknown-key", fingerprint=key_lock.fingerprint(id))
            proofs.check_private(row, private)
            custody.check_holder(work, row["school"], holder, row["room"])
            held.append(HeldKey(id, row["room"], private))
    custody.lock_for(ctx, held, holder, passphrase, by=by, act="restored", relock=True)
    return tuple(key.id for key in held)
