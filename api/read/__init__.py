"""Answers read out of Redis: boards, histories, statistics, series, metrics."""
