"""One module per protocol; each decodes a body into samples. Pure."""
