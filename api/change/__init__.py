"""The changes that operators make; API and command line share them."""
