"""`/thiet-bi`: who may do what with machines, what the pages say, where a claim code may stand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.domain.records import ROLES
from server.services.access import people
from server.services.context import Context
from server.services.dashboard.fleet import attention, states_now
from server.services.devices import claims, device_settings, registry
from server.services.devices.config_payloads import DeviceMessages
from server.wiring.pages import create_app
from survey_defs import claim as codes
from tests.support.claiming import let_in
from tests.support.pages import csrf, signed_in, words
from tests.support.reading import reading
from tests.support.seed import HOUR, LOGIN, PASSWORD, SCHOOL, Feeder, add_school, make_context

OFFICE, NEIGHBOUR, STRANGER = "phong", "thcs-ben", "thcs-xa"
KEEPERS, LEADERS = {"principal", "deputy", "technician"}, {"principal", "deputy"}
NASTY = "<script>alert(1)</script>{{7*7}}\"'"


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = make_context(tmp_path_factory.mktemp("devices"), public_url="https://hailong.example.vn")
    add_school(context, OFFICE, "Phòng GD&ĐT")
    add_school(context, parent=OFFICE)
    add_school(context, NEIGHBOUR, "Trường THCS Bên Cạnh", parent=OFFICE)
    add_school(context, STRANGER, "Trường THCS Xa")
    for role in ROLES:
        people.add_user(context, f"la-{role}", role, SCHOOL, PASSWORD)
    registry.add_device(context, "xa-1", STRANGER, "kiosk", "Kiosk nơi khác")
    registry.add_device(context, "qr-1", SCHOOL, "qr", "Mã QR")
    yield context
    context.store.close()


@pytest.fixture(scope="module")
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return signed_in(app)


def send(client: FlaskClient, path: str, **fields: str | list[str]) -> tuple[int, str, str]:
    """Send a form: status, where it leads, text."""
    token = csrf(client.get("/thiet-bi").text)
    answer = client.post(path, data={"csrf_token": token, **fields})
    assert answer.headers["Cache-Control"] == "no-store" or answer.status_code == 303
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def code_on(page: str) -> str:
    found = re.search(r'class="claim-code"[^>]*>([A-Z2-9]{5}-[A-Z2-9]{5})<', page)
    assert found
    return found[1]


def exchange(ctx: Context, code: str) -> None:
    """A device uses the code."""
    plain = codes.read_code(code)
    assert plain is not None
    let_in(ctx, plain)


def test_a_machine_is_added_and_comes_in(client: FlaskClient, ctx: Context) -> None:
    status, _, page = send(client, "/thiet-bi/moi", kind="kiosk", label=" Kiosk  quầy tiếp nhận ", id="")
    assert status == 200
    code, said = code_on(page), words(page)
    assert "Ghép máy “Kiosk quầy tiếp nhận”" in said
    assert "Dùng một lần, trước 10:05 thứ Sáu 29/05/2026." in said
    assert "https://hailong.example.vn" in said
    assert "hailong-enrol.toml" in said
    id = "kiosk-quay-tiep-nhan"
    assert (registry.device(reading(ctx), id).kind, registry.device(reading(ctx), id).school) == (
        "kiosk",
        SCHOOL,
    )
    # Nowhere but in that answer: not on the machine's page, not in the list.
    for path in (f"/thiet-bi/{id}", "/thiet-bi", "/"):
        shown = client.get(path).text
        assert code not in shown and code.replace("-", "").lower() not in shown.lower()
    assert "Có một mã đang chờ máy dùng, đến 10:05 29/05/2026." in words(client.get(f"/thiet-bi/{id}").text)
    # The same form once more makes no second machine.
    status, _, page = send(client, "/thiet-bi/moi", kind="kiosk", label="Kiosk quầy tiếp nhận", id="")
    assert status == 409 and "đã có một máy tên “Kiosk quầy tiếp nhận”" in words(page)
    exchange(ctx, code)
    page = words(client.get(f"/thiet-bi/{id}").text)
    assert "Máy đã dùng mã lúc 10:05 (pho-hieu-truong)" in page
    assert "Có một mã đang chờ" not in page


def test_the_file_for_the_boot_partition(client: FlaskClient) -> None:
    _, _, page = send(client, "/thiet-bi/moi", kind="kiosk", label="Kiosk có tệp", id="kiosk-tep")
    code = code_on(page)
    token = csrf(page)
    answer = client.post("/thiet-bi/kiosk-tep/ma/tep", data={"csrf_token": token, "code": code})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hailong-enrol.toml"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == f'server = "https://hailong.example.vn"\nclaim = "{code}"\n'
    for wrong in ("", "AAAA", 'X"\nserver="http://x'):
        assert (
            client.post("/thiet-bi/kiosk-tep/ma/tep", data={"csrf_token": token, "code": wrong}).status_code
            == 400
        )


def test_ids_are_proposed(client: FlaskClient, ctx: Context) -> None:
    for label, id in (
        ("北門", "nut-1"),
        ("東門", "nut-2"),
        ("Thư viện", "thu-vien"),
        ("Thư-viện", "thu-vien-2"),
    ):
        status, _, page = send(client, "/thiet-bi/moi", kind="button", label=label, id="")
        assert status == 200, words(page)
        assert registry.device(reading(ctx), id).label == label


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"kind": "kiosk", "label": ""}, 422, "Tên"),
        ({"kind": "qr", "label": "Mã"}, 400, "Không có loại thiết bị"),
        ({"kind": "", "label": "Kiosk"}, 400, "Không có loại thiết bị"),
        ({"kind": "kiosk", "label": "Kiosk mới", "id": "Có dấu"}, 400, "không dùng làm mã được"),
        ({"kind": "kiosk", "label": "Kiosk mới", "id": "xa-1"}, 409, "Đã có thiết bị mang mã “xa-1”"),
        ({"kind": NASTY, "label": NASTY, "id": NASTY}, 400, ""),
    ],
    ids=str,
)
def test_what_cannot_be_added(
    client: FlaskClient, ctx: Context, fields: dict[str, str], status: int, said: str
) -> None:
    before = len(registry.devices(reading(ctx)))
    found, _, page = send(client, "/thiet-bi/moi", **fields)
    assert found in (status, 400 if status == 422 else status)
    assert said in words(page)
    assert "<script>alert" not in page
    assert len(registry.devices(reading(ctx))) == before


def test_every_role_and_what_it_may_do(app: Flask, ctx: Context) -> None:
    registry.add_device(ctx, "ai", SCHOOL, "kiosk", "Kiosk ai cũng xem")
    for role in ROLES:
        client = signed_in(app, f"la-{role}")
        keeps, leads = role in KEEPERS, role in LEADERS
        page = client.get("/thiet-bi")
        assert ("Thêm thiết bị" in page.text) == keeps
        one = client.get("/thiet-bi/ai")
        assert one.status_code == 200
        ways = ('action="/thiet-bi/ai/cai-dat"', 'action="/thiet-bi/ai/ma"', 'href="/thiet-bi/ai/ten"')
        assert [way in one.text for way in ways] == [keeps] * 3
        assert ('href="/thiet-bi/ai/chuyen"' in one.text) == leads
        assert client.get("/thiet-bi/ai/chuyen").status_code == (200 if leads else 403)
        for path in ("/thiet-bi/moi", "/thiet-bi/ai/ten", "/thiet-bi/ai/ngung"):
            assert client.get(path).status_code == (200 if keeps else 403)
        if not keeps:
            for act in ("ten", "cai-dat", "ma", "ma/thu-hoi", "ma/tep", "chuyen", "ngung"):
                assert send(client, f"/thiet-bi/ai/{act}")[0] == 403, act
        elif not leads:
            assert send(client, "/thiet-bi/ai/chuyen", school=NEIGHBOUR)[0] == 403


def test_nobody_sees_or_does_anything_of_another_school(client: FlaskClient, ctx: Context) -> None:
    before = device_settings.read(reading(ctx), "xa-1")
    for id in ("xa-1", "khong-co", "qr-1"):
        for path in ("", "/ten", "/chuyen", "/ngung"):
            assert client.get(f"/thiet-bi/{id}{path}").status_code == 404
        for act in ("ten", "cai-dat", "ma", "ma/thu-hoi", "ma/tep", "chuyen", "ngung"):
            assert send(client, f"/thiet-bi/{id}/{act}", label="x", school=NEIGHBOUR)[0] == 404
    assert claims.open_claim(reading(ctx), "xa-1") is None
    assert device_settings.read(reading(ctx), "xa-1") == before
    assert registry.device(reading(ctx), "xa-1").retired_at is None


def test_a_machine_goes_to_a_neighbour(client: FlaskClient, app: Flask, ctx: Context) -> None:
    registry.add_device(ctx, "di", SCHOOL, "kiosk", "Kiosk đi")
    page = client.get("/thiet-bi/di/chuyen").text
    assert "Trường THCS Bên Cạnh" in page and "Trường THCS Xa" not in page
    for to in ("", STRANGER, OFFICE, SCHOOL, "khong-co"):
        assert send(client, "/thiet-bi/di/chuyen", school=to)[0] == 422
    assert claims.open_claim(reading(ctx), "di") is None
    status, _, page = send(client, "/thiet-bi/di/chuyen", school=NEIGHBOUR)
    assert status == 200 and "máy sẽ thuộc về Trường THCS Bên Cạnh" in words(page)
    assert registry.device(reading(ctx), "di").school == SCHOOL
    exchange(ctx, code_on(page))
    assert client.get("/thiet-bi/di").status_code == 404
    theirs = signed_in(app, f"{LOGIN}-{NEIGHBOUR}")
    assert "Chuyển sang Trường THCS Bên Cạnh lúc 10:05" in words(theirs.get("/thiet-bi/di").text)


def test_a_code_is_made_anew_and_withdrawn(client: FlaskClient, ctx: Context) -> None:
    registry.add_device(ctx, "ma", SCHOOL, "button", "Hộp có mã")
    status, _, page = send(client, "/thiet-bi/ma/ma")
    assert status == 200 and "hộp nút" in words(page).lower()
    assert "hailong-enrol.toml" not in page
    assert send(client, "/thiet-bi/ma/ma/thu-hoi")[:2] == (303, "/thiet-bi/ma?xong=withdrawn")
    assert claims.open_claim(reading(ctx), "ma") is None
    assert "thu hồi lúc 10:05" in words(client.get("/thiet-bi/ma").text)


def test_a_machine_is_named_and_set(client: FlaskClient, ctx: Context) -> None:
    registry.add_device(ctx, "dat", SCHOOL, "kiosk", "Kiosk đặt")
    registry.add_device(ctx, "hop", SCHOOL, "button", "Hộp đặt")
    assert send(client, "/thiet-bi/dat/ten", label="Kiosk Sảnh C")[0] == 303
    assert registry.device(reading(ctx), "dat").label == "Kiosk Sảnh C"
    assert send(client, "/thiet-bi/dat/ten", label="Hộp đặt")[0] == 409
    fields = {"first": "en", "brightness": "40", "volume": "20", "welcome-vi": NASTY, "thanks-en": "Bye"}
    sent = send(client, "/thiet-bi/dat/cai-dat", languages=["vi", "en"], **fields)
    assert sent[0] == 303
    now = device_settings.read(reading(ctx), "dat")
    assert (now.languages, now.brightness, now.volume) == (("en", "vi"), 40, 20)
    assert now.texts == {"welcome": {"vi": NASTY}, "thanks": {"en": "Bye"}}
    page = client.get("/thiet-bi/dat").text
    assert "<script>alert" not in page and html.escape(NASTY)[:20] in page
    for wrong, said in (
        ({"brightness": "5"}, "Độ sáng là số nguyên"),
        ({"brightness": "sáng"}, "Độ sáng là số nguyên"),
        ({"volume": "101"}, "Âm lượng là số nguyên"),
        ({"languages": []}, "ít nhất một ngôn ngữ"),
        ({"welcome-vi": "x" * 81}, "dài nhất 80 chữ"),
    ):
        given = {"languages": ["vi"], **fields, **wrong}
        status, _, page = send(client, "/thiet-bi/dat/cai-dat", **given)
        assert status == 422 and said in words(page)
        assert 'value="Bye"' in page  # as it was sent
    assert device_settings.read(reading(ctx), "dat") == now
    box = {
        "first": "en",
        "brightness": "100",
        "volume": "0",
        "procedure-2": "ban-sao",
        "procedure-4": "hoc-ba",
    }
    assert send(client, "/thiet-bi/hop/cai-dat", **box)[0] == 303
    assert device_settings.read(reading(ctx), "hop").procedures == ("ban-sao", "hoc-ba")
    assert device_settings.read(reading(ctx), "hop").languages == ("en",)


def test_a_machine_is_taken_out_of_use(client: FlaskClient, ctx: Context) -> None:
    registry.add_device(ctx, "cu", SCHOOL, "kiosk", "Kiosk cũ")
    claims.make(ctx, "cu")
    assert "Không cho hoạt động trở lại được" in words(client.get("/thiet-bi/cu/ngung").text)
    assert send(client, "/thiet-bi/cu/ngung")[:2] == (303, "/thiet-bi/cu")
    assert claims.open_claim(reading(ctx), "cu") is None
    page = words(client.get("/thiet-bi/cu").text)
    assert "Ngừng dùng từ 28/05/2026." in page
    assert "Tạo mã" not in page and "Lưu cài đặt" not in page
    assert client.get("/thiet-bi/cu/ngung").status_code == 303
    for act in ("ten", "cai-dat", "ma"):
        assert (
            send(client, f"/thiet-bi/cu/{act}", label="Kiosk", languages=["vi"], brightness="50", volume="0")[
                0
            ]
            == 409
        )


def test_what_a_device_says_of_its_configuration(app: Flask, ctx: Context) -> None:
    people.add_user(ctx, "xem", "deputy", NEIGHBOUR, PASSWORD)
    client, now = signed_in(app, "xem"), ctx.now()
    for n in range(1, 8):
        registry.add_device(ctx, f"noi-{n}", NEIGHBOUR, "button", f"Hộp {n}")
    wanted = DeviceMessages(ctx).revisions(registry.devices(reading(ctx), NEIGHBOUR))

    def says(n: int, **health: object) -> None:
        Feeder(ctx, f"noi-{n}", NEIGHBOUR).says("ready", now, outbox=0, **health)

    before = states_now(reading(ctx), now)["alert"]
    says(1, revision=wanted["noi-1"], refused=None, battery=80)
    says(2, revision="", refused=None)
    says(3, revision="cu", refused={"revision": wanted["noi-3"], "code": "other-device"})
    says(4, revision="cu", refused={"revision": None, "code": "lạ"}, stuck=[1, 4, "x", 99], full=True)
    says(5, safe=True)
    says(6, version="1.0", refused="x", stuck="y", full="z", safe=1, revision=["a"])
    says(7, battery=12)
    page = words(client.get("/thiet-bi").text)
    assert "cấu hình mới nhất pin 80 %" in page
    assert page.count("chưa nhận cấu hình mới") == 1
    assert page.count("từ chối cấu hình mới –") == 0
    assert "Từ chối cấu hình mới: cấu hình ghi tên máy khác. Có thể hai máy dùng chung một mã máy" in page
    assert "máy nêu một lý do mà máy chủ không biết" in page
    assert "kẹt nút 1, 4, bộ nhớ đầy" in page
    assert "Nút 1, 4 bị kẹt" in page and "đang không nhận thêm lượt" in page
    assert "chế độ an toàn" in page and "Pin sắp hết, xin thay pin." in page
    assert "5 cảnh báo" not in page and "4 cảnh báo" in page
    assert states_now(reading(ctx), now)["alert"] - before == 4
    assert attention(reading(ctx), NEIGHBOUR, now) >= 4
    overview = words(client.get("/").text)
    assert "Hộp 3 báo cần kiểm tra Từ chối cấu hình mới: cấu hình ghi tên máy khác" in overview
    one = words(client.get("/thiet-bi/noi-2").text)
    assert "Chưa nhận bản mới Máy đang dùng bản có sẵn khi xuất xưởng." in one
    assert "Máy vẫn chạy bằng bản dùng được gần nhất." in words(client.get("/thiet-bi/noi-3?lang=vi").text)
    english = words(client.get("/thiet-bi/noi-4?lang=en").text)
    assert "Button 1, 4 is stuck" in english
    # Taken since: nobody is needed any more.
    says(3, revision=wanted["noi-3"], refused=None)
    assert states_now(reading(ctx), now)["alert"] - before == 3


def test_all_is_well_only_where_it_was_heard(tmp_path: Path) -> None:
    ctx = make_context(tmp_path)
    add_school(ctx)
    page = signed_in(create_app(ctx))

    def said() -> str:
        return words(page.get("/thiet-bi").text)

    registry.add_device(ctx, "qr-1", SCHOOL, "qr", "Mã QR")
    assert "Trường chưa có máy nào" in said() and "Bấm “Thêm thiết bị”" in said(), "a code says nothing"
    assert "báo lỗi" not in said()
    for number in (1, 2):
        registry.add_device(ctx, f"kiosk-{number}", SCHOOL, "kiosk", f"Kiosk {number}")
    kiosks = [Feeder(ctx, f"kiosk-{number}") for number in (1, 2)]
    kiosks[0].says("ready", ctx.now())
    assert "báo lỗi" not in said(), "one has never spoken"
    kiosks[1].says("disconnected", ctx.now())
    assert "1 máy đang liên lạc đúng hạn, không máy nào báo lỗi. 1 máy đã tắt" in said()
    kiosks[1].says("ready", ctx.now())
    assert "2 máy đang liên lạc đúng hạn, không máy nào báo lỗi." in said()
    ctx.now.ms += 24 * HOUR  # type: ignore[attr-defined]
    page = signed_in(create_app(ctx))
    assert "báo lỗi" not in said(), "heard too long ago"
    ctx.store.close()


def test_no_code_in_any_log(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    _, _, page = send(client, "/thiet-bi/moi", kind="kiosk", label="Kiosk kín", id="")
    code = code_on(page)
    client.post("/thiet-bi/kiosk-kin/ma/tep", data={"csrf_token": csrf(page), "code": code})
    out, err = capfd.readouterr()
    assert code not in out + err
    assert code.replace("-", "").lower() not in (out + err).lower()


def test_before_there_is_a_door_over_tls(tmp_path: Path) -> None:
    plain = make_context(tmp_path, host="192.168.1.20")
    add_school(plain)
    client = signed_in(create_app(plain))
    assert "Máy chủ chưa có cửa an toàn cho máy mới." in words(client.get("/thiet-bi/moi").text)
    _, _, page = send(client, "/thiet-bi/moi", kind="kiosk", label="Kiosk", id="")
    assert "hailong tls make" in page and "hailong-enrol.toml" not in page
    token = csrf(client.get("/thiet-bi/kiosk").text)
    answer = client.post("/thiet-bi/kiosk/ma/tep", data={"csrf_token": token, "code": code_on(page)})
    assert answer.status_code == 400
    assert msgspec.json.encode(claims.open_claim(reading(plain), "kiosk"))
    plain.store.close()
