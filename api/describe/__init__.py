"""Documents drawn from the code: OpenAPI, the API reference, roles."""
