"""The keyboard on the screen: its keys, and how keys become Vietnamese text. Pure."""
