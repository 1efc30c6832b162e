"""The way of an event from the disk to the server: the outbox, the link, and the window of receipts."""
