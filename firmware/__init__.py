"""The button terminal, for ESP32 and Pico W under MicroPython 1.25; what runs on a PC is in `host/`."""

import gc

if hasattr(
    gc, "mem_free"
):  # MicroPython's: what an import throws away must not come to lie between what stays
    gc.threshold(1024)
