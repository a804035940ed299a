"""
Questions to the analysis process, and its answers: any number of askers, one process that answers.

A question that waits is in `waiting`, one that is worked on in `running`. A process that dies leaves its question in
`running`; the next process answers it as failed, so no question is worked on again and again that kills its process.
"""

from hashlib import sha256

import msgspec
from msgspec import Raw, Struct
from redis import Redis

from shared.errors import Busy
from shared.model import reasons
from shared.model.alerts import UNREADABLE
from shared.model.encoding import encode
from shared.model.reasons import Reason
from shared.redis import analysis_keys, scripts
from shared.redis.analysis_keys import Lane

MOST_QUESTIONS = 8
"""That wait or run, of everybody. Each takes a second or less; more would only wait longer."""
MOST_OF_ASKER = 2
KEPT_MS = 300_000
"""An answer serves all who ask the same: hourly figures change no faster than anybody looks at them."""
FAILURE_KEPT_MS = 20_000
"""Long enough for all who wait to read it, short enough to ask again."""
LIFETIME_MS = 600_000
"""Of questions whose askers and process are all gone."""


class Answer(Struct, frozen=True, omit_defaults=True):
    """What the analysis process answered: a body, or why there is none."""

    body: Raw = Raw(b"")
    status: int = 200
    """The API's status where there is no body."""
    why: Reason = reasons.NONE


_decode = msgspec.json.Decoder(Answer).decode


def id_of(question: bytes) -> str:
    """Return the id of a question: equal questions have one answer."""
    return sha256(question).hexdigest()[:32]


def ask(redis: Redis, question: bytes, asker: str, lane: Lane = "") -> None:
    """
    Put a question to the analysis process, unless it waits already.

    Raises:
        Busy: too many questions wait, of this asker or in all.
    """
    places = (analysis_keys.questions(lane), analysis_keys.waiting(lane), analysis_keys.running(lane))
    words = (id_of(question), asker, question, MOST_QUESTIONS, MOST_OF_ASKER, LIFETIME_MS)
    outcome = scripts.run(redis, scripts.source("ask"), places, words)
    if outcome == b"full":
        raise Busy(reasons.of("insight.full", count=MOST_QUESTIONS))
    if outcome == b"asker_full":
        raise Busy(reasons.of("insight.asker_full", count=MOST_OF_ASKER))


def answer(redis: Redis, question: bytes) -> Answer | None:
    """Return the answer to a question; None if there is none yet."""
    return answer_of(redis, id_of(question))


def answer_of(redis: Redis, question_id: str) -> Answer | None:
    """Return the answer to the question with an id; None if there is none yet."""
    stored = redis.get(analysis_keys.answer(question_id))
    if stored is None:
        return None
    try:
        return _decode(stored)
    except UNREADABLE:
        return None  # Of another release; it expires.


def is_asked(redis: Redis, question_id: str, lane: Lane = "") -> bool:
    """Tell whether a question waits or is worked on."""
    return bool(redis.hexists(analysis_keys.questions(lane), question_id))


def cancel(redis: Redis, question_id: str, lane: Lane = "") -> bool:
    """Take a question back, and return whether it was asked; what is worked on ends at its next step."""
    with redis.pipeline() as pipe:
        pipe.lrem(analysis_keys.waiting(lane), 0, question_id)
        pipe.hdel(analysis_keys.questions(lane), question_id)
        return bool(pipe.execute()[1])


def note_progress(redis: Redis, question_id: str, done: int, total: int, lane: Lane = "") -> bool:
    """Note how far the answer to a question is; returns False if the question was taken back."""
    with redis.pipeline(transaction=False) as pipe:
        pipe.set(analysis_keys.progress(question_id), f"{done}/{total}", px=LIFETIME_MS)
        pipe.hexists(analysis_keys.questions(lane), question_id)
        return bool(pipe.execute()[1])


def progress(redis: Redis, question_id: str) -> tuple[int, int] | None:
    """Return how far the answer to a question is: done, of how many; None if that is not known."""
    done, _, total = (redis.get(analysis_keys.progress(question_id)) or b"").partition(b"/")
    return (int(done), int(total)) if done.isdigit() and total.isdigit() else None


def is_served(redis: Redis, lane: Lane = "") -> bool:
    """Tell whether an analysis process runs."""
    return bool(redis.exists(analysis_keys.analysis_lease(lane)))


def take(redis: Redis, lane: Lane = "") -> tuple[str, bytes] | None:
    """Take the oldest question that waits, and return its id and text; None if none waits."""
    # No blocking read: the server would move a question on behalf of a process that was just killed.
    taken = redis.lmove(analysis_keys.waiting(lane), analysis_keys.running(lane), "LEFT", "RIGHT")
    if taken is None:
        return None
    redis.pexpire(analysis_keys.running(lane), LIFETIME_MS)
    stored = redis.hget(analysis_keys.questions(lane), taken)
    if stored is None:
        redis.lrem(analysis_keys.running(lane), 0, taken)
        return None
    return taken.decode(), stored.partition(b"\0")[2]


def put(redis: Redis, question_id: str, found: Answer, lane: Lane = "") -> None:
    """Answer a question, for all who ask it."""
    kept_ms = FAILURE_KEPT_MS if found.why.code else KEPT_MS
    with redis.pipeline() as pipe:
        pipe.set(analysis_keys.answer(question_id), encode(found), px=kept_ms)
        pipe.lrem(analysis_keys.running(lane), 0, question_id)
        pipe.hdel(analysis_keys.questions(lane), question_id)
        pipe.delete(analysis_keys.progress(question_id))
        pipe.execute()


def drop(redis: Redis, question_id: str, lane: Lane = "") -> None:
    """End the work on a question that was taken back, without an answer."""
    redis.lrem(analysis_keys.running(lane), 0, question_id)


def abandoned(redis: Redis, lane: Lane = "") -> list[str]:
    """Return the questions of a process that died; for the holder of the lease, before it takes its first one."""
    return [question_id.decode() for question_id in redis.lrange(analysis_keys.running(lane), 0, -1)]
