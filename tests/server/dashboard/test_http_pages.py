"""What the pages say: figures, empty states, what is hidden, what is refused, and what a page costs."""

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from server.services import schools
from server.services.context import Context
from server.services.devices import registry
from server.services.keys import custody
from server.wiring.pages import create_app
from survey_defs.presence import BOX_HEALTH_S
from survey_defs.texts import load_texts
from tests.support.pages import signed_in, words
from tests.support.seed import (
    HOUR,
    LOGIN,
    NOW,
    SCHOOL,
    Clock,
    Feeder,
    add_school,
    add_trouble,
    day_ms,
    make_context,
    sample_school,
)
from tests.support.statements import statements

TEXTS = load_texts(Path(__file__).parents[3] / "server" / "texts", rooms=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = make_context(tmp_path, clock)
    add_school(context)
    registry.add_device(context, "kiosk-1", SCHOOL, "kiosk", "Kiosk quầy")
    yield context
    context.store.close()


@pytest.fixture
def client(ctx: Context) -> FlaskClient:
    return signed_in(create_app(ctx))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = sample_school(tmp_path_factory.mktemp("full"))
    add_trouble(context)
    yield context
    context.store.close()


@pytest.fixture(scope="module")
def full_client(full: Context) -> FlaskClient:
    return signed_in(create_app(full))


def test_all_languages_say_the_same_things() -> None:
    assert TEXTS.gaps() == []
    assert set(TEXTS.languages) >= {"vi", "en"}


def test_every_text_is_used() -> None:
    root = Path(__file__).parents[3] / "server"
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("templates", "transport/http")
        for path in (root / folder).rglob("*")
        if path.suffix in (".html", ".py")
    )
    # Texts that are chosen by a value are called by the beginning of their name: t("act.sure-" ~ action).
    begun = re.findall(r"""["']([a-z][\w-]*\.[\w.-]*)["'] ~|f["']([a-z][\w-]*\.[\w.-]*)\{""", sources)
    beginnings = tuple({one or other for one, other in begun})
    assert "act.sure-" in beginnings
    called = set(re.findall(r"""["']([a-z][\w-]*\.[\w.-]+)["']""", sources))
    assert {key for key in TEXTS.keys("vi") if not key.startswith(beginnings)} - called == set()


def test_the_figure_of_the_mock_up(ctx: Context, client: FlaskClient) -> None:
    feeder = Feeder(ctx, "kiosk-1")
    levels = [1] * 10 + [2] * 22 + [3] * 49 + [4] * 375 + [5] * 612
    feeder.rate(*levels, at=day_ms(2026, 3, 10))
    page = words(client.get("/").text)
    assert "Tỷ lệ hài lòng, 6 tháng đầu năm 2026" in page
    assert "92,4 %" in page
    assert "Khoảng tin cậy 95 %: từ 90,7 đến 93,9 %" in page
    assert "n = 1.068 lượt" in page
    assert (
        "Cứ 100 lượt đánh giá thì có 92 lượt hài lòng. Tính cả sai số, tỷ lệ vẫn trên mục tiêu 90 %." in page
    )
    assert "Đạt mục tiêu" in page
    for told in ("10 0,9 %", "22 2,1 %", "49 4,6 %", "375 35,1 %", "612 57,3 %"):
        assert told in page
    assert "Chưa so với cùng kỳ năm trước: số liệu bắt đầu từ" in page
    assert "Nhận 1.068, tính 1.068" in page


def test_a_year_before(ctx: Context, client: FlaskClient) -> None:
    feeder = Feeder(ctx, "kiosk-1")
    feeder.rate(*[5] * 48, *[1] * 32, at=day_ms(2025, 4, 1))
    feeder.rate(*[4] * 56, *[2] * 14, at=day_ms(2026, 4, 2))
    # After 28 May 2025: outside the same days of that year.
    feeder.rate(*[1] * 500, at=day_ms(2025, 6, 20))
    page = words(client.get("/").text)
    assert "Tăng 20,0 điểm phần trăm so với cùng kỳ năm trước (60,0 %, n = 80)." in page
    assert "từ +5,2 đến +33,4 điểm; khó có thể do ngẫu nhiên" in page
    assert "Dưới mục tiêu" in page
    whole = words(client.get("/?ky=2025").text)
    assert "8,3 %" in whole
    assert "Tỷ lệ hài lòng, năm 2025" in whole


def test_nothing_at_all(tmp_path: Path) -> None:
    context = make_context(tmp_path / "empty")
    add_school(context)
    client = signed_in(create_app(context))
    for lang, expected in (
        (
            "vi",
            (
                "Chưa có lượt đánh giá nào trong kỳ này",
                "Trường chưa có máy nào",
                "Không có tin nào bị từ chối",
            ),
        ),
        ("en", ("No ratings in this period yet", "The school has no devices yet", "No message was refused")),
    ):
        for address, sentence in zip(("/", "/thiet-bi", "/so-lieu"), expected, strict=True):
            assert sentence in words(client.get(f"{address}?lang={lang}").text)
    assert client.get("/bao-cao").status_code == 200


def test_too_few_to_tell(ctx: Context, client: FlaskClient) -> None:
    Feeder(ctx, "kiosk-1").rate(1, 5, 5, 5)
    page = client.get("/").text
    assert "Chưa đủ lượt để nêu tỷ lệ" in words(page)
    assert "Mới có 4 lượt" in words(page)
    assert "75,0" not in page
    assert "25,0" not in page
    Feeder(ctx, "kiosk-1").rate(5)
    assert "80,0 %" in words(client.get("/").text)


def test_no_sentence_without_its_evidence(ctx: Context, client: FlaskClient) -> None:
    """Seen: one month with n = 5 was "within the usual limits"; nor is there a heading over nothing."""
    feeder = Feeder(ctx, "kiosk-1")
    feeder.rate(5, 4, 5, at=day_ms(2026, 5, 4), procedure="hoc-ba")
    feeder.rate(5, 2, at=day_ms(2026, 5, 4), procedure="ban-sao")
    page = client.get("/").text
    told = words(page)
    assert "Trong 5 lượt đánh giá có 4 lượt hài lòng." in told and "Cứ 100" not in told
    assert "giới hạn thường thấy" not in told
    assert "Chưa đủ dữ liệu để vẽ: cần ít nhất 2 tháng có từ 5 lượt, hiện có 1 tháng" in told
    assert "Chưa đủ dữ liệu để nêu theo thủ tục" in told and "gộp lại" not in told
    assert '<svg class="chart trend' not in page and '<ul class="bars">' not in page
    data = client.get("/so-lieu").text
    assert "Chưa đủ dữ liệu để nêu tỷ lệ theo nhóm" not in words(data), (
        "one channel, one kiosk: both are told"
    )
    for month in (1, 2, 3, 4):
        feeder.rate(*[5] * 19, 1, at=day_ms(2026, month, 4))
    told = words(client.get("/").text)
    assert "cần ít nhất 6 tháng, mỗi tháng từ 20 lượt; hiện có 4" in told
    assert "trung bình 5 tháng có nêu tỷ lệ" in told and "3 sigma" not in told
    for month in (11, 12):
        feeder.rate(*[5] * 19, 1, at=day_ms(2025, month, 4))
    told = words(client.get("/").text)
    assert "6 tháng có từ 20 lượt trở lên đều lên xuống trong giới hạn thường thấy" in told
    assert "Vùng nhạt: giới hạn kiểm soát 3 sigma." in told


def test_reasons_of_which_none_is_told_have_no_empty_list(ctx: Context, client: FlaskClient) -> None:
    feeder = Feeder(ctx, "kiosk-1")
    for reason in ("thoi-gian", "thai-do", "giay-to", "di-lai", "huong-dan"):
        feeder.send([feeder.event(NOW, {"rating": 1, "reasons": [reason]})])
    page = client.get("/").text
    assert "Chưa đủ dữ liệu để nêu số: chưa lý do nào được từ 5 lượt nêu" in words(page)
    assert '<ul class="counts">' not in page and 'id="table-reasons"' not in page


def test_where_nothing_was_sent_nothing_is_called_complete(ctx: Context, client: FlaskClient) -> None:
    assert "Chưa có thiết bị nào gửi dữ liệu" in words(client.get("/").text)
    Feeder(ctx, "kiosk-1").rate(5)
    assert "Không thiếu số thứ tự nào" in words(client.get("/").text)


def test_small_groups_stay_hidden_wherever_they_could_show(ctx: Context, client: FlaskClient) -> None:
    feeder = Feeder(ctx, "kiosk-1")
    feeder.rate(*[5] * 60, *[3] * 20, procedure="hoc-ba")
    feeder.rate(1, 1, 1, 2, procedure="chuyen-truong")
    feeder.rate(4, 4, 4, 4, 5, 2, procedure="ban-sao")
    feeder.send([feeder.event(NOW, {"rating": 1, "reasons": ["nhung-nhieu"]}, procedure="hoc-ba")])
    feeder.send(
        [feeder.event(NOW, {"rating": 2, "reasons": ["thoi-gian"]}, procedure="hoc-ba") for _ in range(5)]
    )
    page = words(client.get("/").text)
    # One small group alone would follow from the others: the next smallest goes with it, as one bar.
    assert "2 thủ tục ít người, gộp lại n = 10" in page
    assert "Chuyển trường 4 ẩn" in page
    assert "Bản sao từ sổ gốc 6 ẩn" in page
    assert "Chờ lâu 5" in page
    assert "Bị nhũng nhiễu 1" not in page
    assert "Bị nhũng nhiễu dưới 5" in page
    assert "Nhóm dưới 5 lượt" in words(client.get("/so-lieu").text)


def test_a_month_hidden_among_twelve_does_not_follow_from_the_period(
    ctx: Context, client: FlaskClient
) -> None:
    feeder = Feeder(ctx, "kiosk-1")
    # Two hidden months over twelve, but one alone inside the half-year that the figure tells.
    feeder.rate(1, 1, 5, at=day_ms(2025, 9, 2))
    feeder.rate(1, 5, 5, at=day_ms(2026, 1, 6))
    for month, count in ((2, 30), (3, 40), (4, 50)):
        feeder.rate(*[5] * count, 1, at=day_ms(2026, month, 3))
    page = words(client.get("/").text)
    assert "1/2026 3 ẩn" in page
    assert "2/2026 31 ẩn" in page
    assert "3/2026 41 97,6 %" in page


def test_unknown_procedures_are_shown_as_unknown(full_client: FlaskClient) -> None:
    page = words(full_client.get("/").text)
    assert "Ngoài danh mục: thu-tuc-la n = 5" in page
    assert "Không nêu thủ tục" in page


def test_what_needs_someone(full_client: FlaskClient) -> None:
    page = words(full_client.get("/").text)
    assert "Kiosk Sảnh B mất tín hiệu từ 07:52 Đã 2 giờ 13 phút · 3 lượt còn trong máy" in page
    assert "Báo cáo sơ kết 6 tháng, hạn trước 03/06 Còn 5 ngày · gửi Phòng GD&ĐT" in page
    assert "Nút bấm thư viện báo cần kiểm tra" in page
    assert "Kiosk phòng hội đồng chưa từng liên lạc" in page
    assert "Thiếu 2 số thứ tự Kiosk Sảnh B" in page
    assert "4 tin bị từ chối trong 7 ngày qua" in page


def test_nothing_to_do(ctx: Context, client: FlaskClient, clock: Clock) -> None:
    clock.ms = day_ms(2026, 8, 5)
    Feeder(ctx, "kiosk-1").rate(5)
    page = words(signed_in(create_app(ctx)).get("/").text)
    # That there is no key yet is said, but it is due on no day.
    assert "Hôm nay không có việc đến hạn Nhà trường chưa có khóa" in page
    custody.make_key(ctx, SCHOOL, "complaints", LOGIN, "hoa phượng nở đỏ sân trường")
    page = words(signed_in(create_app(ctx)).get("/").text)
    assert "Hôm nay không có việc đến hạn" in page
    assert "chưa có khóa" not in page


def test_devices(full_client: FlaskClient) -> None:
    page = words(full_client.get("/thiet-bi").text)
    assert "1 mất tín hiệu" in page
    assert "Mất tín hiệu Kiosk Sảnh B kiosk-sanh-b 07:52 2 giờ 13 phút trước 3 thiếu 3\u2060–\u20604" in page
    assert "Cảnh báo Nút bấm thư viện" in page
    assert "pin 18 %" in page
    assert "Ngủ theo giờ Nút bấm văn thư" in page
    assert "51 °C, còn trống 24,5 GB" in page
    assert "trang điện thoại, không cần thiết bị" in page
    assert "đọc tên kiosk-sanh-b" in page


def test_a_device_that_claims_to_be_awake_is_silent_after_a_while(
    ctx: Context, client: FlaskClient, clock: Clock
) -> None:
    Feeder(ctx, "kiosk-1").says("ready", NOW, outbox=2)
    assert "Sẵn sàng Kiosk quầy" in words(client.get("/thiet-bi").text)
    clock.ms += 11 * 60_000
    assert "Mất tín hiệu Kiosk quầy" in words(client.get("/thiet-bi").text)
    assert "Kiosk quầy mất tín hiệu từ 10:05" in words(client.get("/").text)


def test_an_idle_box_is_there_all_morning_and_a_sleeping_one_not_for_ever(
    ctx: Context, client: FlaskClient, clock: Clock
) -> None:
    for kind in ("mains", "battery"):
        registry.add_device(ctx, f"box-{kind}", "mau", "button", f"Hộp {kind}")
    mains, battery = Feeder(ctx, "box-mains"), Feeder(ctx, "box-battery")
    mains.says("ready", clock.ms, outbox=0)
    battery.says("sleeping", clock.ms, outbox=0, on_battery=True)
    for _ in range(3 * 3600 // BOX_HEALTH_S):
        clock.ms += BOX_HEALTH_S * 1000
        mains.says("ready", clock.ms, outbox=0)
        assert "Sẵn sàng Hộp mains" in words(client.get("/thiet-bi").text)
    page = words(client.get("/thiet-bi").text)
    assert "Ngủ theo giờ Hộp battery" in page
    clock.ms += 200 * 86_400_000
    client = signed_in(client.application, LOGIN)
    page = words(client.get("/thiet-bi").text)
    assert "Mất tín hiệu Hộp battery" in page and "Mất tín hiệu Hộp mains" in page


def test_refused_messages_are_shown_harmless(full_client: FlaskClient) -> None:
    html = full_client.get("/so-lieu").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "\x1b" not in html
    page = words(html)
    assert "Không đọc được bad-batch" in page
    assert "Câu trả lời không hợp lệ bad-answer" in page
    assert "Không biết phiếu khảo sát này unknown-survey" in page
    assert "Số thứ tự chưa về (Kiosk Sảnh B) 2" in page


def test_sample_data_say_so_on_every_page(
    full: Context, full_client: FlaskClient, client: FlaskClient
) -> None:
    for address in ("/", "/thiet-bi", "/so-lieu", "/bao-cao", "/khong-co"):
        assert "Dữ liệu mẫu" in full_client.get(address).text
    assert "Dữ liệu mẫu" in create_app(full).test_client().get("/dang-nhap").text
    assert "Dữ liệu mẫu" not in client.get("/").text


def test_the_report_can_be_taken_away(full_client: FlaskClient, tmp_path: Path) -> None:
    assert "/bao-cao/2026-H1.docx?regime=ha-long" in full_client.get("/bao-cao").text
    response = full_client.get("/bao-cao/2026-H1.docx?regime=ha-long")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="bao-cao-ha-long-2026-H1.docx"'
    (tmp_path / "report.docx").write_bytes(response.data)
    with ZipFile(tmp_path / "report.docx") as archive:
        assert "BÁO CÁO" in archive.read("word/document.xml").decode()
    assert full_client.get("/bao-cao/hom-nay.docx").status_code == 422
    assert full_client.get("/bao-cao/2026-H1.docx?regime=khong-co").status_code == 404


def test_news_come_only_when_there_are_some(ctx: Context, client: FlaskClient) -> None:
    Feeder(ctx, "kiosk-1").rate(*[5] * 9)
    found = re.search(r'data-news="([^"]+)" data-revision="([^"]+)"', client.get("/").text)
    assert found
    address = f"{found[1]}&rev={found[2]}"
    assert client.get(address).status_code == 204
    Feeder(ctx, "kiosk-1").rate(1)
    news = client.get(address)
    assert news.status_code == 200
    assert "n = 10 lượt" in words(news.text)


def test_another_schools_answers_are_no_news(ctx: Context, client: FlaskClient) -> None:
    """Neither do they make the question dearer."""
    Feeder(ctx, "kiosk-1").rate(*[5] * 9)
    found = re.search(r'data-news="([^"]+)" data-revision="([^"]+)"', client.get("/").text)
    assert found
    address = f"{found[1]}&rev={found[2]}"
    with statements(ctx.store) as alone:
        assert client.get(address).status_code == 204
    schools.add_school(ctx, "khac", "Trường Khác")
    registry.add_device(ctx, "kiosk-khac", "khac", "kiosk", "Kiosk khác")
    Feeder(ctx, "kiosk-khac", "khac").rate(1, 2, 3)
    with statements(ctx.store) as beside:
        assert client.get(address).status_code == 204
    assert len(beside) == len(alone)
    assert not [each for each in beside if re.search(r"\b(FROM|JOIN)\s+(events|answers)\b", each)]
    of_school = next(each for each in beside if "quality_cells" in each)
    plan = ctx.store.connection.execute(f"EXPLAIN QUERY PLAN {of_school}").fetchall()
    assert any("SEARCH quality_cells USING PRIMARY KEY (school=?)" in row["detail"] for row in plan)


@pytest.mark.parametrize("change", ["state", "refused", "minute", "language"])
def test_what_else_is_news(ctx: Context, client: FlaskClient, clock: Clock, change: str) -> None:
    feeder = Feeder(ctx, "kiosk-1")
    feeder.says("ready", NOW)
    found = re.search(r'data-revision="([^"]+)"', client.get("/").text)
    assert found
    if change == "state":
        feeder.says("alert", NOW)
    elif change == "refused":
        feeder.raw(b"rubbish")
    elif change == "minute":
        clock.ms += 60_000
    else:
        client.get("/?lang=en")
    assert client.get(f"/tong-quan/moi?rev={found[1]}").status_code == 200


def test_a_page_never_reads_the_raw_rows(full: Context, full_client: FlaskClient) -> None:
    """What a page costs must not grow with the answers: no statement may walk through them."""
    with statements(full.store) as found:
        for address in ("/", "/thiet-bi", "/so-lieu", "/bao-cao", "/metrics", "/tong-quan/moi"):
            assert full_client.get(address).status_code == 200
    raw = {statement for statement in found if re.search(r"\b(FROM|JOIN)\s+(events|answers)\b", statement)}
    assert raw == set()


def test_health_and_metrics(full: Context, full_client: FlaskClient) -> None:
    app = create_app(full)
    anybody = app.test_client()
    assert (anybody.get("/healthz").status_code, anybody.get("/healthz").text) == (200, "ok")
    app.config["READY"] = lambda: False
    assert anybody.get("/healthz").status_code == 503
    app.config["READY"] = lambda: True
    assert anybody.get("/healthz").status_code == 200
    metrics = anybody.get("/metrics")
    assert metrics.mimetype == "text/plain"
    lines = metrics.text.splitlines()
    stored = full.store.connection.execute("SELECT COUNT(*) FROM answers").fetchone()[0]
    assert f"hailong_answers_stored_total {float(stored)}" in lines
    assert "hailong_dead_letters 4.0" in lines
    assert "hailong_sequence_holes 2.0" in lines
    assert 'hailong_devices{state="lost"} 1.0' in lines
    for secret in ("kiosk", "mau", "Trường", "pho-hieu-truong", "127.0.0.1"):
        assert secret not in metrics.text


def test_a_withdrawn_device_is_kept_while_it_counts(ctx: Context, client: FlaskClient) -> None:
    Feeder(ctx, "kiosk-1").rate(5, at=NOW - 2 * HOUR)
    registry.retire_device(ctx, "kiosk-1")
    page = words(client.get("/thiet-bi").text)
    assert "Đã ngừng dùng" in page
    assert "mất tín hiệu" not in words(client.get("/").text)
