"""Limits of every request: its size, its rate, and that a repeated one is carried out once."""
