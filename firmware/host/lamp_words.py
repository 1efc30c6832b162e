"""The lamp patterns in words, for README. What is seen is worked out from the patterns themselves."""

from typing import NamedTuple

from firmware.lamps import ALL, BESIDE, ENDS, MIDDLE, ORDER, OWN, PATTERNS, WALK, lasts

MEANINGS: dict[str, tuple[str, str]] = {
    "thanks": (
        "Ý kiến đã được ghi lại. Xin cảm ơn.",
        "The press is recorded. Thank you.",
    ),
    "locked": (
        "Vừa có người bấm; xin chờ hai giây rồi bấm.",
        "Somebody has just pressed; please wait two seconds.",
    ),
    "done": (
        "Cài đặt xong, máy đã nối được với máy chủ.",
        "Set up: the box has reached the server.",
    ),
    "flash-error": (
        "Bộ nhớ hỏng, lần bấm vừa rồi không được ghi. Xin gọi kỹ thuật viên.",
        "The memory fails and the press was not recorded. Please call the technician.",
    ),
    "full": (
        "Bộ nhớ đầy, chưa ghi thêm được. Những gì đã ghi vẫn còn; xin nối lại mạng.",
        "The memory is full and takes no more. What was recorded is kept; please restore the network.",
    ),
    "safe": (
        "Máy khởi động hỏng nhiều lần nên đang chạy chế độ an toàn: chỉ ghi lại, chưa gửi.",
        "After several failed starts the box runs in safe mode: it records and does not send.",
    ),
    "claim-wrong": (
        "Mã ghép máy không đúng. Xin xem lại mã trên trang Thiết bị.",
        "The claim code is wrong. Please look at the devices page again.",
    ),
    "claim-expired": (
        "Mã ghép máy đã hết hạn. Xin tạo mã mới trên trang Thiết bị.",
        "The claim code has expired. Please make a new one on the devices page.",
    ),
    "claim-used": (
        "Mã ghép máy đã được dùng. Xin tạo mã mới trên trang Thiết bị.",
        "The claim code was used already. Please make a new one on the devices page.",
    ),
    "no-label": (
        "Hộp chưa có nhãn Wi-Fi nên không mở trang cài đặt. Xin chạy lại “hailong device flash” qua cáp USB.",
        "The box has no Wi-Fi password of its own yet. Run 'hailong device flash' over USB again.",
    ),
    "trying": (
        "Đang thử nối Wi-Fi và máy chủ.",
        "Trying the Wi-Fi and the server.",
    ),
    "setup": (
        "Đang chờ cài đặt: xin nối điện thoại vào Wi-Fi của máy.",
        "Waiting to be set up: join the Wi-Fi of the box with a telephone.",
    ),
    "refused": (
        "Máy chủ không nhận mật khẩu của máy. Xin ghép máy lại bằng mã mới.",
        "The server refuses the password of this box. Please claim it anew.",
    ),
    "certificate": (
        "Chứng chỉ của máy chủ đã đổi, máy không gửi. Những gì đã ghi vẫn còn; xin ghép máy lại.",
        "The certificate of the server has changed and nothing is sent. All is kept; please claim it anew.",
    ),
    "config-refused": (
        "Cấu hình mới không dùng được; máy giữ cấu hình cũ.",
        "The new configuration cannot be used; the last good one stays.",
    ),
    "undelivered": (
        "Đã nối được máy chủ nhưng chưa có biên nhận; máy gửi lại.",
        "The server is reached but sends no receipts; the box keeps trying.",
    ),
    "offline": (
        "Chưa nối được mạng. Vẫn bấm được; máy sẽ gửi sau.",
        "No network. Presses are recorded and sent later.",
    ),
    "stuck": (
        "Nút này bị kẹt và tạm nghỉ; các nút khác vẫn dùng được.",
        "This button is stuck and rests; the others work.",
    ),
    "chosen": (
        "Thủ tục này được chọn cho lần bấm tới, trong 15 giây.",
        "This procedure is chosen for the next press, for 15 seconds.",
    ),
}
"""What each pattern means: Vietnamese, English."""

_WHERE = {
    OWN: ("Đèn của nút đó", "The lamp of that button"),
    ALL: ("Tất cả các đèn", "All lamps"),
    MIDDLE: ("Đèn ở giữa", "The lamp in the middle"),
    ENDS: ("Hai đèn ngoài cùng", "The two lamps at the ends"),
    BESIDE: ("Hai đèn cạnh đèn giữa", "The two lamps beside the middle"),
}
_DIM = 30
"""Percent, up to which a light is called dim."""


class Row(NamedTuple):
    """One line of the table."""

    name: str
    seen_vi: str
    seen_en: str
    means_vi: str
    means_en: str


def rows() -> list[Row]:
    """The whole table, in the order of the patterns."""
    return [Row(name, *_seen(name), *MEANINGS[name]) for name in ORDER]


def markdown() -> str:
    """The table as README has it."""
    head = "| Đèn / lamps | Nghĩa là gì | What it means | name |\n|---|---|---|---|\n"
    return head + "".join(
        f"| {row.seen_vi}<br>{row.seen_en} | {row.means_vi} | {row.means_en} | `{row.name}` |\n"
        for row in rows()
    )


def _seen(name: str) -> tuple[str, str]:
    which, times, on, off, percent, dark = PATTERNS[name]
    if which == WALK and lasts(name):
        return ("Một ánh sáng chạy dọc hàng đèn", "One light walks along the row")
    if which == WALK:
        return ("Các đèn lần lượt sáng lên cả hàng", "The lamps come on one after the other")
    vi, en = _WHERE[which]
    dim_vi, dim_en = (" mờ", " dimly") if percent <= _DIM else ("", "")
    if not lasts(name):
        how_vi, how_en = ("sáng lên", "lights up") if on > 1000 else ("nháy", "blinks")
        return f"{vi} {how_vi}{dim_vi} một lần", f"{en} {how_en}{dim_en} once"
    if not off:
        return f"{vi} sáng liên tục", f"{en} stays lit"
    blink = "blink" if which in (ALL, ENDS, BESIDE) else "blinks"
    if times == 1 and dark == 1:
        return f"{vi} nháy chậm, đều", f"{en} {blink} slowly and evenly"
    count_en = {1: "once", 2: "twice"}.get(times, f"{times} times")
    pause = round(dark / 1000)
    return (
        f"{vi} nháy{dim_vi} {times} lần, nghỉ {pause} giây",
        f"{en} {blink}{dim_en} {count_en}, with a pause of {pause} seconds",
    )


if __name__ == "__main__":
    print(markdown(), end="")
