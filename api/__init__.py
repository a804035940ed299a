"""Ask, change, watch: the REST API, the relay and the command line."""
