"""
Mailing the report of a month once: the router gives a month that is due its job, a worker sends it.

Both are level-triggered by the ledger of reports (`shared.store.report_store`): a month that is neither sent nor given
up gets a job again: a router that was down on the day sends later, and a worker that died is followed by another one.
The ledger's entry and the job are written in one transaction that fails if the entry has changed, so two routers give
one job. Only an attempt that was cut off after the server had taken the mail goes out twice, with the same Message-ID.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

import msgspec
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from dispatchers import configurations, mail_headers, report_mail
from dispatchers.channel import DeliveryError
from dispatchers.channels import email
from dispatchers.context import Context
from dispatchers.queues import MAX_WAITING, Queues
from shared import crash_points
from shared.analysis_process import Analyses
from shared.errors import Busy, Unavailable
from shared.model import backoff, reasons
from shared.model.encoding import encode
from shared.model.mail_addresses import ascii_domain
from shared.model.principals import SYSTEM
from shared.model.reasons import Reason
from shared.redis import keys, report_keys
from shared.store import report_store
from shared.store.report_store import Mail, Schedule

EVERY_MS = 10_000
LOOK_AGAIN_MS = 90_000
"""A job that has not settled its month by then gets a successor: longer than RQ lets a job live."""
CLAIM_MS = 80_000
UNTIL_OVER_MS = 60_000
COMPUTING_MS = 5_000
"""Between two looks for the report that the analysis process computes."""
MOST_ATTEMPTS = 12
BASE_MS, CAP_MS = 60_000, 6 * 3_600_000
"""Waits between attempts: a report is not urgent, and its server may be down for a day."""
ASKED_MS = 7 * 86_400_000
"""How long what a person asked for is tried; all attempts together take three days."""
ASKER = SYSTEM

_analyses = Analyses()


def give_jobs(redis: Redis, queues: Queues, now_ms: int) -> str:
    """Give the month that is due its job; returns the month, or "" if there is nothing to do."""
    version = report_store.current(redis)
    schedule = version.schedule
    if schedule is None or not schedule.enabled:
        return ""
    newest, since_ms = report_store.due_month(schedule, now_ms)
    with redis.pipeline() as pipe:
        pipe.watch(report_keys.report_mails())
        known = report_store.mails(pipe)
        wanted = {one: mail for one, mail in known.items() if one == newest or _is_asked(mail, now_ms)}
        if newest not in known and since_ms >= version.at_ms:  # Else the schedule is younger than this date.
            wanted[newest] = Mail()
        ready = [one for one, mail in wanted.items() if _is_open(mail) and mail.not_before_ms <= now_ms]
        if not ready:
            return ""
        month = max(ready)
        mail = wanted[month]
        if queues.of(schedule.channel).count >= MAX_WAITING:
            return ""  # Nobody works on the channel, or it has more than enough to do.
        mail.not_before_ms, mail.at_ms = now_ms + LOOK_AGAIN_MS, now_ms
        pipe.multi()
        pipe.hset(report_keys.report_mails(), month, encode(mail))
        queues.enqueue_report(schedule.channel, month, pipe)
        crash_points.reach("report.before_exec")
        try:
            pipe.execute()
        except WatchError:
            return ""  # Another router, or a worker, was faster.
    return month


def _is_asked(mail: Mail, now_ms: int) -> bool:
    return 0 <= now_ms - mail.asked_at_ms < ASKED_MS


def _is_open(mail: Mail) -> bool:
    return mail.status not in ("sent", "dead")


def _read(redis: "Redis | Pipeline", month: str) -> Mail | None:
    return report_store.mail_of(redis.hget(report_keys.report_mails(), month))


def left_of(mail: Mail, recipients: Sequence[str]) -> list[str]:
    """Return who of *recipients* does not have the mail; who was taken off the list meanwhile is not tried again."""
    return [address for address in recipients if mail.left is None or address in mail.left]


class Mailing:
    """One job's work on the report of one month."""

    def __init__(self, context: Context, channel: str, month: str) -> None:
        self._context = context
        self._redis = context.redis
        self._channel = channel
        self._month = month
        self._claim = secrets.token_hex(6).encode()

    def run(self) -> str:
        """Send the report unless it is sent; returns what was done, in words."""
        schedule = report_store.current(self._redis).schedule
        if schedule is None or not schedule.enabled or schedule.channel != self._channel:
            return "not scheduled any more"
        if not self._redis.set(report_keys.report_claim(), self._claim, nx=True, px=CLAIM_MS):
            return "another worker is at it"
        try:
            mail = _read(self._redis, self._month)
            if mail is None or not _is_open(mail):
                return "nothing to send"
            return self._send(mail, schedule)
        finally:
            self._release()

    def _send(self, mail: Mail, schedule: Schedule) -> str:
        if not self._context.settings.archive:
            return self._failed(mail, reasons.of("trends.archive_off"))
        question = json.dumps(
            {"type": "report", "timezone": schedule.timezone, "month": self._month}, separators=(",", ":")
        )
        try:
            found = _analyses.begin(self._redis, question.encode(), ASKER)
        except (Busy, Unavailable) as error:
            return self._failed(mail, error.reason)
        if found is None:
            return self._write(mail, COMPUTING_MS, "being computed")
        if found.why.code:
            return self._failed(mail, found.why)
        try:
            stored = self._redis.hget(keys.channels(), self._channel)
            _, config = configurations.checked(self._channel, stored)
        except DeliveryError as error:
            return self._failed(mail, error.why)
        assert isinstance(config, email.Config)
        report = msgspec.json.decode(found.body)
        if not report["is_over"]:
            # A person asked for it before the month ended, and that answer is kept for some minutes.
            return self._write(mail, UNTIL_OVER_MS, "answered before the month ended")
        recipients = schedule.recipients or config.to_emails
        left = left_of(mail, recipients)
        if not left:
            mail.status = "sent"
            return self._write(mail, 0, "sent to all who are still named")
        message = self._message(report, config, schedule, recipients, mail)
        # On record before it is made: a death from here on is an attempt in doubt.
        mail.possible_duplicates += mail.status == "sending"
        mail.status, mail.attempts = "sending", mail.attempts + 1
        self._write(mail, LOOK_AGAIN_MS, "")
        crash_points.reach("report.marked")
        around = self._context.surroundings().for_channel(config)
        try:
            refused = email.hand_over(message, left, config, around.network)
        except DeliveryError as error:
            mail.possible_duplicates += error.verdict == "uncertain"
            return self._failed(mail, error.why, is_final=error.verdict == "permanent" and error.cause == "message")
        crash_points.reach("report.accepted")
        if not mail.left and len(refused) >= len(set(recipients)):
            # No recipient has it, so all of them are tried again, also those that were refused for good.
            return self._failed(mail, reasons.of("report.refused", count=len(refused)))
        mail.left = [address for address, (code, _) in refused.items() if 400 <= code < 500]
        if mail.left:
            return self._failed(mail, reasons.of("report.refused", count=len(mail.left)))
        mail.status, mail.why = "sent", reasons.NONE
        if refused:
            mail.why = reasons.of("report.refused", count=len(refused))
        self._write(mail, 0, "sent")
        crash_points.reach("report.recorded")
        self._context.log.info("report.sent", month=self._month, channel=self._channel, bytes=len(message))
        return "sent"

    def _failed(self, mail: Mail, why: Reason, is_final: bool = False) -> str:
        """Record a failure, and when the next attempt may be made."""
        attempts = mail.attempts if mail.status == "sending" else mail.attempts + 1
        is_over = is_final or attempts >= MOST_ATTEMPTS
        mail.status, mail.attempts, mail.why = "dead" if is_over else "due", attempts, why
        wait_ms = backoff.delay_ms(attempts, base_ms=BASE_MS, cap_ms=CAP_MS, jitter=0.5)
        log: Callable[..., None] = self._context.log.error if is_over else self._context.log.warning
        log("report.given_up" if is_over else "report.failed", month=self._month, reason=str(why))
        return self._write(mail, wait_ms, "given up" if is_over else "to be tried again")

    def _write(self, mail: Mail, wait_ms: int, done: str) -> str:
        """Record the month, unless this worker has slept past its claim."""
        now_ms = self._context.clock.now_ms()
        mail.not_before_ms, mail.at_ms = now_ms + wait_ms, now_ms
        with self._redis.pipeline() as pipe:
            pipe.watch(report_keys.report_claim())
            if pipe.get(report_keys.report_claim()) != self._claim:
                raise WatchError("the claim on the report expired")
            pipe.multi()
            pipe.hset(report_keys.report_mails(), self._month, encode(mail))
            pipe.execute()
        return done

    def _release(self) -> None:
        with self._redis.pipeline() as pipe:
            pipe.watch(report_keys.report_claim())
            if pipe.get(report_keys.report_claim()) == self._claim:
                pipe.multi()
                pipe.delete(report_keys.report_claim())
                try:
                    pipe.execute()
                except WatchError:
                    return  # It expired at this moment.

    def _message(
        self,
        report: report_mail.Report,
        config: email.Config,
        schedule: Schedule,
        recipients: Sequence[str],
        mail: Mail,
    ) -> bytes:
        address = f"{self._context.settings.effective_public_url}/trends?view=report&month={self._month}"
        subject, text, html = report_mail.compose(report, schedule.language, address)
        domain = ascii_domain(config.from_email).rpartition("@")[2].strip("[]").replace(":", ".")
        # The same for the same month: a mail that was sent twice after a crash is one to the reader's program. What a
        # person asks for is another: that program would hide it.
        about = f"report\0{self._channel}\0{self._month}" + (f"\0{mail.asked_at_ms}" if mail.asked_at_ms else "")
        identity = sha256(about.encode()).hexdigest()[:32]
        headers = [
            mail_headers.text("Subject", subject),
            mail_headers.addresses("From", [config.from_email], "Enhanced Alerts"),
            mail_headers.addresses("To", recipients),
            f"Date: {format_datetime(datetime.now(UTC))}",
            f"Message-ID: <{identity}@alerts.{domain}>",
            "Auto-Submitted: auto-generated",
        ]
        parts = EmailMessage(policy=policy.SMTP)
        parts.set_content(text, charset="utf-8")
        parts.add_alternative(html, subtype="html", charset="utf-8")
        return "".join(f"{header}\r\n" for header in headers).encode() + parts.as_bytes()
