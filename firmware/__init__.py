"""The button terminal: what runs on an ESP32 or Pico W under MicroPython 1.25; `host/` is what runs on a PC."""
