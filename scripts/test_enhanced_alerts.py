"""Test a running system from end to end: the seed's test script. The same as `enhanced-alerts self-test`."""

from api.cli import main

main(["self-test"])
