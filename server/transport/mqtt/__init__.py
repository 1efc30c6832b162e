__all__ = ["broker_files", "embedded", "intake", "mosquitto"]

__all__ = ["broker_files", "embedded", "intake", "mosquitto"]
