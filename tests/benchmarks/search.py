"""
Searching a million alerts, in SQLite and in PostgreSQL: pages of 50, p95 over words that are rare and frequent.

The floor is a bare select of the 50 newest alerts by an index, on the same connection. Alerts are added as rows, and
their index is built by the recorder's own step.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive import record_entries, search, search_text
from archive.opening import open_archive
from archive.record_rows import AlertRow
from archive.search_query import Search
from archive.sql_archive import SqlArchive
from shared.model.alerts import Alert
from shared.model.encoding import encode
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.factories import an_alert
from tests.support.postgres import PostgresServer

ALERTS = 1_000_000
BATCH = 20_000
SEARCHES = 60
LIMIT = 50
FIRST_MS = 1_700_000_000_000
EVERY_MS = 60_000
HOUR_MS = 3_600_000
RULES = (
    *("CPU 사용률 높음", "디스크 공간 부족", "메모리 부족", "응답 지연", "인증서 만료 임박"),
    *("Queue is growing", "Disk is full"),
)
SERVICES = ("결제", "주문", "검색", "회원", "배송", "정산", "추천", "알림", "billing", "gateway", "warehouse")
TEAMS = ("web", "data", "platform", "결제팀", "운영팀")
RARE = 9_973
"""One alert of so many has a comment of its own."""

SEARCHED: dict[str, tuple[dict[str, Any], ...]] = {
    "words": (
        {"words": "disk full"},
        {"words": "billing-417"},
        {"words": "gateway team=data"},
        {"words": "postmortem"},
        {"words": "nothing-has-this"},
        {"words": "queue", "severities": ("emergency",), "labels": (("team", "web"),)},
        {"severities": ("critical",), "least_ms": 3 * HOUR_MS, "states": ("resolved",)},
        {"rule_ids": ("rule-3",), "until_ms": FIRST_MS + 30 * HOUR_MS},
    ),
    "two syllables": (
        {"words": "결제"},
        {"words": "부족"},
        {"words": "정산 지연"},
        {"words": "후기"},
        {"words": "없음"},
        {"words": "만료", "severities": ("emergency",)},
    ),
}


def run(size: Size) -> list[Figure]:
    count = size.of(ALERTS, 3_000)
    with tempfile.TemporaryDirectory() as folder:
        found = _measured(size, count, "sqlite", open_archive(Path(folder) / "archive.db"), 500)
    server = PostgresServer()
    server.start()
    try:
        found += _measured(size, count, "postgres", open_archive(server.new_database()), 200)
    finally:
        server.stop()
    return found


def _measured(size: Size, count: int, kind: str, archive: SqlArchive, most_ms: int) -> list[Figure]:
    began_s = time.monotonic()
    _fill(archive, count)
    while archive.index_older_alerts():
        pass
    if kind == "postgres":
        archive.execute("ANALYZE")
    filled_s = time.monotonic() - began_s
    sizes = archive.table_sizes(("search_documents", "search_terms", "alerts"))
    figures: dict[str, list[float]] = {name: [] for name in SEARCHED}
    bare: list[float] = []
    for _ in range(size.rounds):
        for name, searches in SEARCHED.items():
            figures[name].append(_p95_ms(size, [lambda asked=asked: _search(archive, asked) for asked in searches]))
        bare.append(_p95_ms(size, [lambda: _newest(archive)]))
    archive.close()
    name = "SQLite" if kind == "sqlite" else "PostgreSQL"
    each = ", ".join(f"{table} {bytes_ // count} B an alert" for table, bytes_ in sizes.items())
    note = f"filled and indexed in {filled_s:.0f} s; {each}"
    what = f"search over {count:,} alerts in {name}"
    floor = "the newest page by an index"
    goal = Target(most_ms, "at most", of="value")
    return [
        Figure(f"search_{kind}", f"{what}, words and filters, p95", "ms", figures["words"], floor, bare,
               goal, note=note),
        Figure(f"search_korean_{kind}", f"{what}, Korean words of two syllables, p95", "ms", figures["two syllables"],
               floor, bare, goal),
    ]  # fmt: skip


def _fill(archive: SqlArchive, count: int) -> None:
    columns = AlertRow._fields
    for start in range(0, count, BATCH):
        with archive.transaction():
            archive.add_rows("alerts", columns, list(_rows(start, min(count, start + BATCH))))
    with archive.transaction():
        archive.execute("UPDATE search_progress SET indexed_from = (SELECT max(number) / 1024 + 1 FROM alerts)")


def _rows(start: int, end: int) -> Iterator[AlertRow]:
    for number in range(start, end):
        alert = _alert(number)
        yield record_entries.alert_row(alert, encode(alert), alert.updated_at_ms)


def _alert(number: int) -> Alert:
    at = random.Random(number)
    rule, service = at.randrange(len(RULES)), at.choice(SERVICES)
    host = f"{service}-{at.randrange(2_000)}"
    at_ms = FIRST_MS + number * EVERY_MS
    severity = at.choices(("info", "warning", "error", "critical", "emergency"), (20, 50, 20, 9, 1))[0]
    return an_alert(
        "resolved" if number % 500 else "firing",
        id=f"{number:x}",
        rule_id=f"rule-{rule}",
        rule_name=RULES[rule],
        plugin_id=host,
        plugin_name=f"{service} 서버",
        severity=severity,
        labels={"team": at.choice(TEAMS), "region": at.choice(("kr", "jp", "us"))},
        reason="장애 후기: postmortem" if number % RARE == 7 else f"cpu = {at.randrange(800, 1000) / 10} > 80",
        started_at_ms=at_ms,
        updated_at_ms=at_ms,
        resolved_at_ms=at_ms + int(at.expovariate(1 / HOUR_MS)),
        version=1,
    )


def _search(archive: SqlArchive, asked: dict[str, Any]) -> None:
    words, _ = search_text.words_of(asked.get("words", ""))
    search.find(archive, Search(**{**asked, "words": words}), None, LIMIT, FIRST_MS)


def _newest(archive: SqlArchive) -> None:
    with archive.transaction():
        sql = "SELECT first_at_ms, id, document FROM alerts ORDER BY first_at_ms DESC, id DESC LIMIT ?"
        archive.execute(sql, (LIMIT,)).fetchall()


def _p95_ms(size: Size, calls: list[Any]) -> float:
    took: list[float] = []
    for _ in range(max(1, size.of(SEARCHES, 6) // len(calls))):
        for call in calls:
            began_s = time.perf_counter()
            call()
            took.append((time.perf_counter() - began_s) * 1_000)
    return sorted(took)[int(len(took) * 0.95)]
