"""Everything that tests share: no test imports another test (tests/test_imports.py)."""
