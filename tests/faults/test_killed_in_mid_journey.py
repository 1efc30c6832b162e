"""Broker, server and kiosk killed with -9 in mid-journey: nothing lost, nothing twice."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.journey.line import Line
from tests.support.waiting import wait_until


@pytest.mark.timeout(300)
@pytest.mark.parametrize("broker", ["mosquitto", "embedded"])
def test_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path, broker: str) -> None:
    with Line(tmp_path, broker) as line:
        expected = []

        def rate(procedure: str, level: int) -> None:
            line.rate(procedure, level)
            expected.append((procedure, level))

        def finish() -> None:
            line.kiosk.touch("next")
            line.kiosk.wait_for_screen("thanks")

        if line.mosquitto is not None:
            rate("hoc-ba", 4)
            line.mosquitto.kill9()
            finish()  # thanked for while there is no broker
            line.mosquitto.start()

        rate("tuyen-sinh-6", 3)
        line.server.kill9()
        finish()  # thanked for while there is no server
        line.server.start()

        # The visitor has touched a face and stands before the next question when the power goes.
        rate("chuyen-truong", 1)
        line.kiosk.kill()
        line.kiosk.start()
        rate("hoc-ba", 5)
        finish()

        wait_until(lambda: len(line.stored()) >= len(expected), "everything that was thanked for", 90)
        wait_until(lambda: line.waiting_on_kiosk() == 0, "the receipts", 90)
        stored = line.stored()
        assert [(row["procedure"], row["level"]) for row in stored] == expected
        assert [row["seq"] for row in stored] == list(range(1, len(expected) + 1))
        assert len({row["journal"] for row in stored}) == 1

        line.server.stop()
        assert "agree" in line.hailong("doctor")
        with closing(sqlite3.connect(line.data / "hailong.db")) as store:
            counts = store.execute(
                "SELECT SUM(n1 + n2 + n3 + n4 + n5) FROM rate_cells WHERE dimension = 'all'"
            )
            assert counts.fetchone() == (len(expected),)
