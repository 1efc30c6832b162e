"""Problems of the database, its files and the disk that holds them."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "data-unwritable": Wording(
        500,
        "Không ghi được vào thư mục dữ liệu {path}. Xin cấp quyền ghi, hoặc chọn thư mục khác bằng --data.",
        "The data directory {path} cannot be written. Grant write access, or choose another with --data.",
    ),
    "no-store": Wording(
        404,
        "Trong thư mục {path} chưa có dữ liệu của Hài Lòng. Xin kiểm tra --data và HAILONG_DATA; muốn bắt "
        "đầu mới thì dùng hailong school add.",
        "There is no Hài Lòng store in {path}. Check --data and HAILONG_DATA; to begin a new one: hailong "
        "school add.",
    ),
    "store-read-only": Wording(
        503,
        "Không ghi được tệp dữ liệu {path}. Xin kiểm tra quyền của tệp và của thư mục.",
        "The database {path} cannot be written. Check the permissions of the file and of its directory.",
    ),
    "store-unopenable": Wording(
        503,
        "Không mở được tệp dữ liệu {path}. Xin kiểm tra tệp còn đó không, và quyền của tệp và của thư mục.",
        "The database {path} cannot be opened. See that it is there, and check its permissions and its "
        "directory's.",
    ),
    "disk-full": Wording(
        507,
        "Ổ đĩa chứa {path} đã đầy. Xin dọn chỗ trống; các máy sẽ tự gửi lại.",
        "The disk that holds {path} is full. Free some space; the devices will send again by themselves.",
    ),
    "store-io": Wording(
        503,
        "Ổ đĩa chứa {path} báo lỗi khi đọc hoặc ghi ({reason}). Xin sao lưu ngay, rồi kiểm tra hoặc thay ổ "
        "đĩa.",
        "The disk that holds {path} fails to read or write ({reason}). Back up now, then check the disk "
        "and the system's log, or replace it.",
    ),
    "store-damaged": Wording(
        503,
        "Tệp dữ liệu {path} đã hỏng. Xin dừng máy chủ rồi khôi phục bản sao lưu mới nhất: hailong restore "
        "TỆP; tệp hỏng vẫn được cất lại. Thiết bị vẫn giữ những gì chưa được xác nhận.",
        "The database {path} is damaged. Stop the server, then put the newest backup back: hailong restore "
        "FILE; it keeps the damaged file aside. The devices still hold what was not confirmed.",
    ),
    "not-a-store": Wording(
        503,
        "Tệp {path} không phải là dữ liệu của Hài Lòng hoặc đã hỏng. Xin khôi phục từ bản sao lưu.",
        "{path} is not a Hài Lòng database, or it is damaged. Restore it from a backup: hailong restore.",
    ),
    "store-newer": Wording(
        500,
        "Dữ liệu {path} do một phiên bản mới hơn tạo ra ({steps}). Xin cập nhật chương trình.",
        "{path} was written by a newer version of the program ({steps}). Update the program.",
    ),
    "data-in-use": Wording(
        409,
        "Máy chủ đang chạy trên thư mục {path}. Xin dừng máy chủ trước.",
        "A server is running on {path}. Stop it first.",
    ),
    "file-exists": Wording(
        409,
        "Tệp {path} đã có. Xin chọn tên khác.",
        "{path} exists already. Choose another name.",
    ),
    "cannot-write": Wording(
        500,
        "Không ghi được {path} ({reason}).",
        "{path} cannot be written ({reason}). Choose another place, or give this user write access.",
    ),
    "no-such-file": Wording(
        404,
        "Không có tệp {path}.",
        "There is no file {path}. Name the backup to restore.",
    ),
    "store-busy": Wording(
        503,
        "Máy chủ đang bận vì một chương trình khác đang dùng dữ liệu. Xin thử lại sau ít giây.",
        "The database is busy with another program's work. Try again in a moment.",
    ),
}
