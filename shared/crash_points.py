"""
Named places between two writes, where a test may have the process die to prove that nothing is lost there.

Free when off: `reach` does nothing unless the process was started with CRASH_POINT=<name>=<marker file>. Then it ends
there by SIGKILL, once: the first process to create the marker file.
"""

import os
import signal
from collections.abc import Callable, Mapping

VARIABLE = "CRASH_POINT"

POINTS: Mapping[str, str] = {
    "evaluator.after_reports": "reports of fleet rules written, nothing committed",
    "evaluator.before_commit": "decided, nothing written",
    "evaluator.after_commit": "committed, not counted, its next read under way",
    "evaluator.after_checkpoint": "checkpoint written, the stream behind it not cut",
    "evaluator.before_release": "told to stop, checkpoint written, the lease still held",
    "router.before_exec": "routed, nothing written",
    "router.after_exec": "alerts, feed, jobs and cursor written; its own picture not",
    "router.after_forward": "a command passed to its partition, and not yet deleted",
    "router.after_sweep": "groups that were due have their jobs",
    "delivery.before_claim": "a job taken from RQ, its group not claimed",
    "delivery.claimed": "the group claimed, nothing marked",
    "delivery.marked": "the attempt marked, nothing sent",
    "delivery.accepted": "the provider took it, and it is not recorded",
    "delivery.recorded": "recorded as sent; circuit, group and claim are not",
    "delivery.failed": "recorded as failed, the next attempt not planned",
    "delivery.finished": "the group is off the list and given up, RQ's job still there",
    "recorder.before_commit": "read, nothing written to the archive",
    "recorder.after_commit": "entries and cursor in the archive; the streams not told",
    "recorder.before_compaction": "chunks made of a journal, nothing written",
    "recorder.after_compaction": "chunks written and their journal gone",
    "recorder.after_backfill": "a part of what was there before is in the records; the rest is not",
    "operator.before_exec": "an acknowledgement decided, nothing written",
    "operator.after_exec": "an acknowledgement written, not answered",
    "report.before_exec": "the report of a month is due, neither its entry nor its job written",
    "report.marked": "the attempt to mail a report marked, nothing sent",
    "report.accepted": "the server took the report, and it is not recorded",
    "report.recorded": "the report recorded as sent, its claim still held",
    "backup.before_rename": "written under its temporary name",
    "backup.after_rename": "in place, and not noted as made",
    "import.before_exec": "channels and routes translated, nothing written",
    "import.after_exec": "imported, not answered",
    "restore.before_exec": "a backup read and checked, nothing written",
    "restore.after_exec": "restored, not answered",
}
"""Every point there is: name → what is done by then, and what is not."""


def _nothing(_point: str) -> None:
    """Do nothing: no test wants this process to die."""


reach: Callable[[str], None] = _nothing
"""Say that the process has come to a point; call it as `crash_points.reach(…)`."""


def arm(environ: Mapping[str, str] = os.environ) -> None:
    """Read CRASH_POINT and prepare the crash; call it once, at the start of a process."""
    global reach
    wanted, _, marker = environ.get(VARIABLE, "").partition("=")
    if not wanted:
        return
    if wanted not in POINTS:
        raise ValueError(f"{VARIABLE} names {wanted}, which is none of {', '.join(POINTS)}.")

    def die_there(point: str) -> None:
        if point != wanted:
            return
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    reach = die_there
