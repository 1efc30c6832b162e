"""Runs under MicroPython: the real set-up and its page, Wi-Fi being the fake of the board.

folder, HTTP port, DNS port, presses that wait. The air holds a few more networks, one with a hostile name.
"""

import asyncio
import binascii
import gc
import os
import sys

gc.threshold(1024)  # as main.py does

from firmware.net import Net  # noqa: E402, I001 - first: the fakes beneath it are source, which takes room
from firmware import portal, setup  # noqa: E402
from firmware.clock import Clock  # noqa: E402
from firmware.lamps import Lamps  # noqa: E402

NEAR = [
    ("</label><script>document.title='!'</script>", -66),
    ("Nhà xe \"A' &amp; B\n\u202eknihc", -71),
    ("Phòng hội đồng Trường Trung học cơ sở", -78),
]


class Air(Net):
    def scan(self):
        return sorted(super().scan() + NEAR, key=lambda each: -each[1])


class Told(Lamps):
    def show(self, name, now, lamp=None):
        print("lamps", name)
        super().show(name, now, lamp)


async def main(folder, http_port, dns_port, waiting="0"):
    waits = [int(waiting)]

    async def deliver():
        print("delivering", waits[0])
        if os.getenv("BOX_DELIVERS"):
            waits[0] = 0

    setup.settle(folder)
    setup.JOIN_TIMEOUT_S = 0.5
    portal.REFRESH_S = 1
    net = Air()
    one = setup.Setup(
        folder,
        net,
        draw=lambda: binascii.hexlify(os.urandom(32)).decode(),
        waiting=lambda: waits[0],
        deliver=deliver,
    )
    if one.is_due():
        await one.run()
    gc.collect()
    print("free", gc.mem_free())
    done = await portal.run(
        net,
        one,
        Told(5),
        Clock("boot"),
        name="HaiLong-3F2A",
        password="9xq2-re4z-mm3t",
        address="127.0.0.1",
        http_port=int(http_port),
        dns_port=int(dns_port),
        done_ms=1500,
    )
    gc.collect()
    print("ended", done, gc.mem_free())


asyncio.run(main(*sys.argv[1:]))
