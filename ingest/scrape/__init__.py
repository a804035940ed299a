"""Asking targets for their metrics at regular intervals."""
