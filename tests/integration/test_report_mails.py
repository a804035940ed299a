"""The report of a month by mail: once for each month, later if it must be, and through deaths between the steps."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from redis import Redis

from archive.opening import open_archive
from dispatchers import reports
from dispatchers.queues import Queues
from shared import crash_points
from shared.clock import SystemClock
from shared.errors import Conflict, Invalid
from shared.model import calendar_months
from shared.model.encoding import encode
from shared.redis import keys, report_keys
from shared.store import audit, channel_store, report_store
from shared.store.due_groups import queue_of
from shared.store.report_store import Mail, Schedule, Version
from tests.support import trends_site
from tests.support.cli import Run
from tests.support.processes import System, a_system
from tests.support.real_server import RealServer
from tests.support.servers import Mailbox, smtp_server
from tests.support.trends_site import last_month
from tests.support.waiting import until

ROUTER, WORKER = ("dispatchers", "router"), ("dispatchers", "worker", "--channels", "email")
RECIPIENTS = ["lead@example.com", "ops@example.com"]


def scheduled(redis: Redis, port: int, at_ms: int = 1, **fields: Any) -> None:
    """Have a schedule in force since long ago: a report of last month is due."""
    mail = {"smtp_server": "localhost", "smtp_port": port, "security": "none", "from_email": "a@example.com"}
    channel_store.save(redis, "email", {**mail, "to_emails": RECIPIENTS})
    schedule = Schedule(channel="email", **{"day": 1, "hour": 0, **fields})
    version = report_store.document(Version(version=1, at_ms=at_ms, schedule=schedule))
    redis.hset(report_keys.report_schedule(), "current", json.dumps(version))


@contextmanager
def ready(redis: Redis, server: RealServer, folder: Path, **fields: Any) -> Iterator[tuple[System, Mailbox]]:
    with closing(open_archive(folder / "archive.db")) as archive:
        trends_site.plant_year(archive, "growth")
        trends_site.plant_alerts(archive)
    with smtp_server() as (mailbox, port), a_system(server.url, folder, DATA_DIR=str(folder)) as system:
        scheduled(redis, port, **fields)
        yield system, mailbox


def mail_of(redis: Redis) -> Mail:
    return report_store.mails(redis).get(last_month(), Mail())


def let_time_pass(redis: Redis) -> None:
    """Have it be long after the death of a worker: its claim is gone, and its month is looked at again."""
    redis.delete(report_keys.report_claim())
    mail = mail_of(redis)
    mail.not_before_ms = 0
    redis.hset(report_keys.report_mails(), last_month(), encode(mail))


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.slow
def test_report_is_mailed_once_by_two_routers_and_two_workers(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    with ready(redis, server, tmp_path, language="ko") as (system, mailbox):
        for process in (ROUTER, ROUTER, WORKER, WORKER):
            system.start(*process)
        until(lambda: mail_of(redis).status == "sent", "the report is sent")
        later = reports.give_jobs(redis, Queues(redis), SystemClock().now_ms() + reports.LOOK_AGAIN_MS * 2)
        until(lambda: not queue_of(redis, "email").count, "no job waits")

    assert ("", 1) == (later, len(mailbox.messages))
    (message,) = mailbox.messages
    assert ", ".join(RECIPIENTS) == message["To"]
    assert f"Enhanced Alerts: {last_month()} 보고서" == message["Subject"]
    html = html_of(message)
    for words in ("Rule night", "팀 없음", "가장 시끄러운 규칙", "shop-1 disk_usage", "주당 +"):
        assert words in html
    assert not [one for one in ("<script", "<style", "<img", "<link", "src=") if one in html]
    assert len(message.as_bytes()) < 100_000
    text = message.get_body(("plain",))
    assert text is not None
    assert "Rule night" in text.get_content()


@pytest.mark.slow
@pytest.mark.parametrize("point", [name for name in crash_points.POINTS if name.startswith("report.")])
def test_death_at(redis: Redis, server: RealServer, tmp_path: Path, point: str) -> None:
    marker = tmp_path / "reached"
    lethal = {crash_points.VARIABLE: f"{point}={marker}"}
    with ready(redis, server, tmp_path) as (system, mailbox):
        for process in (ROUTER, WORKER):
            system.start(*process, **lethal)
        until(marker.exists, f"{point} is reached")
        for process in (ROUTER, WORKER):
            system.start(*process)
        if point != "report.before_exec" and mail_of(redis).status != "sent":
            let_time_pass(redis)
        until(lambda: mail_of(redis).status == "sent", "the report is sent")

    # A mail that the server took and its sender could not note any more is the only one to go out twice.
    assert (2 if point == "report.accepted" else 1) == len(mailbox.messages)
    assert 1 == len({message["Message-ID"] for message in mailbox.messages})
    assert (1 if point in ("report.accepted", "report.marked") else 0) == mail_of(redis).possible_duplicates


@pytest.mark.slow
def test_server_that_refuses_for_now_is_tried_again(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    with ready(redis, server, tmp_path) as (system, mailbox):
        mailbox.answers = ["451 try later"]
        system.start(*ROUTER)
        system.start(*WORKER)
        until(lambda: mail_of(redis).attempts == 1 and mail_of(redis).status == "due", "it failed once")
        failed = mail_of(redis)
        let_time_pass(redis)
        until(lambda: mail_of(redis).status == "sent", "the report is sent")

    assert "451" in str(failed.why)
    assert failed.not_before_ms > failed.at_ms
    assert (1, 2) == (len(mailbox.messages), mail_of(redis).attempts)


@pytest.mark.slow
def test_it_goes_to_recipients_of_its_own_by_a_channel_of_the_environment_and_again_when_a_person_asks(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    own = ["kim@example.com", "lee@bücher.example"]
    with ready(redis, server, tmp_path, recipients=own) as (system, mailbox):
        stored = channel_store.load(redis, "email")
        redis.delete(keys.channels())
        mail = {"SMTP_SERVER": "localhost", "SMTP_PORT": str(stored["smtp_port"]), "FROM_EMAIL": "a@example.com"}
        system.start(*ROUTER)
        system.start(*WORKER, **mail, TO_EMAILS="channel@example.com")
        until(lambda: mail_of(redis).status == "sent", "the report is sent")
        report_store.ask(redis, last_month(), SystemClock().now_ms())
        until(lambda: len(mailbox.messages) == 2, "it is sent again")
        until(lambda: mail_of(redis).status == "sent", "that is recorded")

    first, second = mailbox.messages
    assert ["kim@example.com, lee@xn--bcher-kva.example"] * 2 == [one["To"] for one in (first, second)]
    # A reader's program would hide a second mail with the id of the first.
    assert first["Message-ID"] != second["Message-ID"]


def test_what_a_person_asks_for_is_mailed_also_for_an_earlier_month(redis: Redis) -> None:
    scheduled(redis, 25)
    now_ms, earlier = SystemClock().now_ms(), calendar_months.after(last_month(), -5)
    redis.hset(report_keys.report_mails(), last_month(), encode(Mail(status="sent")))
    report_store.ask(redis, earlier, now_ms)
    given = [reports.give_jobs(redis, Queues(redis), now_ms) for _ in range(2)]
    asked = audit.search(redis, action="reports.send")

    assert ([earlier, ""], [earlier]) == (given, [one.target for one in asked])
    # After a week, nobody waits for it any more; a month that came due meanwhile is mailed.
    redis.hset(report_keys.report_mails(), earlier, encode(Mail(asked_at_ms=now_ms)))
    assert earlier != reports.give_jobs(redis, Queues(redis), now_ms + reports.ASKED_MS + 1)


def test_asking_needs_a_schedule_that_is_on_and_a_mail_that_is_not_under_way(redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    with pytest.raises(Conflict, match="No schedule of reports is on"):
        report_store.ask(redis, last_month(), now_ms)
    scheduled(redis, 25, enabled=False)
    with pytest.raises(Conflict, match="No schedule of reports is on"):
        report_store.ask(redis, last_month(), now_ms)
    scheduled(redis, 25)
    redis.hset(report_keys.report_mails(), last_month(), encode(Mail(status="sending", not_before_ms=now_ms + 1)))
    with pytest.raises(Conflict, match="is being mailed at this moment"):
        report_store.ask(redis, last_month(), now_ms)
    report_store.ask(redis, last_month(), now_ms + 1)

    assert ("due", now_ms + 1) == (mail_of(redis).status, mail_of(redis).asked_at_ms)


def test_recipients_who_were_taken_off_the_list_are_not_tried_again(redis: Redis, tmp_path: Path) -> None:
    schedule = Schedule(channel="email", recipients=["kim@example.com"])
    mail = Mail(left=["gone@example.com", "kim@example.com"])

    assert ["kim@example.com"] == reports.left_of(mail, schedule.recipients)
    assert ["a@example.com"] == reports.left_of(Mail(), ["a@example.com"])
    assert [] == reports.left_of(mail, ["other@example.com"])


@pytest.mark.parametrize(
    "address", ["", "kim", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "=?utf-8?q?a?=@b.example"]
)
def test_recipient_that_is_no_address_is_refused_as_by_the_channel(address: str) -> None:
    with pytest.raises(ValidationError, match="must be an e-mail address"):
        Schedule(channel="email", recipients=[address])
    with pytest.raises(ValidationError, match="at most 100"):
        Schedule(channel="email", recipients=["a@b.example"] * 101)


def test_two_routers_give_one_job(redis: Redis) -> None:
    scheduled(redis, 25)
    now_ms = SystemClock().now_ms()
    given = [reports.give_jobs(redis, Queues(redis), now_ms) for _ in range(2)]

    assert [last_month(), ""] == given
    assert 1 == queue_of(redis, "email").count


def test_schedule_that_is_younger_than_the_day_waits_for_the_next_month(redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    scheduled(redis, 25, at_ms=now_ms)
    now = reports.give_jobs(redis, Queues(redis), now_ms)
    after_a_month = reports.give_jobs(redis, Queues(redis), now_ms + 31 * 86_400_000)

    assert ("", 0) == (now, redis.hexists(report_keys.report_mails(), last_month()))
    assert after_a_month > last_month()


@pytest.mark.parametrize("status", ["sent", "dead"])
def test_month_that_is_settled_gets_no_job(redis: Redis, status: Any) -> None:
    scheduled(redis, 25)
    redis.hset(report_keys.report_mails(), last_month(), encode(Mail(status=status)))

    assert "" == reports.give_jobs(redis, Queues(redis), SystemClock().now_ms())


def test_schedule_that_is_off_gets_no_job(redis: Redis) -> None:
    scheduled(redis, 25, enabled=False)

    assert "" == reports.give_jobs(redis, Queues(redis), SystemClock().now_ms())


@pytest.mark.parametrize(
    ("now", "zone", "month", "since"),
    [
        ("2026-11-01T08:00+00:00", "UTC", "2026-10", "2026-11-01T08:00+00:00"),
        ("2026-11-01T07:59+00:00", "UTC", "2026-09", "2026-10-01T08:00+00:00"),
        ("2026-10-31T23:00+00:00", "Asia/Seoul", "2026-10", "2026-10-31T23:00+00:00"),
        ("2027-01-20T00:00+00:00", "UTC", "2026-12", "2027-01-01T08:00+00:00"),
    ],
)
def test_month_is_due_on_its_day_in_the_time_zone(now: str, zone: str, month: str, since: str) -> None:
    schedule = Schedule(channel="email", timezone=zone)
    now_ms, since_ms = (int(datetime.fromisoformat(one).timestamp() * 1000) for one in (now, since))

    assert (month, since_ms) == report_store.due_month(schedule, now_ms)


def test_schedule_is_set_shown_and_removed_at_the_shell(run: Run, redis: Redis) -> None:
    refused = run("report", "schedule", "email")
    channel_store.save(redis, "email", {"smtp_server": "x", "from_email": "a@b.example", "to_emails": RECIPIENTS})
    code, out, _ = run("report", "schedule", "email", "--day", "3", "--hour", "7", "--timezone", "Asia/Seoul")
    shown = json.loads(run("report", "mails", "--json")[1])
    removed = run("report", "unschedule")
    gone = json.loads(run("report", "mails", "--json")[1])

    assert (1, True) == (refused[0], "configure this e-mail channel first" in refused[2])
    assert (0, True) == (code, "on day 3 of each month at 07:00 Asia/Seoul" in out)
    assert {"day": 3, "hour": 7, "timezone": "Asia/Seoul"}.items() <= shown["schedule"].items()
    assert (0, None, 2) == (removed[0], gone["schedule"], gone["version"])


def test_report_is_sent_now_and_to_other_recipients_at_the_shell(run: Run, redis: Redis) -> None:
    early = run("report", "send")
    channel_store.save(redis, "email", {"smtp_server": "x", "from_email": "a@b.example", "to_emails": RECIPIENTS})
    refused = run("report", "schedule", "email", "--to", "nobody")
    saved = run("report", "schedule", "email", "--to", "kim@example.com", "--to", "lee@example.com", "--json")
    sent = run("report", "send")
    future = run("report", "send", "--month", "2090-01")

    assert (1, True) == (early[0], "No schedule of reports is on" in early[2])
    assert (1, True) == (refused[0], "recipients.0" in refused[2])
    assert ["kim@example.com", "lee@example.com"] == json.loads(saved[1])["schedule"]["recipients"]
    assert (0, f"The report of {last_month()} is mailed within seconds.") == (sent[0], sent[1].strip())
    assert (1, True) == (future[0], "2090-01 is not over" in future[2])


def test_channel_of_the_environment_can_be_scheduled(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_SERVER", "mail.example")
    saved = report_store.save(redis, Schedule(channel="email"))
    with pytest.raises(Invalid, match="configure this e-mail channel first"):
        report_store.save(redis, Schedule(channel="email-ops"))

    assert saved.schedule is not None


def test_schedule_without_a_configured_channel_is_refused(redis: Redis) -> None:
    with pytest.raises(Invalid, match="configure this e-mail channel first"):
        report_store.save(redis, Schedule(channel="email"))
