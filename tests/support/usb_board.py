"""A board at the other end of a USB cable: the real MicroPython behind its raw REPL.

MicroPython's unix port has no raw REPL, so its few control signs are understood here; what mpremote sends is
run by MicroPython itself, in a folder that is the board's flash.
"""

from __future__ import annotations

import base64
import contextlib
import os
import pty
import subprocess
import threading
import tty
from pathlib import Path

from tests.support.box import box_command

RUN = """
import sys, binascii
from collections import namedtuple
board = namedtuple("board", ("platform", "implementation", "exit"))
version = namedtuple("version", ("version",))
class Machine:
    @staticmethod
    def reset():
        sys.exit(7)
sys.modules["machine"] = Machine
sys.modules["sys"] = board({platform!r}, version({version!r}), sys.exit)
scope = {{"__name__": "__main__"}}
while True:
    line = sys.stdin.readline()
    if not line:
        break
    try:
        exec(str(binascii.a2b_base64(line), "utf-8"), scope)
        sys.stdout.write("\\x04\\x04>")
    except SystemExit:
        raise
    except BaseException as error:
        sys.stdout.write("\\x04")
        sys.print_exception(error, sys.stdout)
        sys.stdout.write("\\x04>")
"""
WINDOW = 4096
BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class UsbBoard:
    """`port` is what a PC sees. `platform` and `version` are what it says it is; `restarts` counts."""

    def __init__(self, flash: Path, *, platform: str = "esp32", version: tuple[int, int] = (1, 25)) -> None:
        self.flash = flash
        self.restarts = 0
        self._script = RUN.format(platform=platform, version=(*version, 0, ""))
        self._master, self._slave = pty.openpty()
        tty.setraw(self._master)
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            script = self.flash.parent / "raw.py"
            script.write_text(self._script)
            self._process = subprocess.Popen(
                box_command(script, heap="2M"), cwd=self.flash, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process

    def _serve(self) -> None:
        """Understand what a raw REPL understands: ctrl-A, ctrl-C, ctrl-D, and ctrl-E A ctrl-A (raw paste)."""
        code, left = b"", 0
        with contextlib.suppress(OSError):
            while True:
                for byte in os.read(self._master, 4096):
                    if byte == 4:
                        if left:
                            os.write(self._master, b"\x04")
                            self._run(code)
                        else:
                            os.write(self._master, b"OK\r\nMPY: soft reboot\r\n" + BANNER)
                        code, left = b"", 0
                    elif left:
                        code += bytes((byte,))
                        left -= 1
                        if not left:
                            left = WINDOW
                            os.write(self._master, b"\x01")
                    elif byte == 3 or byte in b"\r":
                        code = b""
                    elif byte == 1 and code == b"\x05A":
                        os.write(self._master, b"R\x01" + WINDOW.to_bytes(2, "little"))
                        code, left = b"", WINDOW
                    elif byte == 1:
                        os.write(self._master, BANNER)
                    else:
                        code += bytes((byte,))

    def _run(self, code: bytes) -> None:
        process = self._start()
        assert process.stdin and process.stdout
        process.stdin.write(base64.b64encode(code) + b"\n")
        process.stdin.flush()
        while True:
            said = os.read(process.stdout.fileno(), 4096)
            if not said:
                self.restarts += 1
                process.wait()
                return
            os.write(self._master, said.replace(b"\n", b"\r\n"))
            if said.endswith(b"\x04>"):
                return

    def close(self) -> None:
        """Pull the cable."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        os.close(self._slave)
        os.close(self._master)
        self._thread.join(2)
