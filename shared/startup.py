"""What each process does before its work: read its settings, open its log, and agree with Redis on the data."""

from collections.abc import Callable

from redis import Redis

from shared import crash_points, log, variables
from shared.log import Logger
from shared.process import keep_private
from shared.redis import connection
from shared.settings import Settings
from shared.store import schema


def begin(component: str, *checks: Callable[[Settings], object]) -> tuple[Settings, Logger]:
    """
    Keep this process's files private, read the settings, and open the log.

    Args:
        checks: Of the settings, before anything is logged.

    Raises:
        AlertsError: a setting is wrong; one sentence.
    """
    keep_private()
    crash_points.arm()
    settings = Settings.from_environment()
    for check in checks:
        check(settings)
    logger = log.set_up_for(component, settings)
    variables.warn(logger)
    return settings, logger


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
