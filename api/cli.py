"""The command line."""

import click


@click.group()
def main() -> None:
    """Enhanced Alerts."""
