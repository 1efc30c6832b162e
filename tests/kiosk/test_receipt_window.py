"""The window of batches that wait for receipts: when they are sent again, when an event is given up."""

from kiosk.delivery.receipt_window import MAX_REFUSALS, ReceiptWindow

WAIT_MS, LONGEST_MS = 1_000, 30_000


def sendings_to(lag_ms: int, window: ReceiptWindow, moments: range) -> int:
    """One event comes up at each of these moments; the server answers so much later. How many sendings."""
    waiting: list[str] = []
    answers: list[tuple[int, str]] = []
    sendings = 0
    for now in range(0, moments[-1] + 20 * lag_ms, 50):
        if now in moments:
            waiting.append(f"of {now}")
        for answer in [answer for answer in answers if answer[0] <= now]:
            answers.remove(answer)
            window.answered([answer[1]], now)
            waiting = [id for id in waiting if id != answer[1]]
        window.release_overdue(now)
        assert window.given_up() == []
        for id in waiting:
            if window.has_room and id not in window.ids():
                window.sent([id], now)
                answers.append((now + lag_ms, id))
                sendings += 1
    assert waiting == []
    return sendings


def test_a_server_that_answers_in_time_gets_everything_once() -> None:
    window = ReceiptWindow(WAIT_MS, LONGEST_MS)
    assert sendings_to(300, window, range(0, 20_000, 500)) == 40
    assert window.wait_ms() == WAIT_MS


def test_a_server_that_is_behind_is_not_given_more_to_do() -> None:
    """What takes four waits is sent again a few times at first, and then once."""
    window = ReceiptWindow(WAIT_MS, LONGEST_MS)
    sendings = sendings_to(4 * WAIT_MS, window, range(0, 200_000, 5_000))
    assert sendings <= 40 + 5
    assert 2 * 4 * WAIT_MS <= window.wait_ms() <= 2 * 4 * WAIT_MS + 200


def test_the_wait_is_bounded_and_shortens_again() -> None:
    window = ReceiptWindow(WAIT_MS, LONGEST_MS)
    window.sent(["late"], 0)
    window.answered(["late"], 60_000)
    assert window.wait_ms() == LONGEST_MS
    for number in range(60):
        window.sent([f"{number}"], number * 100)
        window.answered([f"{number}"], number * 100 + 50)
    assert window.wait_ms() == WAIT_MS


def test_an_event_that_alone_goes_unanswered_is_given_up() -> None:
    window, now = ReceiptWindow(WAIT_MS, LONGEST_MS), 0
    for number in range(MAX_REFUSALS + 1):  # the first time in company, which makes it a suspect
        window.sent(["bad"] if number else ["bad", "good"], now)
        window.answered(["good" if number == 0 else f"other {number}"], now + 10)
        now += window.wait_ms()
        assert window.release_overdue(now) == 1
    assert window.is_suspect("bad")
    assert window.given_up() == ["bad"]
    assert not window.is_suspect("bad")
