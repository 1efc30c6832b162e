"""Everything that can be wrong, by code: its HTTP status and the sentence a person reads.

A domain problem carries a code and the values for its sentence; the words stand here alone,
in Vietnamese and English. Commands print the English sentence, pages the reader's language.
"""

from typing import NamedTuple


class Wording(NamedTuple):
    """How one code is told."""

    status: int
    vi: str
    en: str


PROBLEMS: dict[str, Wording] = {
    "data-unwritable": Wording(
        500,
        "Không ghi được vào thư mục dữ liệu {path}. Xin cấp quyền ghi, hoặc chọn thư mục khác bằng --data.",
        "The data directory {path} cannot be written. Give this user write access, or choose another with --data.",
    ),
    "store-read-only": Wording(
        500,
        "Không ghi được tệp dữ liệu {path}. Xin kiểm tra quyền của tệp và của thư mục.",
        "The database {path} cannot be written. Check the permissions of the file and of its directory.",
    ),
    "disk-full": Wording(
        507,
        "Ổ đĩa chứa {path} đã đầy. Xin dọn chỗ trống; các máy sẽ tự gửi lại.",
        "The disk that holds {path} is full. Free some space; the devices will send again by themselves.",
    ),
    "not-a-store": Wording(
        500,
        "Tệp {path} không phải là dữ liệu của Hài Lòng hoặc đã hỏng. Xin khôi phục từ bản sao lưu.",
        "{path} is not a Hài Lòng database, or it is damaged. Restore it from a backup: hailong restore.",
    ),
    "bad-period": Wording(
        422,
        "Không hiểu kỳ “{period}”. Xin viết 2026, 2026-H1, 2026-Q3 hoặc 2026-01-01..2026-05-28.",
        "'{period}' is no period. Write 2026, 2026-H1, 2026-Q3 or 2026-01-01..2026-05-28.",
    ),
}


class Problem(Exception):  # noqa: N818 - a problem is not always an error of the program
    """Something that a person has to hear about, by its code in `PROBLEMS`."""

    def __init__(self, code: str, **values: object) -> None:
        """`values` fill the places of the code's sentence."""
        self.code = code
        self.values = values
        super().__init__(self.sentence("en"))

    def sentence(self, lang: str = "vi") -> str:
        """What a person reads."""
        wording = PROBLEMS[self.code]
        return (wording.vi if lang == "vi" else wording.en).format(**self.values)

    @property
    def status(self) -> int:
        """The HTTP status that fits."""
        return PROBLEMS[self.code].status
