"""Problems of limits and of the calendar of work days."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "unknown-rule": Wording(
        404,
        "Không có thời hạn “{rule}”. Các thời hạn đã biết: {known}.",
        "There is no rule '{rule}'. Known ones: {known}.",
    ),
    "unknown-variant": Wording(
        404,
        "Thời hạn {rule} không có trường hợp “{variant}”. Các trường hợp: {known}.",
        "The rule {rule} has no variant '{variant}'. It has: {known}.",
    ),
    "no-variants": Wording(
        404,
        "Thời hạn {rule} chỉ có một mức, không chia trường hợp: không có “{variant}”.",
        "The rule {rule} has one limit only and no variants: there is no '{variant}'.",
    ),
    "no-limit-then": Wording(
        422,
        "Chưa có quy định {rule} cho ngày {day}: dữ liệu bắt đầu từ {first}.",
        "No limit {rule} is known for {day}: the data begin on {first}.",
    ),
    "no-calendar": Wording(
        422,
        "Không có lịch cho năm {year}. Lịch có từ năm {first} đến năm {last}.",
        "There is no calendar for the year {year}. It covers {first} to {last}.",
    ),
    "bad-day": Wording(
        422,
        "“{day}” không phải là một ngày. Xin viết như 2026-05-28.",
        "'{day}' is no day. Write it like 2026-05-28.",
    ),
    "day-name": Wording(
        422,
        "Xin ghi tên của ngày này, nhiều nhất {most} ký tự.",
        "Give the day a name of at most {most} characters.",
    ),
    "day-is-off": Wording(
        409,
        "Ngày {day} vốn đã là ngày nghỉ, không cần thêm.",
        "{day} is a day off already; there is nothing to add.",
    ),
    "day-is-worked": Wording(
        409,
        "Ngày {day} vốn đã là ngày làm việc, không cần thêm.",
        "{day} is a working day already; there is nothing to add.",
    ),
    "no-such-day": Wording(
        404,
        "Ngày {day} không phải do trường tự đặt, nên không có gì để bỏ.",
        "{day} was not set here, so there is nothing to take away.",
    ),
}
