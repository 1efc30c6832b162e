__all__ = ["broker_files", "embedded", "intake", "mosquitto"]
