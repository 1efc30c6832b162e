"""Problems of periods, and of what a school publishes."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "bad-period": Wording(
        422,
        "Không hiểu kỳ “{period}”. Xin viết 2026, 2026-H1, 2026-Q3 hoặc 2026-01-01..2026-05-28.",
        "'{period}' is no period. Write 2026, 2026-H1, 2026-Q3 or 2026-01-01..2026-05-28.",
    ),
    "public-period": Wording(
        403,
        "Mã công khai chỉ mở một tháng trọn hoặc một kỳ báo cáo (6 tháng đầu năm, cả năm). "
        "Xin sửa from và to.",
        "A public token opens one whole month, or a report's period (the first half-year, the year). "
        "Change from and to.",
    ),
    "public-period-running": Wording(
        403,
        "Mã công khai chỉ mở tháng và kỳ đã kết thúc. Xin hỏi lại sau ngày {last}.",
        "A public token opens months and periods that are over. Ask again after {last}.",
    ),
    "public-by": Wording(
        403,
        "Mã công khai chỉ chia theo tháng (by=month), để không suy ra được nhóm ít lượt.",
        "A public token breaks rates down by month alone (by=month): no small group can be worked out then.",
    ),
    "public-misuse": Wording(
        403,
        "Mã công khai không mở các lượt không tính. Xin bỏ misuse=include.",
        "A public token does not open the answers that are left out. Leave misuse=include away.",
    ),
    "period-not-whole": Wording(
        403,
        "Tài khoản này xem được từng tháng, quý, nửa năm, và năm đã kết thúc. Xin chọn kỳ như vậy.",
        "This account sees months, quarters, half-years, and years that are over. Choose such a period.",
    ),
    "period-hidden": Wording(
        403,
        "Kỳ này không nêu được: từ đó suy ra được một kỳ có dưới {small} lượt. Xin chọn kỳ dài hơn.",
        "This period is not shown: one with fewer than {small} ratings would follow from it. "
        "Choose a longer one.",
    ),
}
