"""The pages about left-out answers: what they tell, what they never tell, who may do what; the command."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.reports.reporting.quality import statements
from server.services.access import people
from server.services.context import Context
from server.services.dashboard.overview import revision
from server.services.devices import registry
from server.services.misuse import labels
from server.services.misuse.review import review, waiting
from server.services.reporting.gather import gather
from server.services.schools import hours
from server.wiring.pages import create_app
from tests.support.commands import hailong, run_hailong
from tests.support.misuse_school import (
    DEPUTY,
    MORNING,
    TODAY,
    a_day_of_everything,
    fresh,
    reviewed,
    stream,
)
from tests.support.pages import csrf, signed_in
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, add_school

BURST = "/khong-tinh/luot?may=kiosk&ngay=2026-05-27&vi=burst"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = fresh(tmp_path / "data")
    with closing(context.store):
        yield context


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Context]:
    context = reviewed(tmp_path / "full")
    with closing(context.store):
        yield context


@pytest.fixture
def app(full: Context) -> Flask:
    return create_app(full)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return signed_in(app)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_rate_without_and_with_them_and_every_reason(client: FlaskClient) -> None:
    page = words(client.get("/khong-tinh").text)
    assert "báo cáo 123 72,4 %" in page
    assert "so sánh 153 58,2 %" in page
    for told in ("20 Bấm dồn", "4 Trả lời quá nhanh", "6 Ngoài giờ", "0 Thử máy", "0 Chương trình tự điền"):
        assert told in page, told
    assert "11 lượt trong 36 giây 10:00 27/05/2026 Kiosk sảnh B Bấm dồn" in page
    assert "ngoài khoảng 05:30 đến 19:30" in page


def test_the_way_there_from_the_overview_and_the_data(client: FlaskClient) -> None:
    for address in ("/", "/so-lieu"):
        assert 'href="/khong-tinh?ky=2026-H1"' in client.get(address).text
    data = words(client.get("/so-lieu").text)
    assert "Theo kênh" in data
    assert "Điện thoại n = 71" in data
    assert "Nút bấm 1 ẩn" in data
    assert "Kiosk 51 ẩn" in data, "or the one of the button would follow"
    assert "Kiosk sảnh B 51 ẩn" in data, "nor may it follow from the same kiosk among the devices"
    assert "Phiếu cắt ở quầy số 2 n = 40" in data
    assert data.count("Nút bấm văn thư: n = 1") == 1


def test_nothing_left_out(ctx: Context) -> None:
    page = words(signed_in(create_app(ctx)).get("/khong-tinh").text)
    assert "Chưa có lượt đánh giá nào trong kỳ này" in page
    assert "Trong kỳ này lượt nào cũng được tính" in page
    assert "Từng đợt" not in page


def test_a_handful_is_not_told_by_the_difference(ctx: Context) -> None:
    stream(ctx, "kiosk", MORNING, [60_000], [5] * 20)
    stream(ctx, "nut", MORNING, [500], [1] * 5, channel="button", took_ms=None)
    review(ctx)
    page = words(signed_in(create_app(ctx)).get("/khong-tinh").text)
    assert "so sánh 25 ẩn" in page
    assert "Số lượt không tính ít hơn 5" in page


def test_single_answers_say_nothing_of_what_was_chosen(client: FlaskClient, full: Context) -> None:
    """Were all the other way about, praise for blame, the page would be the same to the letter."""

    def seen() -> str:
        html = client.get(BURST).text + client.get("/khong-tinh/luot?may=kiosk&ngay=2026-05-27").text
        return re.sub(r'name="csrf_token" value="[^"]*"', "", html)

    before = seen()
    assert before.count('name="luot"') == 11 + 70
    assert "10:00:03" in before
    assert "0,4 giây" in before
    with full.write() as work:
        work.connection.execute("UPDATE answers SET level = 6 - level")
        work.connection.execute("UPDATE answers SET answers = '{\"rating\":' || level || '}'")
    assert seen() == before


def test_answers_are_returned_and_left_out_by_hand(client: FlaskClient, full: Context) -> None:
    page = client.get(BURST).text
    numbers = re.findall(r'name="luot" value="(\d+)"', page)
    form = {"csrf_token": csrf(page), "thay": "0", "hien": ",".join(numbers), "nhan": "counted"}
    done = client.post(BURST, data={**form, "pham-vi": "chon", "luot": numbers[:2]}, follow_redirects=True)
    assert "Đã đổi nhãn 2 lượt" in done.text
    assert done.text.count('name="luot"') == 9
    rest = {
        **form,
        "pham-vi": "ca",
        "hien": ",".join(numbers[2:]),
        "nhan": "other",
        "ly-do": "Ngày hội trường",
    }
    done = client.post(BURST, data=rest, follow_redirects=True)
    assert "Đã đổi nhãn 9 lượt" in done.text
    assert "Không có lượt nào" in done.text
    front = words(client.get("/khong-tinh").text)
    assert f"{LOGIN} bỏ không tính 9 lượt: lý do khác" in front
    assert "“Ngày hội trường”" in front
    assert "trước đó không tính: Bấm dồn" in front
    assert "Trường đã tính lại 2 lượt và bỏ không tính 9 lượt" in front
    day = words(client.get("/khong-tinh/luot?may=kiosk&ngay=2026-05-27").text)
    assert "Được tính do người đổi" in day
    assert len(labels.history(reading(full), SCHOOL)) == 2


def test_what_is_refused_keeps_what_was_chosen(client: FlaskClient) -> None:
    page = client.get(BURST).text
    numbers = re.findall(r'name="luot" value="(\d+)"', page)
    form = {"csrf_token": csrf(page), "thay": "0", "pham-vi": "chon", "hien": ",".join(numbers)}
    nothing = client.post(BURST, data={**form, "nhan": "test"})
    assert nothing.status_code == 422
    assert "Chưa chọn lượt nào" in nothing.text
    unsaid = client.post(BURST, data={**form, "nhan": "other", "luot": numbers[:1]})
    assert unsaid.status_code == 422
    assert "Xin ghi lý do" in unsaid.text
    assert f'value="{numbers[0]}" id="luot-{numbers[0]}" checked' in unsaid.text
    client.post(BURST, data={**form, "nhan": "test", "luot": numbers[:1]})
    late = client.post(BURST, data={**form, "nhan": "counted", "luot": numbers[:2]})
    assert late.status_code == 409
    assert "Một người khác vừa đổi nhãn" in late.text


def test_hours_are_set_and_refused(client: FlaskClient, full: Context) -> None:
    page = client.get("/khong-tinh").text
    form = {"csrf_token": csrf(page), "ky": "2026-H1"}
    wrong = client.post("/khong-tinh/gio", data={**form, "mo": "18:00", "dong": "<b>6"})
    assert wrong.status_code == 422
    assert "Xin ghi giờ mở cửa trước giờ đóng cửa" in wrong.text
    assert 'value="18:00"' in wrong.text
    assert "<b>6" not in wrong.text
    open_hours = {**form, "mo": "06:00", "dong": "22:30"}
    done = client.post("/khong-tinh/gio", data=open_hours, follow_redirects=True)
    assert "Các lượt của năm nay đang được xét lại theo giờ này" in words(done.text)
    assert "còn 5 ngày của các máy" in words(done.text)
    assert str(hours(reading(full), SCHOOL)) == "06:00-22:30"
    review(full)
    assert "6 Bấm dồn" not in words(client.get("/khong-tinh").text)
    assert "0 Ngoài giờ" in words(client.get("/khong-tinh").text)


def test_who_may_do_what(app: Flask, full: Context) -> None:
    for role in ("staff", "technician", "office"):
        people.add_user(full, role, role, SCHOOL, PASSWORD)
        client = signed_in(app, role)
        page = client.get("/khong-tinh")
        assert page.status_code == 200
        single = client.get(BURST)
        assert 'name="luot"' not in single.text
        token = csrf(page.text)
        assert client.post(BURST, data={"csrf_token": token, "nhan": "test"}).status_code == 403
        may_set = client.post("/khong-tinh/gio", data={"csrf_token": token, "mo": "06:00", "dong": "20:00"})
        assert may_set.status_code == (303 if role == "technician" else 403)


def test_odd_addresses(client: FlaskClient, full: Context) -> None:
    add_school(full, "khac", "Trường Khác")
    registry.add_device(full, "xa", "khac", "kiosk")
    for address, status in (
        ("/khong-tinh/luot", 422), ("/khong-tinh/luot?may=kiosk&ngay=hom-qua", 422),
        ("/khong-tinh/luot?may=khong-co&ngay=2026-05-27", 404),
        ("/khong-tinh/luot?may=xa&ngay=2026-05-27", 404),
        ("/khong-tinh/luot?may=kiosk&ngay=2026-05-27&tu=1e9&den=<b>&trang=-1", 200),
        ("/khong-tinh/luot?may=kiosk&ngay=2026-05-27&vi=%27;drop", 200),
        ("/khong-tinh?trang=9999999999999999999&ky=2026", 200), ("/khong-tinh?ky=x", 422),
    ):  # fmt: skip
        assert client.get(address).status_code == status, address


def test_many_episodes_go_over_pages(ctx: Context) -> None:
    stream(ctx, "kiosk", MORNING, [400_000], [5] * 70, took_ms=100, procedure="hoc-ba")
    review(ctx)
    client = signed_in(create_app(ctx))
    first, second = client.get("/khong-tinh").text, client.get("/khong-tinh?trang=2").text
    assert "Trang 1 / 2" in words(first)
    assert (first.count(">1 lượt<"), second.count(">1 lượt<")) == (50, 20)


def test_the_command(ctx: Context) -> None:
    a_day_of_everything(ctx)
    data = str(ctx.store.path.parent)

    def told(*arguments: str) -> dict[str, Any]:
        return hailong("misuse", *arguments, "--json", "--data", data)  # type: ignore[no-any-return]

    assert told("review") == {"days_of_devices": 5}
    shown = told("list", SCHOOL, "--period", "2026")
    assert shown["reasons"] == {"too-fast": 4, "out-of-hours": 6, "burst": 20}
    assert len(shown["episodes"]) == 5
    single = told("list", SCHOOL, "--device", "nut", "--day", "2026-05-27")
    numbers = [str(one["n"]) for one in single["answers"]]
    assert len(numbers) == 10
    assert not re.search(r"level|rating", json.dumps(single))
    assert told("label", *numbers[:3], "--by", LOGIN, "--as", "test") == {"labelled": 3, "label": "test"}
    assert told("hours", SCHOOL) == {"school": SCHOOL, "hours": "05:30-19:30", "waiting": 0}
    assert told("hours", SCHOOL, "00:00-24:00")["waiting"] == 5
    assert told("review", "--school", SCHOOL, "--from", "2026-05-01") == {"days_of_devices": 5}
    assert waiting(reading(ctx), SCHOOL) == 0
    lines = hailong("misuse", "list", SCHOOL, "--period", "2026", "--data", data)
    assert "test          3" in lines
    assert "burst         23" in lines
    for arguments, sentence in (
        (("hours", SCHOOL, "9-5"), "05:30-19:30"), (("list", "khong-co"), "no school"),
        (("label", numbers[0], "--by", "ai", "--as", "test"), "no account"),
        (("label", numbers[0], "--by", LOGIN, "--as", "burst"), "no label"),
        (("review", "--from", "2026-05-01"), "--school"),
        (("list", SCHOOL, "--device", "nut", "--day", "mai"), "mai"),
    ):  # fmt: skip
        refused = run_hailong("misuse", *arguments, "--data", data)
        assert refused.returncode == 1
        assert sentence in refused.stderr


def test_the_report_says_what_was_left_out(ctx: Context) -> None:
    def told() -> str:
        facts = gather(reading(ctx), SCHOOL, "ha-long", "2026-H1", TODAY)
        [line] = [line for line in statements(facts, 1) if "Loại trừ" in line]
        return line.replace("\N{NO-BREAK SPACE}", " ")

    stream(ctx, "kiosk", MORNING, [60_000], [5] * 20)
    review(ctx)
    assert told() == "- Loại trừ: không có lượt nào bị loại vì bấm dồn hoặc sử dụng sai."
    a_day_of_everything(ctx)
    review(ctx)
    assert told() == (
        "- Loại trừ: 30 lượt bị loại vì có dấu hiệu bấm dồn hoặc sử dụng sai (4 lượt trả lời quá nhanh, "
        "6 lượt ngoài giờ, 20 lượt bấm dồn), không tính vào các tỷ lệ; việc loại trừ chỉ xét thời điểm và "
        "tốc độ trả lời, không xét mức hài lòng. Nếu tính cả các lượt này, tỷ lệ hài lòng là 63,0 % trên "
        "173 lượt."
    )
    numbers = [
        row["event"] for row in ctx.store.connection.execute("SELECT event FROM answers WHERE device = 'nut'")
    ]
    labels.label(ctx, DEPUTY, numbers, "counted")
    labels.label(ctx, DEPUTY, [1, 2], "test")
    assert told().endswith(
        " (4 lượt trả lời quá nhanh, 6 lượt ngoài giờ, 11 lượt bấm dồn, 2 lượt thử máy), không tính vào các "
        "tỷ lệ; việc loại trừ chỉ xét thời điểm và tốc độ trả lời, không xét mức hài lòng. Nếu tính cả các "
        "lượt này, tỷ lệ hài lòng là 63,0 % trên 173 lượt. Sau khi xem lại, nhà trường đã trả 9 lượt vào số "
        "được tính, loại thêm 2 lượt."
    )


def test_the_overview_moves_when_the_rules_and_people_have_spoken(ctx: Context) -> None:
    stream(ctx, "nut", MORNING, [500], [1] * 6, channel="button", took_ms=None)
    marks = [revision(reading(ctx), SCHOOL)]
    review(ctx)
    marks.append(revision(reading(ctx), SCHOOL))
    labels.label(ctx, DEPUTY, [1], "test")
    marks.append(revision(reading(ctx), SCHOOL))
    assert len(set(marks)) == 3
    review(ctx)
    assert revision(reading(ctx), SCHOOL) == marks[-1]
