"""`python -m api.relay.hub`: feed stream to browsers."""
