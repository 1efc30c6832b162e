"""Every old schema, with rows in it, becomes the newest one and keeps them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from server.services.devices import claims, points
from server.services.upkeep.doctor import examine
from server.settings import Settings
from server.storage.database import step_names
from server.storage.migrations import migrations
from server.wiring import contexts
from tests.support.reading import reading

_ENTRY = {"case_n": 1, "actor": "lan", "reason": None, "data": "{}", "visible": 1}
_COMPLAINTS: dict[str, list[dict[str, Any]]] = {
    "installation": [{"key": "kept", "value": b"x"}],
    "seal_keys": [
        {
            "id": "62f791979587739a",
            "school": "mau",
            "room": "complaints",
            "public": b"p" * 32,
            "created_at": 1,
            "retired_at": None,
        }
    ],
    "key_holders": [
        {
            "key": "62f791979587739a",
            "holder": "lan",
            "salt": b"s" * 16,
            "operations": 3,
            "memory": 1 << 25,
            "box": b"box",
            "granted_at": 1,
            "granted_by": "lan",
        }
    ],
    "key_log": [{"n": 1, "key": "62f791979587739a", "at": 1, "actor": "lan", "act": "made", "holder": "lan"}],
    "cases": [
        {
            "n": 1,
            "id": "c1",
            "school": "mau",
            "year": 2026,
            "number": 14,
            "room": "complaints",
            "kind": "pakn",
            "status": "received",
            "version": 2,
            "channel": "kiosk",
            "device": "k1",
            "lang": "vi",
            "procedure": "hoc-ba",
            "about": '["cho-lau"]',
            "assignee": None,
            "summary": "",
            "search": "2026-14 cho lau",
            "petition_number": None,
            "petition_date": None,
            "against_principal": 0,
            "occurred_at": 5,
            "received_at": 6,
            "received_on": "2026-05-29",
            "closed_at": None,
            "satisfied": None,
            "code_hash": "ab",
            "erased_at": None,
        }
    ],
    "case_entries": [
        {**_ENTRY, "seq": 1, "at": 6, "action": "open", "from_status": "", "to_status": "new"},
        {**_ENTRY, "seq": 2, "at": 7, "action": "receive", "from_status": "new", "to_status": "received"},
    ],
    "sealed_texts": [{"n": 1, "case_n": 1, "seq": 1, "audience": "desk", "box": b"sealed"}],
    "readings": [{"n": 1, "case_n": 1, "reception": None, "at": 8, "actor": "lan", "what": "page"}],
    "case_clocks": [
        {
            "case_n": 1,
            "rule": "citizen_reception.answer",
            "variant": "",
            "started_on": "2026-05-29",
            "stopped_on": None,
        }
    ],
    "calendar_days": [
        {
            "school": "",
            "day": "2026-06-06",
            "worked": 1,
            "name": "Làm bù",
            "changed_by": "lan",
            "changed_at": 1,
        }
    ],
    "receptions": [
        {
            "n": 1,
            "school": "mau",
            "case_n": 1,
            "day": "2026-05-29",
            "people": 2,
            "again": 0,
            "by_principal": 1,
            "settled_by": "",
            "within": 1,
            "guidance": "",
            "taken_by": "",
            "note": "",
            "box": b"who",
            "actor": "lan",
            "at": 6,
        }
    ],
    "privacy_requests": [
        {
            "n": 1,
            "school": "mau",
            "case_n": 1,
            "kind": "see",
            "asked_on": "2026-05-29",
            "asked_at": 6,
            "actor": "sender",
            "state": "open",
            "reason": None,
            "box": None,
            "answered_at": None,
            "answered_by": None,
        }
    ],
    "answer_templates": [
        {"school": "mau", "id": "t1", "name": "Cảm ơn", "body": "…", "changed_by": "lan", "changed_at": 1}
    ],
}

# For each step, rows as a store of that version held them. A new step adds its rows here.
ROWS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "0001_first_store": {
        "schools": [
            {
                "slug": "mau",
                "name": "Trường THCS Mẫu",
                "parent": None,
                "abbreviation": "THCSM",
                "superior": "",
                "recipient": "Phòng GD&ĐT",
                "place": "",
                "signer": "",
                "goal": 0.9,
                "sample": 0,
                "created_at": 1,
            }
        ],
        "devices": [
            {
                "id": "k1",
                "school": "mau",
                "kind": "kiosk",
                "label": "k1",
                "password_hash": "$7$",
                "created_at": 1,
                "retired_at": None,
            }
        ],
        "users": [
            {
                "login": "lan",
                "school": "mau",
                "role": "staff",
                "password_hash": "x",
                "created_at": 1,
                "disabled_at": None,
            }
        ],
        "tokens": [{"hash": "h", "school": "mau", "label": "", "created_at": 1, "revoked_at": None}],
        "procedures": [
            {
                "school": "mau",
                "slug": "hoc-ba",
                "position": 0,
                "since": 1,
                "until": None,
                "body": '{"slug":"hoc-ba","name":{"vi":"Học bạ"},"short":{"vi":"Học bạ"}}',
            }
        ],
        "survey_versions": [
            {
                "survey": "old",
                "version": 1,
                "since": 1,
                "body": '{"id":"old","version":1,"title":{"vi":"Cũ"},"audiences":[],"questions":[]}',
            }
        ],
        "events": [
            {
                "n": 1,
                "id": "a",
                "digest": "d",
                "school": "mau",
                "device": "k1",
                "journal": "j1",
                "seq": 2,
                "type": "answer",
                "boot": "b1",
                "up_ms": 5,
                "wall": None,
                "synced": 0,
                "received_at": 1_780_000_000_000,
                "occurred_at": 1_780_000_000_000,
                "quality": "anchored",
                "uncertainty_ms": 5000,
            }
        ],
        "answers": [
            {
                "event": 1,
                "school": "mau",
                "device": "k1",
                "survey": "tthc",
                "version": 1,
                "channel": "kiosk",
                "lang": "vi",
                "procedure": "hoc-ba",
                "level": 4,
                "answers": '{"rating":4,"timeliness":"dung-hen"}',
                "took_ms": None,
                "day": "2026-05-29",
                "misuse": None,
            }
        ],
        "rate_cells": [
            {
                "school": "mau",
                "dimension": dimension,
                "day": "2026-05-29",
                "key": key,
                "misuse": 0,
                "n1": 0,
                "n2": 0,
                "n3": 0,
                "n4": 1,
                "n5": 0,
            }
            for dimension, key in (
                ("all", ""),
                ("procedure", "hoc-ba"),
                ("channel", "kiosk"),
                ("device", "k1"),
            )
        ],
        "choice_cells": [
            {
                "school": "mau",
                "survey": "tthc",
                "question": "timeliness",
                "day": "2026-05-29",
                "procedure": "hoc-ba",
                "choice": choice,
                "misuse": 0,
                "n": 1,
            }
            for choice in ("", "dung-hen")
        ],
        "quality_cells": [{"school": "mau", "day": "2026-05-29", "quality": "anchored", "n": 1}],
        "anchors": [{"device": "k1", "boot": "b1", "origin_ms": 1, "updated_at": 6}],
        "arrived": [{"journal": "j1", "lo": 1, "hi": 2, "school": "mau", "device": "k1"}],
        "dead_letters": [
            {
                "n": 1,
                "school": "mau",
                "device": "k1",
                "code": "bad-event",
                "event_id": None,
                "journal": "j1",
                "seq": 1,
                "payload": b"{}",
                "digest": "d",
                "times": 1,
                "first_at": 1,
                "last_at": 1,
            }
        ],
        "presence": [
            {
                "device": "k1",
                "school": "mau",
                "state": "ready",
                "session": "s",
                "changed_at": 1,
                "heard_at": None,
                "health": None,
            }
        ],
    },
}
ROWS["0002_complaints"] = ROWS["0001_first_store"] | _COMPLAINTS
_POINT = {**ROWS["0001_first_store"]["devices"][0], "id": "qr-1", "kind": "qr"}
ROWS["0003_phone_survey"] = ROWS["0002_complaints"] | {
    "schools": [{**ROWS["0001_first_store"]["schools"][0], "hours": "06:30-17:00"}],
    "devices": [*ROWS["0001_first_store"]["devices"], _POINT],
    "points": [
        {
            "id": "qr-1",
            "place": "desk",
            "audience": "phu-huynh",
            "survey": "tthc",
            "single_use": 1,
            "wifi": "",
        }
    ],
    "slips": [{"hash": "h", "point": "qr-1", "sheet": "s", "made_on": "2026-05-29", "used": 1}],
    "answers": [{**ROWS["0001_first_store"]["answers"][0], "signs": "", "label": "counted"}],
    "misuse_labels": [
        {
            "n": 1,
            "school": "mau",
            "event": 1,
            "before": "burst",
            "label": "counted",
            "note": "",
            "actor": "lan",
            "at": 7,
        }
    ],
    "misuse_due": [{"school": "mau", "device": "k1", "day": "2026-05-29"}],
}
ROWS["0004_devices_enrol"] = ROWS["0003_phone_survey"] | {
    "claims": [
        {
            "n": 1,
            "device": "k1",
            "school": "mau",
            "key": "00ff",
            "made_at": 1,
            "made_by": "lan",
            "expires_at": 2,
            "withdrawn_at": None,
            "used_at": None,
            "nonce": None,
            "came_from": None,
        }
    ],
    "device_settings": [
        {
            "device": "k1",
            "languages": "vi",
            "brightness": 80,
            "volume": 0,
            "procedures": "",
            "texts": "{}",
        }
    ],
}
ROWS["0005_journal_owners"] = ROWS["0004_devices_enrol"] | {
    "journals": [{"journal": "j1", "device": "k1"}, {"journal": "qr-1", "device": "qr-1"}],
}
ROWS["0006_server_clock"] = ROWS["0005_journal_owners"] | {
    "clock_doubts": [
        {"n": 1, "why": "behind", "boot": "b", "up_ms": 5, "at": 6, "ended_at": None, "shift_ms": None}
    ],
    "waiting_cases": [
        {
            "n": ROWS["0001_first_store"]["events"][0]["n"],
            "id": "c9",
            "school": "mau",
            "channel": "qr",
            "device": "qr-1",
            "lang": "vi",
            "procedure": None,
            "about": "[]",
            "code_hash": "cd",
            "box": b"sealed",
        }
    ],
}
ROWS["0007_presence"] = ROWS["0006_server_clock"] | {
    "presence": [
        {**ROWS["0001_first_store"]["presence"][0], "boots": "b1 5", "returns": 1, "returned_at": 1}
    ],
}
ROWS["0008_public_tokens"] = ROWS["0007_presence"] | {
    "tokens": [{**ROWS["0001_first_store"]["tokens"][0], "kind": "public"}],
    "quality_cells": [{**ROWS["0001_first_store"]["quality_cells"][0], "rated": 1}],
}
ROWS["0011_journals_heard"] = ROWS["0008_public_tokens"] | {
    "presence": [{**ROWS["0007_presence"]["presence"][0], "journals": "j1 5 b1"}],
}
ROWS["0012_two_persons"] = ROWS["0011_journals_heard"] | {
    "key_holders": [{**each, "relay": None} for each in ROWS["0011_journals_heard"]["key_holders"]],
    "cases": [{**each, "code_mark": None} for each in ROWS["0011_journals_heard"]["cases"]],
}
ROWS["0013_keys_vouch"] = ROWS["0012_two_persons"] | {
    "seal_keys": [{**_COMPLAINTS["seal_keys"][0], "vouched_by": None, "vouch": None}],
}
ROWS["0014_letter_bounds"] = ROWS["0013_keys_vouch"] | {
    "dead_letters": [{**ROWS["0001_first_store"]["dead_letters"][0], "size": 2}],
    "letter_counts": [
        {
            "device": "k1",
            "day": "2026-05-28",
            "code": "bad-batch",
            "school": "mau",
            "kept": 200,
            "kept_bytes": 2,
            "counted": 3,
            "counted_bytes": 6,
            "digest": "d",
            "last_at": 1,
        }
    ],
    "letter_numbers": [{"journal": "j1", "lo": 1, "hi": 2, "school": "mau", "device": "k1"}],
}
ROWS["0015_claim_runs"] = ROWS["0014_letter_bounds"] | {
    "claims": [
        {
            "n": 1,
            "device": "k1",
            "school": "mau",
            "made_at": 1,
            "made_by": "lan",
            "expires_at": 2,
            "withdrawn_at": None,
            "used_at": None,
            "came_from": None,
            "name": "k7p",
            "secret": "00ff",
            "wrong": 1,
            "shares": None,
            "proof": None,
            "answer": None,
        }
    ],
}
ROWS["0016_sessions"] = ROWS["0015_claim_runs"] | {
    "sessions": [
        {
            "hash": "ab" * 32,
            "login": "lan",
            "stamp": "0123456789abcdef",
            "machine": "Chrome, Windows",
            "made_at": 1,
            "seen_at": 2,
            "boot": "b1",
            "made_up": 1,
            "seen_up": 2,
        }
    ],
    "browsers": [{"hash": "cd" * 32, "login": "lan", "seen_at": 2}],
}
ROWS["0017_waiting_rooms"] = ROWS["0016_sessions"] | {
    "waiting_cases": [{**ROWS["0006_server_clock"]["waiting_cases"][0], "room": "about-principal"}]
}


TAKEN_AWAY = {"claims": ("key", "nonce", "withdrawn_at")}
"""What a later step erases or changes: a code of before is withdrawn, and what it left behind is gone."""


def store_of(version: str, data: Path) -> Path:
    """A store as a program of that version left it."""
    data.mkdir()
    path = data / "hailong.db"
    names = step_names()
    later = names[names.index(version) + 1 :]
    with closing(sqlite3.connect(path)) as connection:
        database = Database(connection)
        migrations.apply(database, stop_before=later)
        for table, rows in ROWS[version].items():
            database.table(table).insert_all(rows)
        connection.commit()
    return path


def test_every_version_has_its_rows() -> None:
    assert list(ROWS) == step_names()


@pytest.mark.parametrize("version", ROWS)
def test_every_table_of_a_version_has_rows(version: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(store_of(version, tmp_path / "data"))) as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert set(ROWS[version]) == {name for name in tables if not name.startswith(("sqlite_", "_sqlite"))}


@pytest.mark.parametrize("version", ROWS)
def test_an_old_store_becomes_the_newest_and_keeps_its_rows(version: str, tmp_path: Path) -> None:
    path = store_of(version, tmp_path / "data")
    settings = Settings(data=str(path.parent))
    had, taken = contexts.migrate(settings)
    assert had[-1] == version
    assert had + taken == step_names()
    ctx = contexts.build(settings)
    with closing(ctx.store):
        assert all(finding.sound for finding in examine(reading(ctx))), examine(reading(ctx))
        for table, rows in ROWS[version].items():
            kept = [dict(row) for row in ctx.store.connection.execute(f"SELECT * FROM {table}")]
            taken_away = TAKEN_AWAY.get(table, ())
            for row in rows:
                left = {name: value for name, value in row.items() if name not in taken_away}
                assert any(left.items() <= other.items() for other in kept), (table, row)


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store_of(step_names()[-1], tmp_path / "data")

    def breaks(db: Database) -> None:
        db.execute("CREATE TABLE half (x INTEGER)")
        raise RuntimeError("the power failed")

    monkeypatch.setattr(migrations, "_migrations", [*migrations._migrations])
    migrations(name="9999_breaks")(breaks)
    with pytest.raises(RuntimeError):
        contexts.migrate(Settings(data=str(path.parent)))
    with closing(sqlite3.connect(path)) as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall()
        assert not connection.execute(
            "SELECT 1 FROM _sqlite_migrations WHERE name = '9999_breaks'"
        ).fetchall()


def test_an_old_stores_tokens_are_live_and_its_times_are_told_apart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = store_of("0004_devices_enrol", data)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO events SELECT 2, 'e2', digest, school, device, journal, 3, type, boot, up_ms, wall,"
            " synced, received_at, occurred_at, quality, uncertainty_ms FROM events WHERE n = 1"
        )
        connection.execute(
            "INSERT INTO answers SELECT 2, school, device, 'sipas', version, channel, lang, NULL, NULL,"
            " '{\"q1\":4}', took_ms, day, misuse, signs, label FROM answers WHERE event = 1"
        )
        connection.execute("UPDATE quality_cells SET n = 2")
        connection.commit()
    ctx = contexts.build(Settings(data=str(data)))
    with closing(ctx.store):
        cells = ctx.store.connection.execute("SELECT quality, rated, n FROM quality_cells ORDER BY rated")
        assert [tuple(row) for row in cells] == [("anchored", 0, 1), ("anchored", 1, 1)]
        assert [row["kind"] for row in ctx.store.connection.execute("SELECT kind FROM tokens")] == ["live"]
        findings = {finding.check: finding.sound for finding in examine(reading(ctx))}
        assert findings["certainty of times"]


def test_claim_codes_of_before_end_and_leave_nothing_to_work_a_password_out_of(tmp_path: Path) -> None:
    path = store_of("0011_journals_heard", tmp_path / "data")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "UPDATE claims SET key = 'a-key-that-gives-passwords-away', expires_at = 9000000000000"
        )
        connection.commit()
    ctx = contexts.build(Settings(data=str(path.parent)))
    with closing(ctx.store):
        assert claims.open_claim(reading(ctx), "k1") is None
        [past] = claims.history(reading(ctx), "k1")
        assert (past.withdrawn_at, past.wrong) == (1, 0)
        ctx.store.flush()
        assert b"gives-passwords-away" not in path.read_bytes()


def test_codes_on_paper_become_points_of_a_desk(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = store_of("0002_complaints", data)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO devices SELECT 'qr-cu', school, 'qr', 'Mã cũ', password_hash, created_at, retired_at"
            " FROM devices WHERE id = 'k1'"
        )
        connection.commit()
    ctx = contexts.build(Settings(data=str(data)))
    try:
        point = points.find(reading(ctx), "qr-cu")
    finally:
        ctx.store.close()
    assert (point.place, point.audience, point.survey, point.single_use) == (
        "desk",
        "phu-huynh",
        "tthc",
        False,
    )


def test_a_journal_is_its_first_devices_and_a_points_the_servers(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = store_of("0004_devices_enrol", data)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO devices SELECT 'k9', school, kind, label, password_hash, created_at, retired_at"
            " FROM devices WHERE id = 'k1'"
        )
        event = "INSERT INTO events SELECT ?, ?, digest, school, ?, ?, ?, type, boot, up_ms, wall, synced,"
        event += " received_at, occurred_at, quality, uncertainty_ms FROM events WHERE n = 1"
        for n, device, journal, seq in (
            (21, "k1", "shared", 5),
            (22, "k9", "shared", 1),
            (23, "k9", "qr-1", 1000),
            (24, "gone", "nobody's", 1),
        ):
            connection.execute(event, (n, f"id-{n}", device, journal, seq))
        connection.execute("INSERT INTO arrived VALUES ('refused', 1, 3, 'mau', 'k9')")
        connection.execute("INSERT INTO arrived VALUES ('refused', 5, 6, 'mau', 'k1')")
        connection.commit()
    ctx = contexts.build(Settings(data=str(data)))
    with closing(ctx.store):
        found = dict(
            tuple(row) for row in ctx.store.connection.execute("SELECT journal, device FROM journals")
        )
    assert found == {"j1": "k1", "shared": "k1", "qr-1": "qr-1", "refused": "k9"}
