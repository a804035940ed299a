"""Programs as a team writes them, with the client library of a protocol; tests point them at `ingest`."""
