"""The touchscreen: pure visit logic, an outbox that loses nothing, a link, and the screens."""
