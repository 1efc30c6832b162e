"""A server whose clock goes wrong: what it takes, leaves open, puts right afterwards, and never does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.domain.figures.periods import parse_period
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.reports.reporting.quality import statements
from server.services.access.accounts import find_account
from server.services.access.address_counter import WINDOW_MS
from server.services.access.sessions import WHOLE_MS
from server.services.answers.ingest import Delivery, Ingest
from server.services.cases import actions
from server.services.context import Context
from server.services.devices import claims, registry
from server.services.keys.open_keys import OpenKeys
from server.services.keys.vault import IDLE_MS
from server.services.phone import complaint_form, survey_form
from server.services.phone.complaint_form import Written
from server.services.phone.form_tokens import Forms
from server.services.privacy import requests, retention_sweep
from server.services.reporting.gather import gather
from server.services.sender import follow
from server.services.sender.lookup_gate import Gate
from server.services.upkeep.clock_settling import settle
from server.services.upkeep.doctor import examine
from server.settings import Settings
from server.wiring.contexts import build
from server.wiring.pages import create_app
from survey_defs import claim
from tests.support.claiming import Comer, let_in
from tests.support.clock import DAY_MS, HOUR_MS, MINUTE_MS, Machine
from tests.support.device import batch, event
from tests.support.pages import signed_in
from tests.support.phone import DESK, phone_school
from tests.support.reading import reading
from tests.support.seed import LOGIN, NOW, SCHOOL, Clock

DEVICE = "kiosk-quay-1"
SECRET = b"s" * 32


class Site:
    """A server on a machine whose clock the test holds; `start` starts the program, as after a restart."""

    def __init__(self, data: Path) -> None:
        ctx = phone_school(data, Clock())
        registry.add_device(ctx, DEVICE, SCHOOL, "kiosk")
        ctx.store.close()
        self.data, self.machine = data, Machine(NOW + HOUR_MS)
        self.ctx: Context
        self.seq = 0
        self.start()

    def start(self) -> None:
        if hasattr(self, "ctx"):
            self.ctx.store.close()
        self.ctx = build(Settings(data=str(self.data)), read=self.machine.read)
        self.ingest = Ingest(self.ctx)
        self.look()

    def look(self) -> None:
        """What the keeper of the clock does every other second."""
        standing = self.ctx.clock.keep()
        assert standing is not None
        settle(self.ctx, standing)

    def send(self, *events: dict[str, Any], **envelope: Any) -> dict[str, Any]:
        """A batch of the kiosk that arrives now: its receipt."""
        payload = batch(*events, **envelope)
        (out,) = self.ingest.take([Delivery(SCHOOL, DEVICE, payload, self.ctx.now())])
        return json.loads(out.payload)

    def rate(self, booted_at: int, boot: str = "b1") -> int:
        """Somebody touches a face at this moment; answers the true moment."""
        self.seq += 1
        up = self.machine.true - booted_at
        receipt = self.send(event(self.seq, boot=boot, up_ms=up), boot=boot, up_ms=up)
        assert len(receipt["accepted"]) == 1
        return self.machine.true

    def times(self) -> list[tuple[int, str]]:
        rows = self.ctx.store.connection.execute("SELECT occurred_at, quality FROM events ORDER BY n")
        return [(row[0], row[1]) for row in rows]

    def write(self, text: str = "Chờ lâu quá.") -> complaint_form.Opened:
        """A complaint from a phone."""
        forms, gate = Forms(SECRET), Gate()
        token = forms.give(DESK, "", 0, self.ctx.now())
        written = Written(DESK, token, "vi", ("cho-lau",), text)
        return complaint_form.take_complaint(self.ctx, forms, gate.turn, written)

    def answer(self) -> None:
        """A phone's answer."""
        forms = Forms(SECRET)
        view = survey_form.view(reading(self.ctx), DESK)
        token = view.form(forms, self.ctx.now())
        survey_form.take_answer(self.ctx, forms, survey_form.Sent(DESK, "", token, "vi", {"rating": 5}, None))

    def cases(self) -> list[tuple[int, int, str]]:
        rows = self.ctx.store.connection.execute("SELECT year, number, received_on FROM cases ORDER BY n")
        return [tuple(row) for row in rows]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "data")
    yield site
    with closing(site.ctx.store):
        findings = examine(reading(site.ctx))
        assert all(finding.sound for finding in findings), findings


def test_restarted_three_days_behind_for_one_greeting(site: Site) -> None:
    booted = site.machine.true
    site.machine.go(10 * MINUTE_MS)
    true = [site.rate(booted)]
    site.machine.go(MINUTE_MS)
    site.machine.off = -3 * DAY_MS
    site.start()
    receipt = site.send(up_ms=site.machine.true - booted)
    assert receipt["time"] is None
    assert site.times() == [(true[0], "anchored")]
    true.append(site.rate(booted))
    assert site.times()[1][1] == "unknown"
    site.machine.off = 0
    site.machine.go(MINUTE_MS)
    site.start()
    true.append(site.rate(booted))
    assert site.times() == [(at, "anchored") for at in true]
    assert site.send(up_ms=site.machine.true - booted)["time"] is not None


def test_a_box_met_for_the_first_time_in_doubt_has_its_true_times_afterwards(site: Site) -> None:
    site.machine.reboot(2 * DAY_MS)
    site.machine.off = -730 * DAY_MS
    site.start()
    assert site.ctx.clock.doubt == "behind"
    booted = site.machine.true
    site.machine.go(5 * MINUTE_MS)
    first = site.rate(booted)
    assert site.times() == [(site.ctx.now(), "unknown")]
    site.machine.go(HOUR_MS)
    site.machine.off = 0  # somebody has set it, or NTP has
    site.look()
    assert site.ctx.clock.doubt == ""
    assert site.times() == [(first, "anchored")]
    second = site.rate(booted)
    assert site.times() == [(first, "anchored"), (second, "anchored")]


def test_a_machine_started_anew_in_doubt_bounds_what_it_cannot_know(site: Site) -> None:
    site.machine.reboot(HOUR_MS)
    site.machine.off = -730 * DAY_MS
    site.start()
    booted = site.machine.true
    true = site.rate(booted)
    site.answer()
    site.machine.go(MINUTE_MS)
    site.machine.reboot(HOUR_MS)
    site.machine.off = 0
    site.start()
    assert [quality for _, quality in site.times()] == ["unknown", "unknown"]
    site.send(up_ms=site.machine.true - booted)  # the box still runs: its boot says when it was
    assert site.times()[0] == (true, "anchored")
    assert site.times()[1][1] == "unknown"


def test_a_boot_of_two_doubts_has_its_times_though_the_first_cannot_be_measured(site: Site) -> None:
    booted = site.machine.true
    true = [site.rate(booted, "early")]
    site.machine.reboot(HOUR_MS)
    site.machine.off = -730 * DAY_MS
    site.start()
    site.machine.go(7 * HOUR_MS)
    true.append(site.rate(booted, "lost"))  # this boot of the kiosk is heard in the first doubt alone
    true.append(site.rate(booted))
    site.machine.go(HOUR_MS)
    site.machine.reboot(HOUR_MS)
    site.start()
    site.machine.go(5 * HOUR_MS)
    true.append(site.rate(booted))
    site.machine.off = 0
    site.look()
    (first, lost, second, third) = site.times()
    assert [first, second, third] == [(true[0], "anchored"), (true[2], "anchored"), (true[3], "anchored")]
    assert lost[1] == "bounded"
    (claim,) = site.ctx.store.connection.execute("SELECT uncertainty_ms FROM events WHERE boot = 'lost'")
    assert true[0] - MINUTE_MS <= lost[0] - claim[0] <= true[1] <= lost[0] + claim[0] <= true[2] + MINUTE_MS


def test_two_years_behind_a_phone_is_answered_honestly_and_numbered_later(site: Site) -> None:
    site.write()
    day = local_day(site.machine.true)
    site.machine.reboot(HOUR_MS)
    site.machine.off = -730 * DAY_MS
    site.start()
    site.answer()
    opened = site.write("Thầy cô không trả lời điện thoại.")
    assert opened.waits
    assert opened.due is None
    assert len(opened.code) == 16
    assert site.cases() == [(day.year, 1, day.isoformat())]
    with pytest.raises(Problem, match="arrived and are kept sealed"):
        follow.look(reading(site.ctx), opened.code)
    site.machine.go(MINUTE_MS)
    site.machine.off = 0
    site.look()
    assert site.cases() == [(day.year, 1, day.isoformat()), (day.year, 2, day.isoformat())]
    seen = follow.look(reading(site.ctx), opened.code)
    assert seen is not None
    assert (seen.number, seen.due is not None) == (f"2/{day.year}", True)
    assert site.times()[1] == (site.machine.true - MINUTE_MS, "synced")


def test_eleven_hundred_days_ahead_for_ten_seconds(site: Site) -> None:
    booted = site.machine.true
    true = [site.rate(booted)]
    site.machine.go(2 * DAY_MS)
    site.look()
    assert site.ctx.clock.may_erase
    site.machine.off = 1100 * DAY_MS
    true.append(site.rate(booted))
    assert local_day(site.ctx.now()) == local_day(site.machine.true)
    with pytest.raises(Problem, match="Nothing was deleted"):
        retention_sweep.sweep(site.ctx, local_day(site.machine.read().wall))
    site.look()
    site.machine.go(10_000)
    site.machine.off = 0
    site.look()
    true.append(site.rate(booted))
    assert site.times() == [(at, "anchored") for at in true]
    with pytest.raises(Problem, match="Nothing was deleted"):
        retention_sweep.sweep(site.ctx, local_day(site.machine.true))
    site.machine.go(DAY_MS)
    retention_sweep.sweep(site.ctx, local_day(site.machine.true))


def test_a_word_makes_the_other_time_the_true_one(site: Site) -> None:
    """The clock was two days behind, unseen, and somebody set it."""
    booted = site.machine.true
    site.machine.off = 2 * DAY_MS
    site.rate(booted)
    assert site.times()[0][1] == "unknown"
    standing = site.ctx.clock.confirm()
    assert standing is not None
    settle(site.ctx, standing)
    assert site.times() == [(site.machine.true + 2 * DAY_MS, "anchored")]


def test_ntp_that_comes_late_puts_the_first_minutes_right(site: Site) -> None:
    """A machine without a battery for its clock: it starts where it ended, half a day ago."""
    site.machine.reboot(12 * HOUR_MS)
    site.machine.off = -12 * HOUR_MS
    site.start()
    booted = site.machine.true - HOUR_MS
    site.machine.go(MINUTE_MS)
    true = [site.rate(booted)]
    site.answer()
    assert site.times()[0] == (true[0] - 12 * HOUR_MS, "anchored")
    site.machine.go(MINUTE_MS)
    site.machine.off, site.machine.synced = 0, True
    site.look()
    assert site.times() == [(true[0], "anchored"), (true[0], "synced")]
    true.append(site.rate(booted))
    assert site.times()[2] == (true[1], "anchored")


def test_two_processes_put_a_late_start_right_once(site: Site) -> None:
    site.machine.reboot(HOUR_MS)
    site.machine.off = -HOUR_MS
    site.start()
    other = build(Settings(data=str(site.data)), read=site.machine.read)
    booted = site.machine.true
    site.machine.go(10 * MINUTE_MS)
    true = site.rate(booted)
    site.machine.off, site.machine.synced = 0, True
    other.now()
    site.ctx.now()
    site.look()
    standing = other.clock.keep()
    assert standing is not None
    settle(other, standing)
    other.store.close()
    assert site.times() == [(true, "anchored")]


def test_a_summer_without_ntp_waits_for_a_word_and_with_it_goes_on(site: Site) -> None:
    site.machine.reboot(70 * DAY_MS)
    site.start()
    assert site.ctx.clock.doubt == "ahead"
    booted = site.machine.true
    true = site.rate(booted)
    site.machine.synced = True
    site.look()
    assert (site.ctx.clock.doubt, site.ctx.clock.held) == ("", False)
    assert site.times() == [(true, "anchored")]


def test_nothing_gets_a_date_in_doubt_and_all_goes_on_after(site: Site) -> None:
    site.write()
    account = find_account(reading(site.ctx), LOGIN)
    assert account is not None
    actor = actions.actor_of(reading(site.ctx), account)
    site.machine.off = -2 * HOUR_MS
    ref = "2026-1"
    view = actions.find(reading(site.ctx), actor, ref, local_day(site.ctx.now()))
    for act in (
        lambda: actions.act(site.ctx, actor, ref, "receive", view.version, {}, None),
        lambda: actions.walk_in(site.ctx, actor, actions.WalkIn(text="Đến hỏi.")),
        lambda: requests.take_down(site.ctx, actor, "see", ref),
    ):
        with pytest.raises(Problem, match="clock looks wrong"):
            act()
    site.machine.off = 0
    site.look()
    assert actions.act(site.ctx, actor, ref, "receive", view.version, {}, None).version == view.version + 1


@pytest.mark.parametrize("off", [-730 * DAY_MS, 100 * DAY_MS], ids=["behind", "ahead"])
@pytest.mark.parametrize("again", [False, True], ids=["it runs on", "it is started anew meanwhile"])
def test_a_claim_code_made_in_doubt_lasts_for_its_day(site: Site, off: int, again: bool) -> None:
    """By the running time where it goes on; else from the moment on at which the clock is right."""
    site.machine.reboot(5 * DAY_MS)
    site.machine.off = off
    site.start()
    assert site.ctx.clock.doubt
    made = claims.make(site.ctx, DEVICE)
    site.machine.go(10 * HOUR_MS)
    assert claims.open_claim(reading(site.ctx), DEVICE)
    if again:
        site.machine.reboot(HOUR_MS)
        site.start()
        assert site.ctx.clock.doubt
    site.machine.off = 0
    site.machine.synced = True
    site.look()
    assert not site.ctx.clock.doubt
    left = 24 if again else 14
    waiting = claims.open_claim(reading(site.ctx), DEVICE)
    assert waiting is not None
    assert abs(waiting.expires_at - site.machine.true - left * HOUR_MS) < MINUTE_MS
    site.machine.go(left * HOUR_MS - MINUTE_MS)
    assert claims.open_claim(reading(site.ctx), DEVICE)
    site.machine.go(2 * MINUTE_MS)
    assert claims.open_claim(reading(site.ctx), DEVICE) is None
    with pytest.raises(Problem, match="more than a day old"):
        let_in(site.ctx, made.code)


def test_a_claim_code_made_before_ntp_set_the_clock_lasts_for_its_day(site: Site) -> None:
    """A machine without a battery for its clock starts where it ended."""
    site.machine.reboot(2 * DAY_MS)
    site.machine.off = -2 * DAY_MS
    site.start()
    assert not site.ctx.clock.doubt
    claims.make(site.ctx, DEVICE)
    site.machine.go(HOUR_MS)
    site.machine.off = 0
    site.machine.synced = True
    site.look()
    waiting = claims.open_claim(reading(site.ctx), DEVICE)
    assert waiting is not None
    assert abs(waiting.expires_at - site.machine.true - 23 * HOUR_MS) < MINUTE_MS


def test_old_claim_keys_stay_until_the_clock_is_vouched_for(site: Site) -> None:
    claims.make(site.ctx, DEVICE)
    site.machine.off = 9 * DAY_MS
    claims.make(site.ctx, DEVICE)
    left = site.ctx.store.connection.execute("SELECT COUNT(name), COUNT(secret) FROM claims").fetchone()
    assert tuple(left) == (2, 1), "a newer code ends the secret of the one before at once"


def test_pages_say_so_and_nobody_is_locked_out(site: Site) -> None:
    app = create_app(site.ctx)
    before = signed_in(app)
    assert "Đồng hồ máy chủ" not in before.get("/").text
    site.machine.reboot(HOUR_MS)
    site.machine.off = -150 * DAY_MS
    site.start()
    app = create_app(site.ctx)
    client = signed_in(app)
    (cookie,) = [value for name, value in client.post("/dang-nhap", data={}).headers if name == "none"] or [
        ""
    ]
    assert cookie == ""
    for path in ("/", "/phan-anh", "/thiet-bi", "/bao-cao"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert "Đồng hồ máy chủ có vẻ chậm" in page.text, path
    health = client.get("/healthz")
    assert (health.status_code, health.text) == (200, "ok\nclock: behind\n")
    assert "hailong_clock_in_doubt 1.0" in client.get("/metrics").text


def test_a_report_made_in_doubt_says_so(site: Site) -> None:
    def said() -> str:
        today = local_day(site.ctx.now())
        facts = gather(reading(site.ctx), SCHOOL, "ha-long", parse_period("2026-H1"), today)
        return "\n".join(statements(facts, None))

    assert "đồng hồ máy chủ" not in said()
    site.machine.off = -HOUR_MS
    site.write()
    assert "đồng hồ máy chủ có vẻ sai" in said()
    assert "1\N{NO-BREAK SPACE}phản ánh mới nhận còn chờ vào số" in said()


def button_of(page: str) -> dict[str, str]:
    """The fields of the button that takes a person's word."""
    form = re.search(r'action="/dong-ho">(.*?)</form>', page, re.DOTALL)
    assert form
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[1]))


def test_a_session_outlives_a_jump_and_a_button_takes_the_word(site: Site) -> None:
    app = create_app(site.ctx)
    app.config["WTF_CSRF_ENABLED"] = False
    client = signed_in(app)
    site.machine.off = 2 * DAY_MS
    page = client.get("/")
    assert page.status_code == 200
    assert "Đồng hồ máy chủ vừa nhảy" in page.text
    site.machine.go(HOUR_MS)
    fields = button_of(client.get("/thiet-bi").text)
    site.machine.off = 40 * DAY_MS  # somebody sets it once more, meanwhile
    moved = client.post("/dong-ho", data=fields)
    assert (moved.status_code, site.ctx.clock.doubt) == (409, "jumped")
    assert "đã đổi giờ" in moved.text
    assert button_of(moved.text)["tiep"] == "/thiet-bi"
    assert client.post("/dong-ho", data={"tiep": "/"}).status_code == 409, "a button without its time"
    site.machine.off = 2 * DAY_MS
    fields = button_of(client.get("/thiet-bi").text)
    site.machine.go(HOUR_MS)
    done = client.post("/dong-ho", data=fields)
    assert (done.status_code, done.headers["Location"]) == (303, "/thiet-bi")
    assert site.ctx.clock.doubt == ""
    assert client.get("/").status_code == 200, "whoever said so is not sent out by their own word"
    for _ in range(9):
        site.machine.go(HOUR_MS)
        assert client.get("/").status_code == 200
    site.machine.go(HOUR_MS - 1)
    assert client.get("/").status_code == 200
    site.machine.go(1)
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("away", [HOUR_MS, WHOLE_MS + HOUR_MS])
def test_a_new_start_of_the_machine_ends_no_session_before_its_time(site: Site, away: int) -> None:
    client = signed_in(create_app(site.ctx))
    cookie = client.get_cookie("hailong")
    assert cookie is not None
    site.machine.reboot(away)
    site.start()
    later = create_app(site.ctx).test_client()
    later.set_cookie("hailong", cookie.value)
    assert (later.get("/").status_code == 200) is (away == HOUR_MS)


def test_a_jump_locks_nobody_out_and_opens_no_limit(site: Site) -> None:
    """Neither that of wrong passwords, nor those of codes that are looked up and of devices' claims."""
    app = create_app(site.ctx)
    app.config["WTF_CSRF_ENABLED"] = False

    def statuses() -> list[int]:
        client = app.test_client()
        return [
            client.post("/dang-nhap", data={"login": LOGIN, "password": "sai"}).status_code,
            client.post("/tra-cuu", data={"code": "1"}).status_code,
            client.post("/api/1/enrol", data=refused).status_code,
        ]

    refused = Comer("a" * claim.LENGTH).hello()
    free = statuses()
    assert 429 not in free
    for _ in range(30):
        statuses()
    for off in (3 * DAY_MS, 20 * MINUTE_MS, -20 * MINUTE_MS, -3 * DAY_MS):
        for synced in (False, True):
            site.machine.off, site.machine.synced = off, synced
            site.look()
            assert statuses() == [429, 429, 429], ("a jump opens nothing", off, synced)
    site.machine.go(WINDOW_MS)
    assert statuses() == free, "and keeps nobody out for longer"


def test_a_jump_neither_shuts_opened_keys_nor_keeps_them_open(site: Site) -> None:
    app = create_app(site.ctx)
    vault, nobodys = app.extensions["hailong.unlocking"].vault, OpenKeys(LOGIN, ())
    with app.app_context():
        app.extensions["hailong.unlocking"].put("place", nobodys)
        for off in (HOUR_MS, -HOUR_MS):
            site.machine.off = off
            assert vault.peek("place", site.ctx.running()) is nobodys
        site.machine.go(IDLE_MS)
        assert vault.peek("place", site.ctx.running()) is None


def test_a_cookie_names_no_end_that_a_browser_would_judge_by_its_own_clock(site: Site) -> None:
    app = create_app(site.ctx)
    app.config["WTF_CSRF_ENABLED"] = False
    fields = {"login": LOGIN, "password": "mat-khau-de-thu"}
    for off in (0, -730 * DAY_MS):
        site.machine.off = off
        cookies = app.test_client().post("/dang-nhap", data=fields).headers.getlist("Set-Cookie")
        (cookie,) = [each for each in cookies if each.startswith("hailong=")]
        assert "Expires=" not in cookie and "Max-Age=" not in cookie
