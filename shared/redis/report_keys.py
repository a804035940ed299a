"""Redis keys of the mailed report: name, type, writer, reader, lifetime. All are of the control plane."""

from shared.redis.keys import PREFIX


def report_schedule() -> str:
    """hash `current`, and numbers of versions → report_store.Version (JSON) · API, CLI → router, workers. Forever."""
    return f"{PREFIX}:reports:schedule"


def report_mails() -> str:
    """hash month → report_store.Mail (JSON) · router, workers. Forever: a month takes 200 bytes."""
    return f"{PREFIX}:reports:mails"


def report_claim() -> str:
    """string claim · the worker that mails a report. PX: longer than its job may take."""
    return f"{PREFIX}:reports:claim"
