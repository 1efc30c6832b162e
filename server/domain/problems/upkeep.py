"""Problems of backups, of restoring one, and of starting the server."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "restore-unfinished": Wording(
        409,
        "Việc khôi phục dữ liệu trong {path} bị ngắt giữa chừng. Xin chạy hailong serve, máy chủ sẽ làm nốt, "
        "hoặc chạy lại hailong restore.",
        "A restore of {path} was cut off, and what was withdrawn since the backup stands open in it. Start "
        "hailong serve, which finishes it first, or give hailong restore FILE again.",
    ),
    "ingest-running": Wording(
        409,
        "Đã có một tiến trình nhận ý kiến đang chạy trên thư mục {path}. Mỗi thư mục chỉ được một.",
        "Another 'hailong serve' or 'hailong ingest' already takes the answers for {path}. Stop it first.",
    ),
    "bad-backup": Wording(
        400,
        "{path} không phải bản sao lưu của Hài Lòng, hoặc đã hỏng hay thiếu một phần. Chưa có gì thay đổi.",
        "{path} is no backup of Hài Lòng, or it is damaged or cut off. Nothing was changed; use another one.",
    ),
    "wrong-backup-passphrase": Wording(
        422,
        "Cụm mật khẩu của bản sao lưu không đúng (khóa {fingerprint}). Chưa có gì thay đổi.",
        "That is not the passphrase of this backup (key {fingerprint}). Nothing was changed.",
    ),
    "backup-key-exists": Wording(
        409,
        "Đã có khóa sao lưu.",
        "There is a backup key already. For another: hailong backup key --renew; older files keep theirs.",
    ),
    "no-backup-key": Wording(
        409,
        "Chưa có khóa sao lưu.",
        "There is no backup key yet. Make one: hailong backup key.",
    ),
    "other-backup-sheet": Wording(
        422,
        "Bản lưu này không phải của khóa sao lưu {fingerprint}. Chưa có gì thay đổi.",
        "This sheet is of another backup key than {fingerprint}. Nothing was changed.",
    ),
}
