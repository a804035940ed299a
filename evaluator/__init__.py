"""Stream → decision → outbox."""
