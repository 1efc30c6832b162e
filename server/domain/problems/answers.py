"""Problems of the surveys that answers belong to."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "survey-changed": Wording(
        500,
        "Phiếu “{survey}” bản {version} đã phát hành với nội dung khác. Xin trả lại tệp cũ hoặc tăng số bản.",
        "Version {version} of survey '{survey}' was published otherwise. Restore it, or raise the version.",
    ),
}
