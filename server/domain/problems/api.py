"""Problems of requests to the API."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "wrong-school": Wording(
        403,
        "Mã truy cập này thuộc về trường khác. Xin dùng mã của trường {slug}.",
        "This token belongs to another school. Use a token of the school '{slug}'.",
    ),
    "unknown-parameter": Wording(
        422,
        "Không có tham số “{name}”. Các tham số: {known}.",
        "There is no parameter '{name}'. The parameters are: {known}.",
    ),
    "repeated-parameter": Wording(
        422,
        "Tham số “{name}” có nhiều giá trị. Xin chỉ ghi một lần.",
        "The parameter '{name}' was given more than once. Give it once.",
    ),
    "missing-parameter": Wording(
        422,
        "Thiếu tham số “{name}”.",
        "The parameter '{name}' is missing.",
    ),
    "bad-date": Wording(
        422,
        "Tham số “{name}” không phải là một ngày. Xin viết như 2026-05-28.",
        "The parameter '{name}' is no day. Write it like 2026-05-28.",
    ),
    "dates-reversed": Wording(
        422,
        "Ngày đầu ({first}) đứng sau ngày cuối ({last}). Xin đổi chỗ hai ngày.",
        "The first day ({first}) comes after the last ({last}). Swap them.",
    ),
    "bad-choice": Wording(
        422,
        "Tham số “{name}” không nhận giá trị này. Xin chọn một trong: {known}.",
        "The parameter '{name}' does not take this value. Choose one of: {known}.",
    ),
}
