"""Problems of the server's clock."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "clock-in-doubt": Wording(
        503,
        "Đồng hồ máy chủ có vẻ sai nên chưa ghi ngày vào hồ sơ được. Xin báo người quản lý máy chủ.",
        "The server's clock looks wrong, and what you do would get a wrong date. Tell whoever looks after "
        "the server, and do it again once the clock is right: hailong clock show.",
    ),
    "clock-too-early": Wording(
        422,
        "Đồng hồ máy chủ chỉ một ngày trước khi có phần mềm này nên chắc chắn sai. Xin chỉnh lại giờ.",
        "The clock shows a day before this program was made, so it cannot be right. Set it: date -s, or NTP.",
    ),
    "clock-moved": Wording(
        409,
        "Đồng hồ máy chủ đã đổi giờ sau khi trang này được mở. Xin xem lại giờ đang hiện, rồi mới xác nhận.",
        "The server's clock was set after this page was shown. Look at the time that it shows now.",
    ),
}
