"""What the program does, one function a deed; MQTT, HTTP and commands call the same ones."""
