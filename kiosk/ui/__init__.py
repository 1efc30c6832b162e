"""The window: draws what `kiosk.screen` says and takes touches. The only room that knows Kivy."""
