"""Problems of schools, their goals and their hours."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "bad-slug": Wording(
        400,
        "“{slug}” không dùng làm mã được: chỉ gồm chữ thường không dấu, chữ số và gạch nối, 1 đến 64 ký tự.",
        "'{slug}' cannot be used here: use lower-case letters a-z, digits and hyphens, 1 to 64 of them.",
    ),
    "unknown-school": Wording(
        404,
        "Không có trường nào mang mã “{slug}”. Xem danh sách bằng: hailong school list.",
        "There is no school '{slug}'. See which there are: hailong school list.",
    ),
    "school-exists": Wording(
        409,
        "Đã có trường mang mã “{slug}”. Xin chọn mã khác, hoặc sửa bằng: hailong school set.",
        "There is a school '{slug}' already. Choose another slug, or change it: hailong school set.",
    ),
    "parent-loop": Wording(
        400,
        "“{slug}” không thể đứng trên chính mình.",
        "'{slug}' cannot stand above itself. Choose another parent.",
    ),
    "bad-goal": Wording(
        400,
        "Mục tiêu phải là một phân số từ 0 đến 1, ví dụ 0.9.",
        "The goal is a fraction between 0 and 1, such as 0.9.",
    ),
    "bad-hours": Wording(
        422,
        "Xin ghi giờ mở cửa trước giờ đóng cửa, ví dụ 05:30-19:30; mở cả ngày thì ghi 00:00-24:00.",
        "Give the hour of opening before that of closing, as in 05:30-19:30; always open is 00:00-24:00.",
    ),
}
