"""The page by which a box is set up, served by the real MicroPython: what telephones and people send it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from firmware import durable_json
from firmware.lamps import PATTERNS
from firmware.portal import name_answer, read_form
from firmware.portal_page import escape, sentences
from firmware.setup import FINAL_PROBLEMS, pattern
from survey_defs import claim
from tests.support.box_portal import OLD, PASSWORD, WIFI, portal
from tests.support.enrolling import GOOD, REFUSED, TERMS, Enrolling, enrolling
from tests.support.whole_box import compile_firmware


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_firmware(tmp_path_factory.mktemp("firmware"))


@pytest.fixture(scope="module")
def server() -> Iterator[Enrolling]:
    with enrolling() as running:
        yield running


def errors(text: str) -> list[str]:
    """By what fields something is said to be wrong."""
    return re.findall(r"<p class=e id=e(\w)>", text)


def says(text: str, code: str) -> bool:
    return sentences(code)[0] in text and sentences(code)[1] in text


def enrolled(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    durable_json.write(str(folder / "identity.json"), OLD)
    durable_json.write(str(folder / "wifi.json"), {"ssid": WIFI, "password": PASSWORD})


def test_from_the_first_page_to_a_box_that_is_set_up(
    tmp_path: Path, compiled: Path, server: Enrolling
) -> None:
    with portal(tmp_path, compiled) as page:
        assert page.box.wait_for("access point open") == "access point open HaiLong-3F2A by WPA2"
        status, headers, text = page.ask()
        assert status == 200 and len(text.encode()) < 6144
        assert "default-src 'none'" in headers["content-security-policy"]
        # Names of networks are somebody else's words.
        assert text.count("<script>") == 1
        assert "&lt;/label&gt;&lt;script&gt;document.title=&#39;!&#39;&lt;/script&gt;" in text
        assert "Nhà xe &quot;A&#39; &amp;amp; B··knihc" in text
        assert not re.search(r"(src|href)=['\"]?(https?:)?//", text)

        empty = page.send(w="", n="", p="", s="", c="")
        assert errors(empty) == ["w", "c"] and says(empty, "w-none") and says(empty, "bad-code")
        short = page.choose(p="kurz", s="ftp://x", c="k7pm9 xq2ra")
        assert errors(short) == ["p", "s", "c"] and says(short, "p-length") and says(short, "bad-server")
        insecure = page.choose(s="http://192.168.1.10", c=GOOD)
        assert errors(insecure) == ["s"] and says(insecure, "enrol-insecure")
        wrong = page.choose(p="sai-mat-khau", s=server.url, c=GOOD)
        assert errors(wrong) == ["p"] and says(wrong, "wifi")
        page.box.wait_for("lamps offline")
        # Nothing that was typed in secret is shown again, but it need not be typed again either.
        for secret in ("sai-mat-khau", GOOD, claim.spell_code(GOOD)):
            assert secret.lower() not in wrong.lower()
        assert server.url in wrong and "The code typed before is kept" in wrong
        assert not server.proofs
        done = page.choose(s=server.url, c="")
        assert "Đã cài đặt xong" in done and "http-equiv" not in done
        page.box.wait_for("ended True")
        shown = [line[6:] for line in page.box.lines if line.startswith("lamps ")]
        assert (shown[0], shown[1], shown[-1]) == ("setup", "trying", "done")
        said = "\n".join(page.box.lines)
        assert PASSWORD not in said and GOOD not in said
    assert durable_json.read(str(tmp_path / "wifi.json")) is None  # the old set stands until the next start
    with portal(tmp_path, compiled):
        identity = durable_json.read(str(tmp_path / "identity.json"))
        assert identity and (identity["device"], identity["port"], identity["tls"]) == ("nut-01", 8883, True)
        assert identity["password"] == server.keeper.passwords[-1]
        assert durable_json.read(str(tmp_path / "wifi.json")) == {"ssid": WIFI, "password": PASSWORD}
        assert (tmp_path / "ca.pem").read_text() == TERMS["ca"]
        assert not list(tmp_path.glob("wish*")) + list(tmp_path.glob("new*"))


def test_a_lost_answer_costs_nothing_and_refusals_say_what_to_do(
    tmp_path: Path, compiled: Path, server: Enrolling
) -> None:
    with portal(tmp_path, compiled) as page:
        server.proofs.clear()
        server.lost = 2  # the box asks a second time by itself
        lost = page.choose(s=server.url, c=GOOD)
        assert errors(lost) == ["s"]
        for code, problem in (REFUSED | {"dddddddddv": "claim-unknown"}).items():
            text = page.choose(s=server.url, c=code)
            assert errors(text) == ["c"] and says(text, problem), problem
            page.box.wait_for("lamps " + pattern("failed", problem))
            assert not (tmp_path / "wish.json").exists()
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert says(page.choose(s=nobody, c=GOOD), "offline")
        server.terms["kind"] = "kiosk"
        assert says(page.choose(s=server.url, c=GOOD), "claim-wrong-kind")
        server.terms["kind"] = "button"
    server.proofs.clear()
    server.lost = 2  # the box asks a second time by itself
    with portal(tmp_path, compiled) as page:
        page.choose(s=server.url, c=GOOD)
    with portal(tmp_path, compiled) as page:  # the power was gone in between; the box tries by itself
        assert "Đã cài đặt xong" in page.ask()[2]
    assert len(server.proofs) == 3 and len(set(server.proofs)) == 1


def test_presses_that_wait_are_delivered_under_the_old_name_first(
    tmp_path: Path, compiled: Path, server: Enrolling
) -> None:
    enrolled(tmp_path)
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "0001.kept").write_text("a press")
    with portal(tmp_path, compiled, waiting=3) as page:
        server.proofs.clear()
        text = page.send(w="=", p="", s=server.url, c=GOOD)
        assert errors(text) == ["c"] and says(text, "undelivered") and "trường “thcs-mau”" in text
        assert not server.proofs and "delivering 3" in page.box.lines
        # It was said that the box stays, but the code says otherwise: put aside, not sent to another school.
        server.terms["school"] = "thcs-khac"
        assert "được cất riêng" in page.send(w="=", p="", s=server.url, c="", y="1")
        server.terms["school"] = "thcs-mau"
    with portal(tmp_path, compiled):
        assert (tmp_path / "journal-aside1" / "0001.kept").read_text() == "a press"
        assert not (tmp_path / "journal").exists()
        moved = durable_json.read(str(tmp_path / "identity.json"))
        assert moved and moved["school"] == "thcs-khac"
    with portal(tmp_path, compiled, waiting=3, env={"BOX_DELIVERS": "1"}) as page:
        assert "Đã cài đặt xong" in page.send(w="=", p="", s=server.url, c=GOOD)


def test_a_change_of_wifi_strands_nobody(tmp_path: Path, compiled: Path) -> None:
    enrolled(tmp_path)
    with portal(tmp_path, compiled, env={"BOX_WIFI": "Moi:mat-khau-moi"}) as page:
        first = page.ask()[2]
        assert "Giữ Wi-Fi đang dùng" in first and PASSWORD not in first
        assert errors(page.send(w="=", p="", s="", c="")) == ["c"]
        assert says(page.send(w="", n="Moi", p="khong-dung", s="", c=""), "wifi")
        before = durable_json.read(str(tmp_path / "wifi.json"))
        assert before == {"ssid": WIFI, "password": PASSWORD}
        assert "Đã cài đặt xong" in page.send(w="", n="Moi", p="mat-khau-moi", s="", c="")
    with portal(tmp_path, compiled):
        assert durable_json.read(str(tmp_path / "wifi.json")) == {"ssid": "Moi", "password": "mat-khau-moi"}
        assert durable_json.read(str(tmp_path / "identity.json")) == OLD


def test_every_telephone_finds_the_page_and_no_request_harms_it(tmp_path: Path, compiled: Path) -> None:
    with portal(tmp_path, compiled) as page:
        for path, host in (
            ("/generate_204", "connectivitycheck.gstatic.com"),
            ("/hotspot-detect.html", "captive.apple.com"),
            ("/connecttest.txt", "www.msftconnecttest.com"),
            ("/", "example.com"),
            ("/favicon.ico", page.host),
        ):
            status, headers, _ = page.ask(path, Host=host)
            assert (status, headers["location"]) == (302, f"http://{page.host}/"), path
        for raw in (
            b"",
            b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 3000,
            b"POST / HTTP/1.1\r\nContent-Length: 999999\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nw=%zz",
            b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nw=%ff",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\xff\xfe\r\n\r\n",
            b"POST / HTTP/1.1\r\nOrigin: http://evil\r\nHost: %s\r\nContent-Length: 2\r\n\r\nw="
            % page.host.encode(),
        ):
            said = b""
            with (
                socket.create_connection(("127.0.0.1", page.port), timeout=5) as line,
                suppress(ConnectionResetError),
            ):
                line.sendall(raw)
                line.shutdown(socket.SHUT_WR)
                said = line.recv(100)
            assert said == b"", raw
        silent = [socket.create_connection(("127.0.0.1", page.port)) for _ in range(3)]
        assert page.ask()[0] == 200
        for line in silent:
            line.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(5)
            asker.sendto(b"\xff" * 40, ("127.0.0.1", page.dns))
            asker.sendto(QUERY + b"\0\1\0\1", ("127.0.0.1", page.dns))
            assert asker.recv(512).endswith(bytes((127, 0, 0, 1)))


QUERY = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0" + b"\7captive\5apple\3com\0"


def test_names_are_answered_with_the_box_and_nothing_else_is() -> None:
    answer = name_answer(QUERY + b"\0\1\0\1", "192.168.4.1")
    assert answer and answer[:2] == b"\x12\x34" and answer[6:8] == b"\0\1"
    assert answer[12 : len(QUERY) + 4] == QUERY[12:] + b"\0\1\0\1"
    assert answer.endswith(b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + bytes((192, 168, 4, 1)))
    six = name_answer(QUERY + b"\0\x1c\0\1", "192.168.4.1")
    assert six and six[6:8] == b"\0\0" and six.endswith(b"\0\x1c\0\1")
    for cut in range(len(QUERY) + 3):
        assert name_answer((QUERY + b"\0\1\0\1")[:cut], "192.168.4.1") is None
    assert name_answer(b"\x12\x34\x81" + QUERY[3:] + b"\0\1\0\1", "192.168.4.1") is None
    assert name_answer(QUERY[:12] + b"\xc0\x0c" + QUERY[14:] + b"\0\1\0\1", "192.168.4.1") is None


def test_words_of_others_stay_words() -> None:
    assert escape("<a href='x' title=\"y\">&") == "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;"
    assert escape("Ệ\x00\n\u200f\u2029\u202e\u2066\u2069\u200aẤ") == "Ệ·······\u200aẤ"
    assert read_form(b"w=Tr%C6%B0%E1%BB%9Dng+A%26B&p=") == {"w": "Trường A&B", "p": ""}


def test_every_problem_has_its_own_sentence_and_lamps() -> None:
    other = sentences("bad-answer")
    ours = {
        "w-none",
        "w-long",
        "p-length",
        "wifi",
        "offline",
        "undelivered",
        "flash",
        *FINAL_PROBLEMS,
        "no-proof",
        *claim.ERRORS,
    }
    for code in ours - {"bad-enrolment"}:
        assert sentences(code) != other, code
    for code in ours:
        assert pattern("failed", code) in PATTERNS
    assert {pattern(state, "") for state in ("form", "wifi", "done")} <= PATTERNS.keys()
