"""Alertmanager's API v2, with the alerts and silences of this system."""
