"""Redis keys of analyses: name, type, writer, reader, lifetime. All are of the control plane."""

from typing import Literal

from shared.redis.keys import PREFIX

Lane = Literal["", ":backtest"]
"""Which analysis process: backtests have one of their own, so that nothing else waits for them."""
BACKTESTS: Lane = ":backtest"


def questions(lane: Lane = "") -> str:
    """hash question id → `asker NUL question (JSON)` · API → analysis process, which deletes it. PX 10 min."""
    return f"{PREFIX}:insight{lane}:questions"


def waiting(lane: Lane = "") -> str:
    """list of question ids, the oldest first · API → analysis process. PX 10 min."""
    return f"{PREFIX}:insight{lane}:waiting"


def running(lane: Lane = "") -> str:
    """list of question ids · analysis process → the next one, which answers them: their process died. PX 10 min."""
    return f"{PREFIX}:insight{lane}:running"


def answer(question_id: str) -> str:
    """string Answer (JSON) · analysis process → API. PX: minutes for an answer, seconds for a failure."""
    return f"{PREFIX}:insight:answer:{question_id}"


def analysis_lease(lane: Lane = "") -> str:
    """string `process:token` · analysis process. PX: the lease's length; gone = none runs, and an asker starts one."""
    return f"{PREFIX}:insight{lane}:lease"


def analysis_fence(lane: Lane = "") -> str:
    """counter · analysis processes. Source of the lease's tokens; never expires."""
    return f"{PREFIX}:insight{lane}:fence"


def progress(question_id: str) -> str:
    """string `done/total` · analysis process → API. How far an answer is; PX 10 min."""
    return f"{PREFIX}:insight:progress:{question_id}"
