"""How a kiosk gets its credentials, and what a technician sees and confirms at its screen."""
