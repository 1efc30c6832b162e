"""The schema as numbered steps. Each is atomic together with the record that it was applied.

A step that has landed is never edited: what changes is a new step.
Times are integers, milliseconds since 1970 in UTC; days are `YYYY-MM-DD` in Asia/Ho_Chi_Minh.
"""

import os
import sqlite3
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from survey_defs.complaint import SALT_BYTES

migrations = Migrations("hailong")


_SCHEMA = Path(__file__).parent / "schema"


@migrations(name="0001_first_store")
def _first_store(db: Database) -> None:
    _run(db, "0001_first_store.sql")


@migrations(name="0002_complaints")
def _complaints(db: Database) -> None:
    _run(db, "0002_complaints.sql")
    db.table("installation").insert({"key": "code_salt", "value": os.urandom(SALT_BYTES)})


@migrations(name="0003_phone_survey")
def _phone_survey(db: Database) -> None:
    _run(db, "0003_phone_survey.sql")


@migrations(name="0004_devices_enrol")
def _devices_enrol(db: Database) -> None:
    _run(db, "0004_devices_enrol.sql")


@migrations(name="0005_journal_owners")
def _journal_owners(db: Database) -> None:
    _run(db, "0005_journal_owners.sql")


@migrations(name="0006_server_clock")
def _server_clock(db: Database) -> None:
    _run(db, "0006_server_clock.sql")


@migrations(name="0007_presence")
def _presence(db: Database) -> None:
    _run(db, "0007_presence.sql")


@migrations(name="0008_public_tokens")
def _public_tokens(db: Database) -> None:
    _run(db, "0008_public_tokens.sql")


@migrations(name="0011_journals_heard")
def _journals_heard(db: Database) -> None:
    _run(db, "0011_journals_heard.sql")


@migrations(name="0012_two_persons")
def _two_persons(db: Database) -> None:
    _run(db, "0012_two_persons.sql")


@migrations(name="0013_keys_vouch")
def _keys_vouch(db: Database) -> None:
    _run(db, "0013_keys_vouch.sql")


@migrations(name="0014_letter_bounds")
def _letter_bounds(db: Database) -> None:
    _run(db, "0014_letter_bounds.sql")


@migrations(name="0015_claim_runs")
def _claim_runs(db: Database) -> None:
    _run(db, "0015_claim_runs.sql")


@migrations(name="0016_sessions")
def _sessions(db: Database) -> None:
    _run(db, "0016_sessions.sql")


@migrations(name="0017_waiting_rooms")
def _waiting_rooms(db: Database) -> None:
    _run(db, "0017_waiting_rooms.sql")


def _run(db: Database, name: str) -> None:
    """Each statement by itself: sqlite3's own `executescript` would commit the transaction first."""
    statement = ""
    for line in (_SCHEMA / name).read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
    if statement.strip():
        raise ValueError(f"{name} ends in the middle of a statement")
