"""Taking batches in: judge, insert, count, all in one transaction; receipts only after its commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, TypeVar

import structlog

from server.domain.answers import clocks
from server.domain.answers.accept import Accepted, Complaint, Judge, Refused, digest, refuse
from server.domain.answers.clocks import Anchor, Neighbour, When
from server.domain.answers.typed_answers import Answer, decode_batch
from server.domain.misuse.misuse import SIGNS_OF_DEVICES
from server.domain.network.rights import may_speak
from server.domain.problems import Clash, Problem
from server.services.answers.clock_anchors import Anchors, open_time
from server.services.answers.dead_letters import dead_letter, keep_letters
from server.services.answers.receipt_marks import Marks
from server.services.answers.refill import wanted
from server.services.answers.rollups import Cells
from server.services.answers.store import Arrival, insert, note_arrived
from server.services.context import Context, Work
from server.services.devices.journals import Journals
from server.services.devices.presence import Hearings
from server.services.outgoing import Outgoing
from server.services.privacy.erasure import reapply
from server.services.privacy.erasure_list import Listed
from survey_defs import wire

_IDS_IN_RECEIPT = 400
_LOOK_AFTER_CLASH = 50
"""Where one event came twice, as after a broken line, more will: so many transactions look first."""

_log = structlog.get_logger()


class Delivery(NamedTuple):
    """One message from a device's `up` topic, as it came. `received_at` in milliseconds since 1970.

    `up`: how long the machine had been running then, by which the moment is read from the clock as it stands
    when the message is stored; None: it is as `received_at` says. `retained`: a broker had kept it and brings
    it at each new connection, so that it shows neither that the device speaks now nor when it did.
    """

    school: str
    device: str
    payload: bytes
    received_at: int
    up: int | None = None
    retained: bool = False


_Content = TypeVar("_Content")

_Standing = Literal["new", "same", "other", "id-taken"]
"""Of an event that comes: new; stored already; its id or place the device's own, with another content; its id
another device's."""


class _Taken(NamedTuple):
    """Who has taken an id, or a place in a journal, and for what content."""

    device: str
    digest: str


class _Batch:
    """What one transaction gathers before it writes."""

    def __init__(self, look: bool) -> None:
        self.look = look
        """Whether to look each event up before it is inserted."""
        self.fresh: list[Arrival] = []
        self.ids: dict[str, _Taken] = {}
        self.places: dict[tuple[str, int], _Taken] = {}
        self.letters: list[dict[str, Any]] = []
        self.kept_letters: list[dict[str, Any]] = []
        """Of messages that a broker had kept."""
        self.arrived: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self.heard = Hearings()
        self.receipts: dict[tuple[str, str], tuple[list[str], list[tuple[str, str]]]] = {}
        self.kept: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
        """What devices said that they keep of their journals."""
        self.wanted: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
        self.came_erased = False
        """Whether a complaint came that was erased before: of it nothing but the place is stored."""
        self.cells = Cells()
        self.doubt: int | None = None

    def refuse(self, delivery: Delivery, letter: dict[str, Any]) -> None:
        (self.kept_letters if delivery.retained else self.letters).append(letter)

    def receipt(self, delivery: Delivery) -> tuple[list[str], list[tuple[str, str]]]:
        return self.receipts.setdefault((delivery.school, delivery.device), ([], []))


class Ingest:
    """Takes deliveries in. One for a store, and used by one thread at a time."""

    def __init__(self, ctx: Context, *, for_points: bool = False) -> None:
        """Reads nothing yet. `for_points`: what points would say is taken too, for made-up answers."""
        self._ctx = ctx
        self._for_points = for_points
        self._judge = Judge(ctx.surveys)
        self._anchors = Anchors()
        self._journals = Journals()
        self._marks = Marks(ctx.settings.data)
        self._erased = Listed(ctx)
        self._doubts_ended = 0
        self._looking = 0

    def take(self, deliveries: Sequence[Delivery]) -> list[Outgoing]:
        """Store what the deliveries bring and answer the receipts; when this returns, all is committed.

        A receipt gathers everything that one device sent. A batch that cannot be read becomes a dead
        letter and has no receipt. Raises `Problem` where the store cannot be written: then nothing of
        it was stored, and the deliveries are to be taken again later.
        """
        try:
            return self._at_once(deliveries)
        except Problem:
            raise
        except Exception:  # one delivery that we cannot digest must not block the others for ever
            _log.exception("ingest failed; taking the deliveries one by one")
            return [out for delivery in deliveries for out in self._alone(delivery)]

    def take_stray(self, payload: bytes, received_at: int, *, retained: bool = False) -> None:
        """Keep a message whose topic names no device: nobody can be told. Raises as `take` does."""
        letter = _letter_of_batch(Delivery("", "", payload, received_at), "wrong-device")
        with self._ctx.write() as work:
            keep_letters(work, [letter], retained=retained)

    def _alone(self, delivery: Delivery) -> list[Outgoing]:
        try:
            return self._at_once([delivery])
        except Problem:
            raise
        except Exception:  # said above, with its traceback
            return self._in_parts(delivery)

    def _in_parts(self, delivery: Delivery) -> list[Outgoing]:
        try:
            return self._event_by_event(delivery)
        except Problem:
            raise
        except Exception:  # not even a refusal can be written beside it: the whole batch is kept
            with self._ctx.write() as work:
                letter = _letter_of_batch(delivery, "bad-batch")
                keep_letters(work, [letter], retained=delivery.retained)
            return []

    def _event_by_event(self, delivery: Delivery) -> list[Outgoing]:
        """Of a batch that we cannot digest: refuse what it is that breaks us, and take the others."""
        content, out = wire.decode_batch(delivery.payload), []
        for event in content["events"]:
            part = content.copy()
            part["events"] = [event]
            try:
                out += self._together([(delivery, part)], look=True)
            except Problem:
                raise
            except Exception:
                out += self._refused(delivery, refuse(event, "bad-event"))
        return out

    def _refused(self, delivery: Delivery, event: Refused) -> list[Outgoing]:
        batch = _Batch(look=True)
        with self._transaction() as work:
            batch.doubt = self._ctx.clock.mark(work.sql)
            ((delivery, _),) = self._timed([(delivery, None)])
            device = self._known_devices(work, [delivery])[delivery.device]
            speaks = self._may_send(device) and device["school"] == delivery.school
            own = event.journal and speaks and self._journals.claim(work, event.journal, delivery.device)
            _refuse(batch, delivery, event if own else _uncounted(event))
            self._write(work, batch)
        return self._receipted(batch)

    def _at_once(self, deliveries: Sequence[Delivery]) -> list[Outgoing]:
        """All in one transaction. Events are taken for new ones, as most are; the store tells if not."""
        if self._looking == 0:
            try:
                return self._together(_as_they_came(deliveries), look=False)
            except Clash:
                self._looking = _LOOK_AFTER_CLASH
        self._looking -= 1
        return self._together(_as_they_came(deliveries), look=True)

    def _together(
        self, deliveries: Sequence[tuple[Delivery, wire.Batch | wire.WireError]], *, look: bool
    ) -> list[Outgoing]:
        batch = _Batch(look)
        with self._transaction() as work:
            batch.doubt = self._ctx.clock.mark(work.sql)
            timed = self._timed(deliveries)
            known = self._known_devices(work, [delivery for delivery, _ in timed])
            ours = []
            for delivery, content in timed:
                device = known[delivery.device]
                is_ours = self._may_send(device) and device["school"] == delivery.school
                if is_ours and not delivery.retained:
                    sender = (content["boot"], content["up_ms"]) if isinstance(content, dict) else None
                    who = (delivery.school, delivery.device)
                    batch.heard.hear(who, delivery.received_at, sender, device)
                if isinstance(content, wire.WireError):
                    batch.refuse(delivery, _letter_of_batch(delivery, content.code))
                    continue
                if not is_ours:
                    self._refuse_all(work, batch, delivery, content, device)
                    continue
                ours.append((delivery, content))
                if delivery.retained:
                    continue
                anchor = clocks.anchor(delivery.received_at, content["up_ms"], batch.doubt)
                self._anchors.learn(work, (delivery.device, content["boot"]), anchor, batch.cells)
                if "kept" in content:
                    batch.kept[delivery.school, delivery.device] = content["kept"]
                    self._learn_told(work, batch, delivery, content)
            for delivery, content in ours:
                self._judge_all(work, batch, delivery, content)
            self._write(work, batch)
            for who, kept in batch.kept.items():
                batch.wanted[who] = wanted(work, self._journals, who[1], kept)
        return self._receipted(batch)

    def _learn_told(self, work: Work, batch: _Batch, delivery: Delivery, content: wire.Batch) -> None:
        """Date boots that the store does not know, or no more, by what the server once told the device."""
        if batch.doubt is not None:
            return
        for boot, origin in content["origins"]:
            of = (delivery.device, boot)
            if origin <= delivery.received_at and self._anchors.find(work, *of) is None:
                self._anchors.learn(work, of, Anchor(origin, delivery.received_at), batch.cells)

    def _receipted(self, batch: _Batch) -> list[Outgoing]:
        """The receipts of what has been committed; first it is noted how far each journal has got by them."""
        if batch.came_erased:
            reapply(self._ctx)
        highest: dict[str, int] = {}
        for (journal, _, _), numbers in batch.arrived.items():
            highest[journal] = max(highest.get(journal, 0), *numbers)
        self._marks.note(highest)
        # A device believes the server's time: it is told none that may be wrong.
        now = self._ctx.now() if batch.doubt is None else None
        return [
            out
            for key, content in batch.receipts.items()
            for out in _receipts(key, content, now, batch.wanted.get(key, []))
        ]

    def _timed(self, deliveries: Sequence[tuple[Delivery, _Content]]) -> list[tuple[Delivery, _Content]]:
        """The deliveries with the moments at which they came, all by one look at the clock."""
        zero: int | None = None
        timed = []
        for delivery, content in deliveries:
            school, device, payload, received_at, up, retained = delivery
            if up is not None:
                if zero is None:
                    zero = self._ctx.clock.at(0)
                received_at = zero + up
            timed.append((Delivery(school, device, payload, received_at, up, retained), content))
        return timed

    def _known_devices(self, work: Work, deliveries: Iterable[Delivery]) -> dict[str, Any]:
        """The row of each device, None for one that there is not."""
        names = {delivery.device for delivery in deliveries}
        known = {name: work.sql.ingest_device(id=name) for name in names}
        for row in known.values():
            # At the end of a doubt anchors are put right in the store, by whichever process sees it first.
            if row is not None and row["doubts_ended"] != self._doubts_ended:
                self._doubts_ended = row["doubts_ended"]
                self._anchors.forget()
        return known

    def _may_send(self, device: Any) -> bool:
        if device is None:
            return False
        return may_speak(device["kind"], device["retired_at"]) or (
            self._for_points and device["kind"] == "qr"
        )

    def _refuse_all(
        self, work: Work, batch: _Batch, delivery: Delivery, content: wire.Batch, device: Any
    ) -> None:
        numbers_itself = device is not None and device["kind"] != "qr"
        for event in content["events"]:
            refused = refuse(event, "wrong-device")
            journal = refused.journal
            own = numbers_itself and journal and self._journals.owner(work, journal) == delivery.device
            _refuse(batch, delivery, refused if own else _uncounted(refused))
        if not content["events"]:  # a greeting: no two are alike, and one of them says enough
            letter = _letter_of_batch(delivery, "wrong-device")
            batch.refuse(delivery, letter | {"digest": digest(delivery.school.encode())})
            batch.receipt(delivery)

    def _judge_all(self, work: Work, batch: _Batch, delivery: Delivery, content: wire.Batch) -> None:
        accepted, _ = batch.receipt(delivery)
        synced, boot, device = content["synced"], content["boot"], delivery.device
        own: set[str] = set()
        written: dict[str, int] = {}
        for raw in content["events"]:
            event = self._judge.judge(raw)
            journal = event.journal
            if journal is not None and journal not in own:
                if not self._journals.claim(work, journal, device):
                    _refuse(batch, delivery, _uncounted(refuse(raw, "wrong-device")))
                    continue
                own.add(journal)
            if isinstance(event, Refused):
                _refuse(batch, delivery, event)
                continue
            standing = self._standing(work, batch, device, event)
            if standing == "other":
                _refuse(batch, delivery, refuse(raw, "conflict"))
                continue
            if standing != "same":
                # Another device that guessed the id, or read it somewhere, must not cost this one its answer.
                stored = event._replace(id=self._ctx.new_id()) if standing == "id-taken" else event
                if isinstance(stored, Complaint) and stored.id in self._erased:
                    stored = stored._replace(box=b"", code_hash="")
                    batch.came_erased = True
                batch.ids[stored.id] = batch.places[event.journal, event.seq] = _Taken(device, event.digest)
                batch.fresh.append(
                    Arrival(
                        delivery.school,
                        device,
                        delivery.received_at,
                        stored,
                        synced and event.boot == boot,
                        _signs(raw),
                        batch.doubt,
                    )
                )
                batch.arrived[event.journal, delivery.school, device].append(event.seq)
                if event.boot == boot and not delivery.retained:
                    written[event.journal] = event.seq
            if standing != "same" or event.id not in accepted:
                accepted.append(event.id)
        for journal, seq in written.items():
            batch.heard.wrote((delivery.school, device), journal, seq, boot)

    def _standing(self, work: Work, batch: _Batch, device: str, event: Accepted | Complaint) -> _Standing:
        """What is known under the event's id and at its place in its journal, which is the device's own."""
        place = (event.journal, event.seq)
        if not batch.look and event.id not in batch.ids and place not in batch.places:
            return "new"
        by_id, by_place = [batch.ids.get(event.id)], [batch.places.get(place)]
        if batch.look:
            same = work.sql.ingest_same_event(id=event.id, journal=event.journal, seq=event.seq)
            for row in same:
                found = by_place if (row["journal"], row["seq"]) == place else by_id
                found.append(_Taken(row["device"], row["digest"]))
        own = [one for one in by_place if one] + [one for one in by_id if one and one.device == device]
        if own:
            return "same" if any(one.digest == event.digest for one in own) else "other"
        return "id-taken" if any(by_id) else "new"

    @contextmanager
    def _transaction(self) -> Iterator[Work]:
        """A transaction of the store. If it comes to nothing, what was remembered of it is forgotten."""
        try:
            with self._ctx.write() as work:
                yield work
        except Exception:
            self._anchors.forget()
            self._journals.forget()
            raise

    def _write(self, work: Work, batch: _Batch) -> None:
        if batch.fresh:
            insert(work, batch.fresh, self._times(work, batch.fresh), batch.cells)
        for (journal, school, device), numbers in batch.arrived.items():
            note_arrived(work, journal, numbers, school=school, device=device)
        batch.cells.write(work)
        keep_letters(work, batch.kept_letters, retained=True)
        keep_letters(work, batch.letters)
        batch.heard.write(work)

    def _times(self, work: Work, arrivals: list[Arrival]) -> list[When]:
        """The time of each arrival: first those whose boots are known, for they bound the others."""
        times = [self._time(work, arrival) for arrival in arrivals]
        if None not in times:
            return times  # type: ignore[return-value]
        known: dict[str, list[Neighbour]] = defaultdict(list)
        for when, arrival in zip(times, arrivals, strict=True):
            if when is not None and arrival.doubt is None:
                event = arrival.event
                known[event.journal].append(Neighbour(event.seq, when.occurred_at, when.uncertainty_ms or 0))
        return [
            when
            or self._anchors.between_neighbours(
                work, arrival.event, arrival.received_at, known[arrival.event.journal]
            )
            for when, arrival in zip(times, arrivals, strict=True)
        ]

    def _time(self, work: Work, arrival: Arrival) -> When | None:
        """The time of an event of a boot that is known; None where it is not."""
        _, device, received_at, event, synced, _, doubt = arrival
        if doubt is not None:
            return open_time(received_at)
        anchor = self._anchors.find(work, device, event.boot)
        if anchor is None or anchor.doubt is not None:
            return None
        return clocks.anchored(anchor, event.up_ms, event.wall_ms, synced, received_at)


def _as_they_came(deliveries: Sequence[Delivery]) -> list[tuple[Delivery, wire.Batch | wire.WireError]]:
    return [(delivery, _decode(delivery)) for delivery in deliveries]


def _decode(delivery: Delivery) -> wire.Batch | wire.WireError:
    try:
        return decode_batch(delivery.payload)
    except wire.WireError as error:
        return error


def _signs(event: dict[str, Any] | Answer) -> str:
    """What a device itself noticed of an event, of the words that we know; none is a reason to refuse it."""
    if isinstance(event, Answer):  # it has no such field
        return ""
    told = event.get("signs")
    return " ".join(sign for sign in SIGNS_OF_DEVICES if isinstance(told, list) and sign in told)


def _refuse(batch: _Batch, delivery: Delivery, event: Refused) -> None:
    batch.refuse(delivery, dead_letter(delivery.school, delivery.device, delivery.received_at, event))
    if event.journal is not None and event.seq is not None:
        batch.arrived[event.journal, delivery.school, delivery.device].append(event.seq)
    _, rejected = batch.receipt(delivery)
    if event.id is not None and (event.id, event.code) not in rejected:
        rejected.append((event.id, event.code))


def _uncounted(event: Refused) -> Refused:
    """A refusal that says nothing of a journal: its letter is kept, and what has arrived stays as it was."""
    return event._replace(journal=None, seq=None)


def _letter_of_batch(delivery: Delivery, code: str) -> dict[str, Any]:
    batch = Refused(code, None, None, None, delivery.payload)
    return dead_letter(delivery.school, delivery.device, delivery.received_at, batch)


def _receipts(
    to: tuple[str, str],
    content: tuple[list[str], list[tuple[str, str]]],
    now: int | None,
    lacking: list[tuple[str, int, int]],
) -> Iterable[Outgoing]:
    """One receipt, or a few where there is more to say than a small device can read at once."""
    topic = wire.topic(*to, "receipt")
    accepted, rejected = content
    for start in range(0, max(len(accepted), len(rejected), 1), _IDS_IN_RECEIPT):
        part = slice(start, start + _IDS_IN_RECEIPT)
        yield Outgoing(topic, wire.encode_receipt(now, accepted[part], rejected[part], lacking))
        lacking = []
