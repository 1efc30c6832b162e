"""What a server's memory holds of what people wrote once the key is locked again, as root reads it."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from server.services.keys.open_keys import unlock
from survey_defs.letter import Contact
from tests.support.desk import PASSPHRASE, empty_desk
from tests.support.memory import found_in_memory
from tests.support.seed import LOGIN, PASSWORD
from tests.support.server import ServerProcess

# Words of sizes that different allocators hand out, from a name to more than a page.
NAME, PHONE = "Lê Thị Bạch Vân Quỳnh", "0987 650 123"
SHORT = "Con tôi bị cô giáo lớp 7A5 phạt đứng ngoài nắng"
LONG = " ".join(f"ngày thứ {n} em vẫn chờ ở cổng trường Ngô Quyền" for n in range(60))
WORDS = (NAME, PHONE, SHORT, "thứ 7 em vẫn chờ ở cổng trường Ngô Quyền")


class Reader:
    """Somebody's browser: one connection that stays, and a session."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, text

    def page(self, path: str) -> str:
        status, text = self.ask("GET", path)
        assert status == 200, path
        return text

    def send(self, page: str, path: str, **fields: str) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page(page))
        assert token
        status, _ = self.ask("POST", path, {"csrf_token": token[1], **fields})
        assert status == 303, path

    def close(self) -> None:
        self._line.close()


@contextmanager
def read_once(data: Path) -> Iterator[tuple[ServerProcess, Reader, bytes]]:
    """A server on which the deputy has just read both letters, and the private key that opened them."""
    school = empty_desk(data)
    refs = [
        school.comes(text=SHORT, contact=Contact(NAME, PHONE, "Đồng ý.")),
        school.comes(text=LONG),
    ]
    (held,) = unlock(school.ctx, LOGIN, PASSPHRASE).of_room("complaints")
    school.ctx.store.close()
    with ServerProcess(data, wipes=True) as server:
        reader = Reader(server.port)
        reader.send("/dang-nhap", "/dang-nhap", login=LOGIN, password=PASSWORD)
        reader.send("/mo-khoa", "/mo-khoa", passphrase=PASSPHRASE)
        pages = [reader.page(f"/phan-anh/{ref}") for ref in refs]
        assert SHORT in pages[0]
        assert LONG in pages[1]
        yield server, reader, bytes(held.private)
        reader.close()


def left(pid: int, sought: Iterable[str | bytes]) -> dict[str | bytes, int]:
    """What is found; a thread of the pages may need a moment to let go of its last answer."""
    sought, until = tuple(sought), time.monotonic() + 10
    while (found := found_in_memory(pid, sought)) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def test_what_was_read_is_gone_once_the_key_is_locked(tmp_path: Path) -> None:
    with read_once(tmp_path / "data") as (server, reader, private):
        sought = (*WORDS, PASSPHRASE, private, private[:24])
        assert private in found_in_memory(server.pid, sought), "while it is open the key is there"
        reader.send("/phan-anh", "/dong-khoa")
        reader.page("/phan-anh")
        assert left(server.pid, sought) == {}
        limits = Path(f"/proc/{server.pid}/limits").read_text(encoding="ascii")
        assert re.search(r"Max core file size +0 +0 ", limits)
        assert Path(f"/proc/{server.pid}/mem").stat().st_uid == 0, "nobody's but root's to read"


def test_signing_out_locks_too(tmp_path: Path) -> None:
    with read_once(tmp_path / "data") as (server, reader, private):
        reader.send("/phan-anh", "/dang-xuat")
        reader.page("/dang-nhap")
        assert left(server.pid, (*WORDS, PASSPHRASE, private)) == {}
