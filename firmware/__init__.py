"""The button terminal, for ESP32 and Pico W under MicroPython 1.25; what runs on a PC is in `host/`."""
