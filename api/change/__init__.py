"""What operators change, the same from the API and the command line."""
