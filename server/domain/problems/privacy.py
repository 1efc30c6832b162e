"""Problems of requests for personal data, erasure and retention."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "unknown-request-kind": Wording(
        422,
        "Xin chọn một trong: xem, sửa, xóa.",
        "'{kind}' is no kind of request. Choose one of: {known}.",
    ),
    "request-needs-words": Wording(
        422,
        "Xin ghi số hồ sơ, hoặc ghi rõ người yêu cầu muốn gì.",
        "Name the case, or say what the person asks for.",
    ),
    "unknown-request": Wording(
        404,
        "Không có yêu cầu này.",
        "There is no such request. See which there are: hailong privacy list.",
    ),
    "request-answered": Wording(
        409,
        "Yêu cầu này đã được trả lời.",
        "This request has been answered already.",
    ),
    "unknown-outcome": Wording(
        422,
        "Xin chọn: đã thực hiện, hoặc từ chối kèm lý do.",
        "Say whether it was done or refused.",
    ),
    "unknown-refusal": Wording(
        422,
        "Từ chối thì cần một lý do trong danh sách.",
        "A refusal needs one of these reasons: {known}.",
    ),
    "erase-open-case": Wording(
        409,
        "Hồ sơ chưa kết thúc: chỉ xóa khi chính người gửi yêu cầu.",
        "The case is still open; only the person's own request erases it. If there is one, say --asked.",
    ),
    "already-erased": Wording(
        409,
        "Nội dung hồ sơ này đã được xóa trước đó.",
        "This case was erased already.",
    ),
    "bad-erasures-file": Wording(
        500,
        "Tệp {path} đã hỏng ở dòng {line}. Xin khôi phục tệp này từ bản sao.",
        "{path} is damaged in line {line}. Put a copy of that file back.",
    ),
    "nothing-to-look-for": Wording(
        409,
        "Không còn nội dung niêm phong nào của hồ sơ này để tìm.",
        "There is no sealed text of this case to look for. Name a backup made before: --against FILE.",
    ),
    "clock-not-vouched": Wording(
        503,
        "Chưa xóa gì: đồng hồ máy chủ phải đúng liên tục một ngày thì dữ liệu hết hạn mới được xóa hẳn.",
        "Nothing was deleted: the clock must have been plausible for a day before anything goes for good. "
        "See: hailong clock show.",
    ),
    "no-retention": Wording(
        404,
        "Chưa có thời hạn lưu giữ cho loại “{kind}”. Các loại đã biết: {known}.",
        "There is no retention period for '{kind}'. Known kinds: {known}.",
    ),
}
