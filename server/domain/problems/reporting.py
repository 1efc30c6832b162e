"""Problems of reports."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "unknown-regime": Wording(
        404,
        "Không có chế độ báo cáo {regime}. Các chế độ đã biết: {known}.",
        "There is no reporting regime {regime}. Known ones: {known}.",
    ),
    "regime-not-served": Wording(
        409,
        "Chưa lập được báo cáo theo chế độ {name} ({regime}). Hiện có: {served}.",
        "Reports for the regime {regime} ({name}) cannot be made yet. Use one of: {served}.",
    ),
    "period-in-future": Wording(
        400,
        "Kỳ {period} chưa bắt đầu vào ngày {today}. Xin chọn kỳ đã hoặc đang diễn ra.",
        "The period {period} has not begun on {today}. Choose one that has, or give another --today.",
    ),
    "format-not-available": Wording(
        409,
        "Chưa xuất được báo cáo dạng {format}. Xin dùng dạng {available}.",
        "Reports are not available as {format} yet. Use --format {available}.",
    ),
    "report-by-leaders": Wording(
        403,
        "Tài khoản này tải được báo cáo nửa năm. Báo cáo kỳ khác xin nhờ hiệu trưởng hoặc phó hiệu trưởng.",
        "This account gets half-year reports. For others ask the principal or the deputy.",
    ),
}
