"""Foreign metrics in: doors that speak other systems' protocols and write events to the partition streams."""
