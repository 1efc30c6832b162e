"""Problems of labels on answers that are left out."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "label-not-yours": Wording(
        403,
        "Chỉ hiệu trưởng và phó hiệu trưởng được tính lại hoặc bỏ không tính một lượt đánh giá.",
        "Only the principal and the deputy may return a rating to the count or leave it out.",
    ),
    "unknown-label": Wording(
        422,
        "Không có nhãn “{label}”. Xin chọn một trong: {known}.",
        "There is no label '{label}'. Choose one of: {known}.",
    ),
    "label-note-missing": Wording(
        422,
        "Xin ghi lý do không tính các lượt này.",
        "Please write down why these are left out.",
    ),
    "label-note-long": Wording(
        422,
        "Lý do dài quá {most} ký tự. Xin viết ngắn hơn.",
        "The reason is longer than {most} characters. Please shorten it.",
    ),
    "nothing-chosen": Wording(
        422,
        "Chưa chọn lượt nào. Xin đánh dấu ít nhất một lượt.",
        "No rating is chosen. Tick at least one.",
    ),
    "unknown-answer": Wording(
        404,
        "Không có lượt đánh giá này ở trường. Xin tải lại trang.",
        "The school has no such rating. Reload the page.",
    ),
    "label-moved-on": Wording(
        409,
        "Một người khác vừa đổi nhãn của lượt đã chọn, nên chưa đổi gì. Xin xem lại ở dưới rồi chọn lại.",
        "Somebody else has just labelled one of these, so nothing was changed. Look again, then choose anew.",
    ),
}
