"""The set-up by telephone: the box opens a Wi-Fi of its own with one page, and any page leads there.

Every name is answered with the box's own address and every address with a way to the page; so a telephone
that looks whether there is an Internet finds a captive portal and shows it by itself.
"""

import asyncio
import binascii
import gc
import select
import socket

from firmware import portal_page as page
from firmware.enrol import read_server
from firmware.setup import Setup, pattern
from survey_defs import claim
from survey_defs.claim import ClaimError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ADDRESS = "192.168.4.1"
"""What ESP32 and Pico W give their own access point."""
IDLE_MS = 900_000
"""An access point that nobody uses goes off again."""
DONE_MS = 20_000
"""How long the page can still be read after the set-up is done."""
REFRESH_S = 2
MAX_HEAD, MAX_BODY = 2048, 1024
MAX_CLIENTS = 4
CLIENT_TIMEOUT_S = 8
_NAMES_S = 0.05
_MAX_QUERY = 300
HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\nConnection: close\r\nContent-Security-Policy: "
)
_ENDED = ("form", "done", "failed")


async def run(
    net: "Any",
    setup: Setup,
    lamps: "Any",
    clock: "Any",
    *,
    name: str,
    password: str,
    address: str = ADDRESS,
    http_port: int = 80,
    dns_port: int = 53,
    idle_ms: int = IDLE_MS,
    done_ms: int = DONE_MS,
) -> bool:
    """Keep the access point open until the set-up is done (True) or nobody has come for long (False).

    `name`, `password`: of the access point. `lamps` and `clock`: `firmware.lamps.Lamps`,
    `firmware.clock.Clock`. Raises OSError where the page cannot be served at all.
    """
    portal = Portal(net, setup, clock, name, address if http_port == 80 else "%s:%d" % (address, http_port))  # noqa: UP031
    portal.look()
    net.open_access_point(name, password)
    server = await asyncio.start_server(portal.serve, "0.0.0.0", http_port)  # noqa: S104 - its own network only
    names = asyncio.create_task(answer_names(address, dns_port))
    shown = ""
    try:
        while True:
            now = clock.up_ms()
            at = pattern(setup.state, setup.problem)
            if at != shown:
                shown = at
                lamps.show(at, now)
                portal.touched = now
            if setup.state in _ENDED and now - portal.touched > (
                done_ms if setup.state == "done" else idle_ms
            ):
                return setup.state == "done"
            await asyncio.sleep(0.1)
    finally:
        names.cancel()
        server.close()
        await server.wait_closed()
        net.close_access_point()


class Portal:
    """The page's own server."""

    def __init__(self, net: "Any", setup: Setup, clock: "Any", name: str, host: str) -> None:
        """`host`: the address as a browser asks for it, with its port where it is not 80."""
        self._net = net
        self._setup = setup
        self._clock = clock
        self._name = name
        self._host = host
        self._clients = 0
        self._chosen: dict[str, str] = {}
        self._running: Any = None
        self._networks: list[tuple[str, int]] = []
        self.touched = clock.up_ms()
        """When somebody last asked for something (`up_ms`)."""

    def look(self) -> None:
        """Look which networks there are, the strongest first."""
        self._networks = self._net.scan()

    async def serve(self, reader: "Any", writer: "Any") -> None:
        """One connection, one answer."""
        self._clients += 1
        try:
            if self._clients <= MAX_CLIENTS:
                await asyncio.wait_for(self._answer(reader, writer), CLIENT_TIMEOUT_S)
        except (OSError, EOFError, ValueError, MemoryError, asyncio.TimeoutError):
            gc.collect()  # who asks badly, or goes away, gets no answer
        finally:
            self._clients -= 1
            writer.close()
            try:
                await writer.wait_closed()
            except OSError:
                pass

    async def _answer(self, reader: "Any", writer: "Any") -> None:
        method, target, headers, body = await read_request(reader)
        path, _, query = target.partition("?")
        if path != "/" or headers.get("host", self._host) != self._host:
            await self._lead(writer, "302 Found")
            return
        self.touched = self._clock.up_ms()
        is_busy = self._setup.state not in _ENDED
        if method == "POST" and not is_busy and self._setup.state != "done":
            if headers.get("origin", "http://" + self._host) not in ("http://" + self._host, "null"):
                raise ValueError("another page's form")
            errors = self._take(read_form(body))
            if errors:
                await self._send_form(writer, errors)
            else:
                await self._lead(writer, "303 See Other")
        elif method == "POST":
            await self._lead(writer, "303 See Other")
        elif is_busy or self._setup.state == "done":
            await _send(writer, page.head(self._name, REFRESH_S if is_busy else 0))
            await _send(writer, page.progress(self._setup, self._name), begins=False)
        else:
            if query == "quet":
                self.look()
            problem = self._setup.problem
            await self._send_form(writer, {page.field_of(problem): problem} if problem else {})

    async def _send_form(self, writer: "Any", errors: "dict[str, str]") -> None:
        await _send(writer, page.head(self._name))
        await _send(writer, page.form(self._setup, self._networks, errors, self._chosen), begins=False)

    async def _lead(self, writer: "Any", status: str) -> None:
        writer.write(
            (
                "HTTP/1.1 " + status + "\r\nLocation: http://" + self._host + "/\r\nContent-Length: 0\r\n"
                "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
            ).encode()
        )
        await writer.drain()

    def _take(self, fields: "dict[str, str]") -> "dict[str, str]":
        """Begin the set-up with what was typed, or say by field what is wrong with it."""
        setup = self._setup
        self._chosen = {key: fields.get(key, "").strip() for key in ("w", "n", "s")}
        if self._chosen["w"]:
            del self._chosen["n"]
        wish, errors = check(fields, setup)
        if errors:
            setup.problem = ""
            return errors
        try:
            setup.begin(**wish)
        except OSError:
            setup.state, setup.problem = "failed", "flash"
            return {"c": "flash"}
        self._running = asyncio.create_task(setup.run())
        return {}


def check(fields: "dict[str, str]", setup: Setup) -> "tuple[dict[str, Any], dict[str, str]]":
    """What the form's fields ask for (the arguments of `Setup.begin`), and what is wrong with them by field.

    w: a network of the list (hex of its name), '=' for the present one, '' for the name in n. p: password.
    s: server. c: code. y: '1' if the box stays at its school.
    """
    errors: dict[str, str] = {}
    known, before = setup.wifi, setup.wish
    ssid, password = _network(fields), fields.get("p", "")
    if fields.get("w") == "=" and known:
        ssid, password = known["ssid"], known["password"]
    elif not ssid:
        errors["w"] = "w-none"
    elif len(ssid.encode()) > 32:
        errors["w"] = "w-long"
    elif not password:
        for kept in (setup.typed, before, known):
            if kept and kept["ssid"] == ssid:
                password = kept["password"]
                break
    elif not 8 <= len(password.encode()) <= 63 and not _is_raw_key(password):
        errors["p"] = "p-length"
    typed = fields.get("c", "").strip()
    code = claim.read_code(typed) or ""
    if not typed and before:
        code = before["code"]
    if (typed and not code) or (not code and (not setup.identity or fields.get("w") == "=")):
        errors["c"] = "bad-code"
    server = ""
    if code or fields.get("s", "").strip():
        try:
            server = read_server(fields.get("s", "")).spell()
        except ClaimError as error:
            errors["s"] = error.code
    wish = {
        "ssid": ssid,
        "password": password,
        "server": server,
        "code": code,
        "same": fields.get("y") == "1",
    }
    return wish, errors


def _network(fields: "dict[str, str]") -> str:
    chosen = fields.get("w", "")
    if not chosen or chosen == "=":
        return fields.get("n", "").strip()
    try:
        return binascii.unhexlify(chosen).decode()
    except (ValueError, UnicodeError):
        return ""


def _is_raw_key(password: str) -> bool:
    return len(password) == 64 and not password.lower().strip("0123456789abcdef")


async def read_request(reader: "Any") -> "tuple[str, str, dict[str, str], bytes]":
    """(method, target, headers by small name, body). ValueError where it is none, or larger than ours."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = await reader.read(512)
        data += piece
        if not piece or len(data) > MAX_HEAD:
            raise ValueError("no request")
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3:
        raise ValueError("no request")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= MAX_BODY:
        raise ValueError("too large")
    while len(body) < length:
        piece = await reader.read(length - len(body))
        if not piece:
            raise ValueError("cut off")
        body += piece
    return words[0], words[1], headers, body


def read_form(body: bytes) -> "dict[str, str]":
    """The fields of a form as browsers send it. ValueError where that is not UTF-8."""
    fields = {}
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        fields[_unquote(name)] = _unquote(value)
    return fields


def _unquote(data: bytes) -> str:
    first, *rest = data.replace(b"+", b" ").split(b"%")
    out = bytearray(first)
    for part in rest:
        out.extend(binascii.unhexlify(part[:2]) + part[2:])
    return bytes(out).decode()


async def _send(writer: "Any", pieces: "Any", *, begins: bool = True) -> None:
    if begins:
        writer.write((HEAD + page.policy() + "\r\n\r\n").encode())
    for piece in pieces:
        writer.write(piece.encode() if isinstance(piece, str) else piece)
        await writer.drain()


async def answer_names(address: str, port: int) -> None:
    """Answer every name with `address`, until cancelled."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        line.setblocking(False)
        line.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])  # noqa: S104 - its own network only
        asked = select.poll()
        asked.register(line, select.POLLIN)
        while True:
            await asyncio.sleep(_NAMES_S)
            if not asked.poll(0):
                continue
            try:
                query, asker = line.recvfrom(_MAX_QUERY)
                answer = name_answer(query, address)
                if answer:
                    line.sendto(answer, asker)
            except (OSError, MemoryError):
                gc.collect()  # who asked asks again
    finally:
        line.close()


def name_answer(query: bytes, address: str) -> "bytes | None":
    """The answer to a question for a name (RFC 1035): `address`; to other kinds of questions, none known.

    None where `query` is no question, or more than one.
    """
    if len(query) < 17 or query[2] & 0xF8 or query[4:6] != b"\x00\x01":
        return None
    end = 12
    while end < len(query) and query[end]:
        if query[end] > 63:
            return None
        end += query[end] + 1
    question = query[12 : end + 5]
    if len(question) != end - 7:
        return None
    is_address = question[-4:] == b"\x00\x01\x00\x01"
    head = query[:2] + b"\x84\x00\x00\x01\x00" + bytes([is_address]) + bytes(4) + question
    if not is_address:
        return head
    # A pointer to the name, type A, class IN, for five seconds, four bytes.
    numbers = bytes([int(number) for number in address.split(".")])
    return head + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04" + numbers
