"""The archive: what the pipeline saw and did, kept for days and years in SQLite or PostgreSQL."""
