"""The page of the set-up: Vietnamese, the English beneath it. It works without its script.

A page is given piece by piece, so that it never stands in memory as a whole. Passwords and codes that were
typed are never shown again; what somebody else chose, the names of Wi-Fi networks, is escaped.
"""

import binascii
import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.setup import Setup

MAX_NETWORKS = 10
_PIECE = 512
_ESCAPES = {38: b"&amp;", 60: b"&lt;", 62: b"&gt;", 34: b"&quot;", 39: b"&#39;"}
_DOT = "·".encode()
_TURNING = tuple([bytes((0x80, low)) for low in range(0x8B, 0xAF) if low < 0x90 or low > 0xA7])
_TURNING += tuple([bytes((0x81, low)) for low in range(0xA6, 0xAA)])
"""After E2: U+200B to 200F, 2028 to 202E, 2066 to 2069."""
_FIELDS = (
    ("w", ("w-none", "w-long")),
    ("p", ("p-length", "wifi")),
    ("s", ("bad-server", "enrol-insecure", "offline", "bad-answer")),
)
_STEPS = (
    ("deliver", "Gửi các lượt bấm còn lại", "Delivering the presses that wait"),
    ("wifi", "Nối Wi-Fi", "Joining the Wi-Fi"),
    ("server", "Hỏi máy chủ", "Asking the server"),
    ("done", "Xong: có thể bấm nút rồi", "Done: the buttons can be pressed"),
)
_ROOM = __file__.rsplit("/", 1)[0] + "/"
"""Beside this module lie the page's own style, script and sentences: files, because memory is short."""


def policy() -> str:
    """The Content-Security-Policy: nothing from outside, no script but the page's own."""
    hashed = hashlib.sha256()
    for piece in _read("portal.js"):
        hashed.update(piece)
    digest = binascii.b2a_base64(hashed.digest()).decode().strip()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "script-src 'sha256-" + digest + "'"
    )


def sentences(code: str) -> "tuple[str, str]":
    """What a problem means and what to do, in Vietnamese and in English."""
    with open(_ROOM + "portal.txt", "rb") as file:
        for line in file:
            found, _, rest = line.decode().partition("\t")
            if found == code:
                vietnamese, _, english = rest.strip().partition("\t")
                return vietnamese, english
    return sentences("bad-answer")


def field_of(code: str) -> str:
    """Beside which field a problem is shown: w (network), p (password), s (server) or c (code)."""
    for field, codes in _FIELDS:
        if code in codes:
            return field
    return "c"


def escape(text: str) -> str:
    """`text` within HTML, in quotes too. What does not show or turns the writing round becomes a dot."""
    out = bytearray()
    data, at = text.encode(), 0
    while at < len(data):  # in bytes: each letter of a string would stay in MicroPython's memory for good
        byte = data[at]
        if byte == 0xE2 and data[at + 1 : at + 3] in _TURNING:
            out.extend(_DOT)
            at += 2
        elif byte < 32 or byte == 127:
            out.extend(_DOT)
        else:
            out.extend(_ESCAPES.get(byte) or data[at : at + 1])
        at += 1
    return out.decode()


def head(name: str, refresh_s: int = 0) -> "Iterator[str | bytes]":
    """What every page begins with. `name`: of the access point."""
    yield (
        "<!doctype html><html lang=vi><meta charset=utf-8><title>Cài đặt hộp nút bấm</title>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
    )
    if refresh_s:
        yield "<meta http-equiv=refresh content='" + str(refresh_s) + ";url=/'>"
    yield "<style>"
    yield from _read("portal.css")
    yield "</style><header><small>" + escape(name) + "</small>Hài Lòng</header><main>"


def form(
    state: "Setup",
    networks: "list[tuple[str, int]]",
    errors: "dict[str, str]",
    chosen: "dict[str, str]",
) -> "Iterator[str | bytes]":
    """The form. `networks`: (name, dBm). `errors`: by field. `chosen`: what was typed, no secret among it."""
    wifi, is_known = state.wifi, state.identity is not None
    yield "<h1>Cài đặt hộp nút bấm</h1><small>Set up the button box</small>"
    if errors:
        yield (
            "<p class=e role=alert><b>Chưa được, xin xem chỗ có vạch đỏ.</b>"
            "<small>Not yet: see what is marked in red.</small></p>"
        )
    yield "<form method=post action=/><h2 id=hw>1. Wi-Fi</h2>"
    yield _error(errors, "w")
    yield "<div class=l role=radiogroup aria-labelledby=hw>"
    picked = chosen.get("w", "=" if wifi else "")
    if wifi:
        yield _row("k", "=", "Giữ Wi-Fi đang dùng<small>Keep the present one</small>", "", picked == "=")
    for number, (name, dbm) in enumerate(networks[:MAX_NETWORKS]):
        value = binascii.hexlify(name.encode()).decode()
        yield _row("w" + str(number), value, escape(name), _strength(dbm), picked == value)
    is_other = picked == "" and (not networks or "n" in chosen)
    yield _row("o", "", "Mạng khác<small>Another network</small>", "", is_other)
    yield (
        "<div class=t><label for=n>Tên Wi-Fi <small>Its name</small></label><input type=text id=n name=n "
        "maxlength=32 autocapitalize=none autocomplete=off spellcheck=false value='"
        + escape(chosen.get("n", ""))
        + "'></div></div><p><a href='/?quet'>Tìm lại Wi-Fi</a> · <a href='/?quet' lang=en>scan again</a>"
        "<h2><label for=p>Mật khẩu Wi-Fi</label><small>Wi-Fi password</small></h2>"
    )
    yield _error(errors, "p")
    yield (
        "<input type=password id=p name=p maxlength=64 autocapitalize=none autocomplete=off "
        "aria-describedby='ep kp'>"
    )
    if wifi or state.typed:
        yield (
            "<small id=kp>Mật khẩu cũ vẫn được giữ, không hiện lại. Để trống nếu không đổi.<br>"
            "The old one is kept and never shown; leave empty to keep it.</small>"
        )
    yield "<h2><label for=s>2. Máy chủ</label><small>Server, as the devices page shows it</small></h2>"
    yield _error(errors, "s")
    yield (
        "<input type=url id=s name=s maxlength=120 autocapitalize=none autocomplete=off spellcheck=false "
        "placeholder='https://192.168.1.10:8443' aria-describedby=es value='"
        + escape(chosen.get("s", state.server))
        + "'><h2><label for=c>3. Mã ghép máy</label><small>Claim code, from the devices page</small></h2>"
    )
    yield _error(errors, "c")
    yield (
        "<input type=text id=c name=c maxlength=14 autocapitalize=characters autocomplete=off "
        "spellcheck=false placeholder=K7PM9-XQ2RE aria-describedby='ec kc'>"
    )
    if state.wish and state.wish["code"]:
        yield (
            "<small id=kc>Mã vừa nhập vẫn được giữ. Để trống nếu không đổi.<br>"
            "The code typed before is kept; leave empty to keep it.</small>"
        )
    elif is_known:
        yield ("<small id=kc>Để trống nếu chỉ đổi Wi-Fi.<br>Leave empty if only the Wi-Fi changes.</small>")
    if state.problem == "undelivered" and state.identity:
        yield (
            "<label class=v><input type=checkbox name=y value=1><span>Hộp vẫn ở trường “"
            + escape(state.identity["school"])
            + "”: cứ dùng mã mới, các lượt bấm còn lại sẽ gửi sau.<small>"
            "The box stays at this school: go on, what waits is delivered later.</small></span></label>"
        )
    yield (
        "<button>Nối và ghép máy<small>Connect</small></button><p><small>Mật khẩu và mã chỉ lưu trong hộp. "
        "Nếu trang này biến mất, xin nhìn đèn trên hộp.<br>Password and code stay in the box. Should this "
        "page vanish, look at the lamps.</small></form></main><script>"
    )
    yield from _read("portal.js")
    yield "</script>"


def progress(state: "Setup", name: str) -> "Iterator[str | bytes]":
    """What the set-up is at; the page asks again by itself."""
    is_done = state.state == "done"
    if is_done:
        yield "<h1>Đã cài đặt xong</h1><small>The box is set up</small>"
    else:
        yield "<h1>Đang cài đặt…</h1><small>Setting up. About half a minute.</small>"
    has_code = state.wish is not None and state.wish["code"]
    shown = [
        step
        for step in _STEPS
        if step[0] in ("wifi", "done") or (step[0] == "server" and has_code) or step[0] == state.state
    ]
    at = [step[0] for step in shown].index(state.state)
    yield "<ol>"
    for number, (_, vietnamese, english) in enumerate(shown):
        mark, look = ("✓", "d") if number < at or is_done else ("…", "w") if number == at else ("", "")
        yield "<li class='%s'><b aria-hidden=true>%s</b><span>%s<small>%s</small></span>" % (  # noqa: UP031
            look,
            mark,
            vietnamese,
            english,
        )
    yield "</ol>"
    if state.is_aside:
        yield (
            "<p class=e>Hộp đã sang trường khác. Các lượt bấm chưa gửi của trường cũ "
            "được cất riêng trong hộp."
            "<small>The box has moved. What it could not deliver before is put aside in it.</small>"
        )
    if is_done:
        yield (
            "<p class=n>Mạng “" + escape(name) + "” sẽ tự tắt, hộp khởi động lại trong vài giây."
            "<small>This Wi-Fi switches off and the box starts again.</small></main>"
        )
        return
    yield (
        "<p><small>Nếu trang này biến mất, xin nhìn đèn trên hộp. "
        "Should it vanish, look at the lamps.</small></main>"
    )


def _row(id: str, value: str, label: str, right: str, is_checked: bool) -> str:
    return (
        "<input type=radio name=w id="
        + id
        + " value='"
        + value
        + ("' checked>" if is_checked else "'>")
        + "<label class=r for="
        + id
        + "><span>"
        + label
        + "</span>"
        + right
        + "</label>"
    )


def _strength(dbm: int) -> str:
    """How well a network is heard: from -60 dBm on well, below -75 dBm hardly."""
    marks, words = ("●●●", "mạnh") if dbm >= -60 else ("●●○", "vừa") if dbm >= -75 else ("●○○", "yếu")
    return "<small>" + words + " <i aria-hidden=true>" + marks + "</i></small>"


def _error(errors: "dict[str, str]", field: str) -> str:
    if field not in errors:
        return ""
    vietnamese, english = sentences(errors[field])
    return "<p class=e id=e" + field + ">" + vietnamese + "<small>" + english + "</small></p>"


def _read(name: str) -> "Iterator[bytes]":
    """A file in small pieces."""
    with open(_ROOM + name, "rb") as file:
        while True:
            piece = file.read(_PIECE)
            if not piece:
                return
            yield piece
