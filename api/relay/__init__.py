"""`python -m api.relay`: the feed stream to browsers."""
