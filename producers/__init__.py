"""Something happened → an event in a partition's stream."""
