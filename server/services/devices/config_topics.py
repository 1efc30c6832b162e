"""The retained `config` messages: each device's own, sent when it changes and taken away when it is over."""

from __future__ import annotations

from server.services.context import Context
from server.services.devices import registry
from server.services.devices.config_payloads import DeviceMessages
from server.services.outgoing import Outgoing
from survey_defs import wire


class DeviceConfigs:
    """Remembers what it has handed out since the last `forget`, and hands out what has changed since."""

    def __init__(self, ctx: Context) -> None:
        """Reads nothing yet."""
        self._ctx = ctx
        self._messages = DeviceMessages(ctx)
        self._sent: dict[str, bytes] = {}

    def forget(self) -> None:
        """Another connection, perhaps to another broker: everything is to be sent again."""
        self._sent.clear()

    def due(self) -> list[Outgoing]:
        """The retained messages to send now. An empty one takes a configuration away.

        That is done where a device is retired, and where it stood before it moved.
        """
        with self._ctx.read() as work:
            devices = registry.devices(work)
            bodies = self._messages.messages(devices)
            left = work.sql.device_left_schools()
        wanted = {wire.topic(row["came_from"], row["device"], "config"): b"" for row in left}
        for device in devices:
            if device.kind != "qr":
                topic = wire.topic(device.school, device.id, "config")
                wanted[topic] = bodies.get(device.id, b"")
        due = [Outgoing(topic, body) for topic, body in wanted.items() if self._sent.get(topic) != body]
        self._sent = wanted
        return due
