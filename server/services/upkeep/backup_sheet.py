"""The backup key on a sheet of paper: what opens every backup when its passphrase is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from server.domain.keys import key_sheet
from server.domain.keys.sealed_stream import BackupKey
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.context import Context
from server.services.upkeep.backup import SHEET_FILE, Opening, key_of, private_of
from survey_defs.whole_file import write_whole

_WORDS = """\
BẢN LƯU KHÓA SAO LƯU CỦA MÁY CHỦ (Hài Lòng)

Ngày lập:             {day}
Dấu vân tay của khóa: {fingerprint}

ĐỂ LÀM GÌ. Các bản sao lưu của máy chủ được niêm phong bằng khóa này. Khi đã mất mật khẩu
sao lưu, bản này mở được mọi bản sao lưu mang dấu vân tay trên. Nội dung phản ánh trong đó
vẫn chỉ đọc được bằng khóa của nhà trường.
CẤT GIỮ. In bản này, cho vào phong bì dán kín và cất trong két, không để cạnh máy chủ.
Mã khôi phục chỉ hiện một lần khi lập bản này: chép tay ra một tờ giấy khác và cất ở nơi khác.
Có bản này mà không có mã thì không mở được; có cả hai thì mở được mọi bản sao lưu.
KHÔI PHỤC. Trên máy chủ, hoặc trên một máy mới đã cài Hài Lòng, chạy lệnh rồi nhập mã:
    hailong restore BẢN-SAO-LƯU --sheet TỆP-NÀY
Đặt mật khẩu sao lưu mới cho khóa đang dùng:
    hailong backup passphrase --sheet TỆP-NÀY
Sau đó nên lập bản lưu mới và hủy bản này. Hướng dẫn đầy đủ: docs/keys.md.

In English: the private half of the server's backup key, locked under a recovery code
that is kept elsewhere. To use it: hailong restore BACKUP --sheet THIS-FILE, or
hailong backup passphrase --sheet THIS-FILE
"""


class Sheet(NamedTuple):
    """What was written. `code`: shown once, kept nowhere; `fingerprint`: of the key that is on it."""

    code: str
    fingerprint: str


def make_sheet(ctx: Context, opening: Opening, keep: Callable[[str], None]) -> Sheet:
    """A sheet of the backup key, which `keep` puts where it belongs; that there is one is remembered.

    Raises `Problem`: `no-backup-key`, `cannot-write`, and as `opening` and `keep` do.
    """
    private, key = private_of(ctx, opening), key_of(ctx)
    if key is None:
        raise Problem("no-backup-key")
    words = _WORDS.format(day=f"{local_day(ctx.now()):%d/%m/%Y}", fingerprint=key.fingerprint)
    sheet, code = key_sheet.write(words, "BACKUP KEY", {key.id: private})
    keep(sheet)
    mark = Path(ctx.settings.data) / SHEET_FILE
    try:
        write_whole(mark, f"{key.id}\n".encode(), 0o600)
    except OSError as error:
        raise Problem("cannot-write", path=str(mark), reason=error.strerror or str(error)) from error
    return Sheet(code, key.fingerprint)


def has_sheet(ctx: Context) -> bool:
    """Whether a sheet of the present key was made. Raises `Problem("bad-backup")`."""
    key = key_of(ctx)
    try:
        text = (Path(ctx.settings.data) / SHEET_FILE).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return key is not None and text.strip() == key.id


def by_sheet(sheet: str, code: str) -> Opening:
    """With a sheet and its recovery code: `bad-key-sheet`, `wrong-recovery-code`, `other-backup-sheet`."""

    def opening(key: BackupKey, _: str) -> bytes:
        private = key_sheet.open_all(sheet, "BACKUP KEY", code).get(key.id)
        if private is None:
            raise Problem("other-backup-sheet", fingerprint=key.fingerprint)
        return private

    return opening
