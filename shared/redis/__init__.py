"""How the processes speak to Redis."""
