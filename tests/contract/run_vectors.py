"""Says what `survey_defs.wire` makes of every golden message, as JSON lines, under CPython or MicroPython.

Written in the subset that both run: `<python> run_vectors.py <project> <vectors.json>`.
"""

import binascii
import json
import sys

sys.path.insert(0, sys.argv[1])

from survey_defs import wire
from survey_defs.box_config import make_box_config, read_box_config
from survey_defs.config_error import ConfigError


def payload_of(vector):
    """The message's bytes: `text`, `base64`, or `repeat` [head, unit, times, tail]."""
    if "text" in vector:
        return vector["text"].encode()
    if "base64" in vector:
        return binascii.a2b_base64(vector["base64"])
    head, unit, times, tail = vector["repeat"]
    return (head + unit * times + tail).encode()


def batch(payload):
    message = wire.decode_batch(payload)
    events = message["events"]
    again = wire.encode_batch(
        message["boot"],
        message["up_ms"],
        message["wall"],
        message["synced"],
        [wire.encode_event(e) for e in events],
    )
    head = wire.encode_greeting(
        message["boot"],
        message["up_ms"],
        message["wall"],
        message["synced"],
        message.get("kept", []),
        message.get("origins", []),
    )
    assert wire.decode_batch(again)["events"] == events
    del message["events"]
    checks = [wire.check_event(event) for event in events]
    return {"batch": message, "checks": checks, "head": head.decode()}


def event(payload):
    prefix = b'{"v":1,"boot":"b","up_ms":0,"wall":null,"synced":false,"events":['
    found = wire.decode_batch(prefix + payload + b"]}")["events"][0]
    return {"check": wire.check_event(found), "ref": list(wire.event_ref(found))}


def receipt(payload):
    message = wire.decode_receipt(payload)
    again = wire.encode_receipt(
        message["time"] or "",
        message["accepted"],
        [(r["id"], r["code"]) for r in message["rejected"]],
        message.get("wanted"),
    )
    return {"receipt": message, "again": again.decode()}


def state(payload):
    message = wire.decode_state(payload)
    return {"state": message, "again": wire.encode_state(message["state"], message["session"]).decode()}


def topic(payload):
    parts = wire.parse_topic(payload.decode())
    assert parts is None or wire.topic(parts[0], parts[1], parts[2]) == payload.decode()
    return {"topic": None if parts is None else list(parts)}


def wall(payload):
    return {"ms": wire.parse_wall(payload.decode())}


def time(payload):
    text = wire.format_time(int(payload.decode()))
    return {"time": text}


def box_config(payload):
    config = read_box_config(payload, "nut-01")
    fields = {key: config[key] for key in config if key not in ("v", "revision")}
    again = read_box_config(make_box_config(fields), "nut-01")
    assert dict(again, revision=config["revision"]) == config
    return {"config": config}


KINDS = {
    "batch": batch,
    "event": event,
    "receipt": receipt,
    "state": state,
    "topic": topic,
    "wall": wall,
    "time": time,
    "box-config": box_config,
}


def main():
    with open(sys.argv[2], "rb") as file:
        vectors = json.loads(file.read().decode())
    print(json.dumps(["implementation", sys.implementation.name]))
    for vector in vectors:
        try:
            found = KINDS[vector["kind"]](payload_of(vector))
        except wire.WireError as error:
            found = {"error": error.code}
        except ConfigError as error:
            found = {"error": error.code, "revision": error.revision}
        print(json.dumps([vector["name"], found]))


main()
