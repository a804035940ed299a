"""What each process does before its work: reach Redis, and agree with it on the shape of the data."""

from redis import Redis

from shared.log import Logger
from shared.redis import connection
from shared.settings import Settings
from shared.store import schema


def reach_redis(settings: Settings, logger: Logger) -> Redis:
    """
    Return a client of the server that the settings name; what puts its data at risk is logged.

    Raises:
        AlertsError: the server cannot be reached or used; one sentence.
    """
    redis = connection.connect(settings.effective_redis_url)
    connection.check(redis, settings.effective_redis_url)
    if risk := connection.risk(redis):
        logger.warning("redis.risk", reason=risk)
    return redis


def join(settings: Settings, logger: Logger) -> Redis:
    """
    Reach Redis as `reach_redis` does, and check that this process reads its data and has its number of partitions.

    Raises:
        AlertsError: as `reach_redis`; or the data are of a newer release, or spread over another number of partitions.
    """
    redis = reach_redis(settings, logger)
    schema.agree(redis)
    connection.agree_on_partitions(redis, settings.partitions)
    return redis
