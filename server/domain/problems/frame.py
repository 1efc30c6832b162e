"""Problems of forms that were open for long."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "form-too-old": Wording(
        400,
        "Trang đã mở quá lâu nên chưa gửi được. Xin xem lại rồi gửi lần nữa.",
        "The page was open for too long, and nothing was sent. Look at it again, then send it once more.",
    ),
    "form-resumed": Wording(
        200,
        "Đây là những gì quý vị đang viết, chưa được gửi. Xin xem lại rồi gửi.",
        "This is what you were writing. It has not been sent: look at it again, then send it.",
    ),
}
