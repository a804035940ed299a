"""Runs every process on one machine."""
