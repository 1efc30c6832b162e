"""The writer: thanks only after the commit, nothing taken on a full disk, all well again by itself."""

import queue
import subprocess
import sys
import textwrap
from pathlib import Path
from uuid import uuid4

import msgspec

from kiosk.delivery.outbox_writer import Closed, Kept, OutboxWriter, Recovered, Result
from kiosk.visit.effects import Close, Keep
from kiosk.visit.questionnaire import Draft
from tests.support.kiosk_samples import TestClock


def draft(visit: int, level: int) -> Draft:
    return Draft(visit, "tthc", 1, "vi", "hoc-ba", {"rating": level}, 1200)


def test_drafts_of_one_visit_become_one_event_stamped_when_it_was_touched(tmp_path: Path) -> None:
    news: queue.Queue[Result] = queue.Queue()
    clock = TestClock()
    writer = OutboxWriter(tmp_path, clock.device(), lambda: str(uuid4()), news.put)
    writer.start()
    assert news.get(timeout=10) == Recovered()
    writer.submit(Keep(draft(1, 2)))
    clock.now += 5_000
    writer.submit(Keep(draft(1, 4)))
    writer.submit(Close(draft(1, 5)))
    writer.submit(Close(draft(2, 3)))
    assert [news.get(timeout=10) for _ in range(4)] == [Kept(1), Kept(1), Closed(1), Closed(2)]
    assert writer.outbox is not None
    events = [msgspec.json.decode(row.body) for row in writer.outbox.waiting(10)]
    assert [(e["seq"], e["up_ms"], e["answers"]) for e in events] == [
        (1, 1_000_000, {"rating": 5}),
        (2, 1_005_000, {"rating": 3}),
    ]
    assert events[0]["boot"] == "boot-of-the-test"
    writer.stop()


def test_stopping_writes_what_was_submitted(tmp_path: Path) -> None:
    writer = OutboxWriter(tmp_path, TestClock().device(), lambda: str(uuid4()), lambda _: None)
    writer.start()
    for visit in range(20):
        writer.submit(Close(draft(visit, 1)))
    writer.stop()
    again = OutboxWriter(tmp_path, TestClock().device(), lambda: str(uuid4()), lambda _: None)
    again.start()
    again.submit(Close(draft(99, 1)))
    again.stop()
    import sqlite3

    with sqlite3.connect(tmp_path / "outbox.db") as connection:
        assert connection.execute("SELECT count(*), max(seq) FROM events").fetchone() == (21, 21)


FULL_DISK = """
    import queue, resource, sys
    from pathlib import Path
    from uuid import uuid4
    from kiosk.delivery.outbox_writer import Closed, Failed, OutboxWriter, Kept, Recovered
    from kiosk.visit.effects import Close, Keep
    from kiosk.visit.questionnaire import Draft
    from tests.support.kiosk_samples import TestClock

    def draft(visit, level):
        return Draft(visit, "tthc", 1, "vi", "hoc-ba", {"rating": level}, 1200)

    news = queue.Queue()
    clock, new_id = TestClock().device(), lambda: str(uuid4())
    writer = OutboxWriter(Path(sys.argv[1]), clock, new_id, news.put, retry_s=0.1)
    writer.start()
    assert news.get(timeout=10) == Recovered()
    writer.submit(Keep(draft(1, 2)))
    assert news.get(timeout=10) == Kept(1)
    # From here on no file of this process may grow: what a full disk does to it.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    writer.submit(Close(draft(1, 2)))
    assert news.get(timeout=20) == Failed()
    writer.submit(Close(draft(2, 5)))
    assert news.get(timeout=20) == Failed()
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert news.get(timeout=20) == Recovered()
    writer.submit(Close(draft(3, 4)))
    assert news.get(timeout=20) == Closed(3)
    rows = writer.outbox.waiting(10)
    import json
    print([(json.loads(row.body)["seq"], json.loads(row.body)["answers"]["rating"]) for row in rows])
    writer.stop()
"""


def test_a_full_disk_thanks_nobody_and_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path)],
        capture_output=True, text=True, timeout=60, cwd=Path.cwd(), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # The rating of visit 1 was kept before; visit 2 was told that nothing is taken; no number is missing.
    assert done.stdout.strip() == "[(1, 2), (2, 4)]"
