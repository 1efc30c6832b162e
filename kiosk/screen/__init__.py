"""What a screen shows and takes, as values: the visit decides it, `kiosk.ui` draws it. No window library."""
