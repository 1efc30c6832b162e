"""The references: what the same broker passes to a bare subscriber, and one insert a message.

    python -m tests.bench.subscriber bare|insert PORT USER TOPIC MESSAGES FILE   (password in PASSWORD)

Prints `ready` once subscribed, then `done` after that many messages. `insert` is the way of an
mqtt-in node wired to a database node: every message its own statement and its own transaction,
with the database's defaults.
"""

import os
import sqlite3
import sys

import paho.mqtt.client as mqtt


def main() -> None:
    """See the module."""
    kind, port, user, topic, expected, file = sys.argv[1:7]
    count = 0
    database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    database.execute("CREATE TABLE IF NOT EXISTS messages (n INTEGER PRIMARY KEY, topic TEXT, payload TEXT)")

    def on_message(client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        nonlocal count
        if kind == "insert":
            database.execute(
                "INSERT INTO messages (topic, payload) VALUES (?, ?)",
                (message.topic, message.payload.decode()),
            )
        count += 1
        if count == int(expected):
            print("done", flush=True)
            client.disconnect()

    def on_subscribe(*_: object) -> None:
        print("ready", flush=True)

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "bench-subscriber", clean_session=True)
    client.username_pw_set(user, os.environ.get("PASSWORD", ""))
    client.on_message = on_message
    client.on_subscribe = on_subscribe
    client.on_connect = lambda c, *_: c.subscribe(topic, 1)
    client.connect("127.0.0.1", int(port))
    client.loop_forever()


if __name__ == "__main__":
    main()
