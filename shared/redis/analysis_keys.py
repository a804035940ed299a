"""Redis keys of analyses: name, type, writer, reader, lifetime. All are of the control plane."""

from shared.redis.keys import PREFIX


def questions() -> str:
    """hash question id → `asker NUL question (JSON)` · API → analysis process, which deletes it. PX 10 min."""
    return f"{PREFIX}:insight:questions"


def waiting() -> str:
    """list of question ids, the oldest first · API → analysis process. PX 10 min."""
    return f"{PREFIX}:insight:waiting"


def running() -> str:
    """list of question ids · analysis process → the next one, which answers them: their process died. PX 10 min."""
    return f"{PREFIX}:insight:running"


def answer(question_id: str) -> str:
    """string Answer (JSON) · analysis process → API. PX: minutes for an answer, seconds for a failure."""
    return f"{PREFIX}:insight:answer:{question_id}"


def analysis_lease() -> str:
    """string `process:token` · analysis process. PX: the lease's length; gone = none runs, and an asker starts one."""
    return f"{PREFIX}:insight:lease"


def analysis_fence() -> str:
    """counter · analysis processes. Source of the lease's tokens; never expires."""
    return f"{PREFIX}:insight:fence"
