"""Where the board starts."""

import asyncio

from firmware.app import Box
from firmware.hardware import Hardware
from firmware.net import Net

asyncio.run(Box(Hardware(), Net()).run())
