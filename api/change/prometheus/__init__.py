"""Takes over alerting rules of Prometheus: read, translated as far as our conditions go, and the rest listed."""
