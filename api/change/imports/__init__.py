"""Translates configurations of other systems into channels and routes of ours, and reports each line that differs."""
