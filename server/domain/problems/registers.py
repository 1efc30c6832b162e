"""Problems of the registers and their sums."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "sums-broken": Wording(
        500,
        "Biểu {form} không khớp phép cộng ({equations}) nên không được xuất. Xin báo người quản trị.",
        "The sums of form {form} do not agree ({equations}): it was not handed out. Tell the administrator.",
    ),
    "unknown-cut": Wording(
        422,
        "Không có cách tính kỳ “{cut}”. Xin chọn một trong: {known}.",
        "There is no way '{cut}' to cut a period. Choose one of: {known}.",
    ),
    "no-statutory-cut": Wording(
        422,
        "Kỳ tự chọn {period} không có kỳ thống kê theo quy định. Xin chọn năm, 6 tháng hoặc quý.",
        "The days {period} have no statutory cut. Choose a year, a half or a quarter.",
    ),
}
