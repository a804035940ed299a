"""Protocol buffer messages; the `_pb2` modules are generated."""
