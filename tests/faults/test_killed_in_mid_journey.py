"""Broker, server and kiosk killed with -9 in mid-journey: nothing lost, nothing twice."""

from pathlib import Path

import pytest
from docx import Document

from tests.journey.line import HALF, SCHOOL, Line, wait_until


@pytest.mark.timeout(300)
@pytest.mark.parametrize("broker", ["mosquitto", "embedded"])
def test_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path, broker: str) -> None:
    with Line(tmp_path, broker) as line:
        expected = []

        def visit(procedure: str, level: int) -> None:
            line.visit(procedure, level)
            expected.append((procedure, level))

        visit("chuyen-truong", 5)

        if line.mosquitto is not None:
            line.mosquitto.kill9()
            visit("hoc-ba", 4)  # thanked for while there is no broker
            line.mosquitto.start()

        line.rate("tuyen-sinh-6", 3)
        expected.append(("tuyen-sinh-6", 3))
        line.server.kill9()
        line.kiosk.touch("next")
        line.kiosk.wait_for_screen("thanks")
        line.kiosk.wait_for_screen("rest")
        visit("hoc-ba", 2)  # thanked for while there is no server
        line.server.start()

        # The visitor has touched a face and stands before the next question when the power goes.
        line.rate("chuyen-truong", 1)
        expected.append(("chuyen-truong", 1))
        line.kiosk.kill()
        line.kiosk.start()
        visit("hoc-ba", 5)

        wait_until(lambda: len(line.stored()) >= len(expected), "everything that was thanked for", 90)
        wait_until(lambda: line.waiting_on_kiosk() == 0, "the receipts", 90)
        stored = line.stored()
        assert [(row["procedure"], row["level"]) for row in stored] == expected
        assert [row["seq"] for row in stored] == list(range(1, len(expected) + 1))
        assert len({row["journal"] for row in stored}) == 1

        line.server.stop()
        assert "agree" in line.hailong("doctor")
        out = tmp_path / "bao-cao.docx"
        of = ("--school", SCHOOL, "--regime", "ha-long", "--period", HALF)
        line.hailong("report", "make", *of, "-o", str(out))
        cells = [[c.text for c in row.cells] for table in Document(str(out)).tables for row in table.rows]
        total = next(row for row in cells if "Cộng" in row)
        assert total[-4] == str(len(expected))
