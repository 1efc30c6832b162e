"""How much of one device may wait, and what comes in of one that floods."""

from server.transport.mqtt.windows import SLOW_A_SECOND, SLOW_FOR_S, WINDOW, WINDOW_BYTES, Windows


class Queue:
    """What waits, and the time; each message that fits waits."""

    def __init__(self) -> None:
        self.waiting = {"k1": 0, "k2": 0}
        self.now = 100.0
        self.size = 100
        self.windows = Windows(
            lambda device: (self.waiting[device], self.waiting[device] * self.size), self.time
        )

    def time(self) -> float:
        return self.now

    def say(self, device: str, messages: int) -> int:
        """So many at once; how many of them found room."""
        fitted = 0
        for _ in range(messages):
            if self.windows.has_room(device):
                self.waiting[device] += 1
                fitted += 1
        return fitted


def test_a_window_for_each_device() -> None:
    queue = Queue()
    assert queue.say("k1", 2 * WINDOW) == WINDOW
    assert queue.say("k2", WINDOW) == WINDOW


def test_what_had_waited_before_leaves_the_window_free() -> None:
    queue = Queue()
    queue.waiting["k1"] = 10 * WINDOW
    assert queue.say("k1", 2 * WINDOW) == WINDOW
    queue.waiting["k1"] = 0
    queue.now += SLOW_FOR_S + 0.1
    assert queue.say("k1", 2 * WINDOW) == WINDOW, "that was once"


def test_large_messages_fill_it_sooner() -> None:
    queue = Queue()
    queue.size = WINDOW_BYTES // 10
    assert queue.say("k1", 1000) == 11


def test_who_had_more_than_its_window_gets_little_in_while_it_goes_on() -> None:
    """Else the server would be busy with it alone, as fast as it stores."""
    queue, fitted = Queue(), 0
    queue.say("k1", 2 * WINDOW)
    for _ in range(1000):
        queue.waiting["k1"] = 0
        queue.now += 0.01
        fitted += queue.say("k1", 100)
    assert 0.9 * 10 * SLOW_A_SECOND <= fitted <= 10 * SLOW_A_SECOND + 1


def test_who_has_become_quiet_has_its_window_again() -> None:
    queue = Queue()
    queue.say("k1", 2 * WINDOW)
    queue.waiting["k1"] = 0
    queue.now += SLOW_FOR_S + 0.1
    assert queue.say("k1", 2 * WINDOW) == WINDOW


def test_who_keeps_to_the_pace_meanwhile_loses_nothing() -> None:
    queue = Queue()
    queue.say("k1", 2 * WINDOW)
    queue.waiting["k1"] = 0
    for _ in range(10 * SLOW_A_SECOND):
        queue.now += 1.1 / SLOW_A_SECOND
        assert queue.say("k1", 1) == 1
        queue.waiting["k1"] = 0
