"""Outbox → alert store, feed and RQ → the world."""
