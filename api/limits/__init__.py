"""What every request must keep to: size, pace, and being carried out once."""
