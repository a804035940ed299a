"""
Everything that tests share: no test imports another test (tests/test_imports.py).

The chaos judge and the benchmarks run without pytest and import this package too. So the one sealing key for a test's
process and all processes that it starts is set here; the product would make a file under its data directory, which
two processes with different directories do not share.
"""

import os

os.environ["SECRET_KEYS"] = "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMTI="
