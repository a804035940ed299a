"""
The worker that performs the product's jobs: RQ's, restricted to what the product uses of RQ.

It performs jobs in its own process, follows no commands that others publish, and is back within seconds when Redis is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker, worker_registration
from rq.registry import FailedJobRegistry, FinishedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.utils import now

from dispatchers.product_jobs import ProductJob, ProductQueue


class ProductWorker(SimpleWorker):
    """RQ's worker for the product's jobs."""

    queue_class = ProductQueue
    job_class = ProductJob

    max_connection_wait_time = 3.0
    """RQ's own limit is a minute."""

    def __init__(self, queues: Sequence[Queue], *, connection: Redis, **options: Any) -> None:
        """
        Args:
            queues: The queues to work on, whatever their class.
        """
        own = [ProductQueue(queue.name, connection=connection, serializer=JSONSerializer) for queue in queues]
        super().__init__(own, connection=connection, **{**options, "serializer": JSONSerializer})

    def subscribe(self) -> None:
        """Do nothing: the parent process alone tells a worker to stop."""

    def clean_registries(self) -> None:
        """Do RQ's maintenance, as far as the product uses RQ; a registry that cannot be read stops no other."""
        for queue in self.queues:
            if not queue.acquire_maintenance_lock():
                continue
            for registry in (FinishedJobRegistry, StartedJobRegistry, FailedJobRegistry):
                self._maintain(
                    registry(queue.name, self.connection, job_class=ProductJob, serializer=JSONSerializer).cleanup
                )
            self._maintain(partial(worker_registration.clean_worker_registry, queue))
            self._maintain(partial(queue.intermediate_queue.cleanup, self, queue))
            queue.release_maintenance_lock()
        self.last_cleaned_at = now()

    def clean_group_registries(self) -> None:
        """Do nothing: the product's jobs are in no group, and RQ reads grouped jobs with pickle."""

    def _maintain(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            self.log.exception("maintenance of RQ's registries failed")
