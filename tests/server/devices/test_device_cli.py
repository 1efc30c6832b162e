"""`hailong device`: claim codes, moves, names and settings from scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from server.cli.device import device
from server.services.context import Context
from server.services.devices import registry
from survey_defs import claim
from tests.support.claiming import let_in
from tests.support.seed import SCHOOL, add_school, make_context


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = make_context(tmp_path)
    add_school(context)
    add_school(context, "khac", "Trường THCS Khác")
    yield context
    context.store.close()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """One store for all that changes nothing."""
    context = make_context(tmp_path_factory.mktemp("refused"))
    add_school(context)
    for id, kind in (("kiosk-1", "kiosk"), ("nut-1", "button"), ("qr-1", "qr")):
        registry.add_device(context, id, SCHOOL, kind, id)
    yield context
    context.store.close()


def run(ctx: Context, *args: str, status: int = 0) -> str:
    result = CliRunner().invoke(device, [*args, "--data", ctx.settings.data])
    assert result.exit_code == status, result.output
    return result.output


def told(ctx: Context, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(ctx, *args, "--json"))
    return found


def test_a_device_comes_in_with_the_code_that_the_command_shows(ctx: Context) -> None:
    made = told(ctx, "add", "kiosk-1", "--school", SCHOOL, "--kind", "kiosk", "--label", "Kiosk 1", "--claim")
    assert set(made) == {"device", "school", "claim", "expires", "server"}
    assert (made["device"], made["school"], made["server"]) == ("kiosk-1", SCHOOL, "")
    shown = told(ctx, "show", "kiosk-1")
    assert shown["claim"] == {"school": SCHOOL, "expires": made["expires"]}
    assert made["claim"] not in json.dumps(shown)
    moved = told(ctx, "move", "kiosk-1", "--school", "khac", "--label", "Kiosk bên ấy")
    assert (moved["school"], told(ctx, "show", "kiosk-1")["school"]) == ("khac", SCHOOL)
    code = claim.read_code(moved["claim"])
    assert code is not None
    # The command's code counts from the real clock, long after the one that stands still here.
    assert let_in(ctx, code)["school"] == "khac"
    after = told(ctx, "show", "kiosk-1")
    assert (after["school"], after["label"], after["claim"]) == ("khac", "Kiosk bên ấy", None)
    again = run(ctx, "claim", "kiosk-1")
    assert "hailong tls make" in again and "shown this once" in again


def test_settings_and_names(ctx: Context) -> None:
    registry.add_device(ctx, "kiosk-1", SCHOOL, "kiosk")
    registry.add_device(ctx, "nut-1", SCHOOL, "button")
    made = told(
        ctx, "set", "kiosk-1", "--languages", "en,vi", "--brightness", "60", "--volume", "5",
        "--welcome", "Kính chào", "--welcome", "en=Welcome", "--thanks", "vi=Hẹn gặp lại",
    )  # fmt: skip
    assert made == {
        "device": "kiosk-1", "languages": ["en", "vi"], "brightness": 60, "volume": 5, "procedures": [],
        "texts": {"welcome": {"vi": "Kính chào", "en": "Welcome"}, "thanks": {"vi": "Hẹn gặp lại"}},
    }  # fmt: skip
    assert told(ctx, "set", "nut-1", "--procedures", "hoc-ba, ban-sao")["procedures"] == ["hoc-ba", "ban-sao"]
    assert told(ctx, "set", "nut-1", "--procedures", "")["procedures"] == []
    assert told(ctx, "rename", "nut-1", "--label", "Hộp thư viện")["label"] == "Hộp thư viện"
    shown = told(ctx, "show", "kiosk-1")
    assert shown["settings"]["brightness"] == 60
    assert (shown["state"], shown["config"], shown["revision"]) == ("never", "unknown", None)
    assert len(shown["wanted"]) == 16
    assert "languages en vi" in run(ctx, "show", "kiosk-1")
    registry.add_device(ctx, "qr-1", SCHOOL, "qr", "Mã")
    assert told(ctx, "show", "qr-1")["settings"] is None


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("set", "kiosk-1", "--brightness", "5"), "from 10 to 100"),
        (("set", "kiosk-1", "--languages", "fr"), "at least one language"),
        (("set", "nut-1", "--procedures", "a,b,c,d,e"), "at most 4"),
        (("set", "nut-1", "--welcome", "Chào"), "no screen"),
        (("show", "khong-co"), "There is no device 'khong-co'"),
        (("claim", "qr-1"), "it needs no claim code"),
        (("add", "qr-2", "--school", SCHOOL, "--kind", "qr", "--claim"), "it needs no claim code"),
        (("move", "kiosk-1", "--school", "dau"), "There is no school 'dau'"),
        (("rename", "kiosk-1", "--label", ""), "a name of 1 to 60 letters"),
        (("arrived", "--school", SCHOOL, "--times"), "--times is for --json"),
    ],
    ids=str,
)
def test_what_is_refused_in_one_line(refusing: Context, args: Any, said: str) -> None:
    output = run(refusing, *args, status=1)
    assert said in output and output.count("\n") == 1
