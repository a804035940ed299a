"""What is kept in Redis, one module per kind of record."""
