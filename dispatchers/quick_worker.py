"""
Tuning: a worker that sends few commands to Redis per delivery. `ProductWorker` does the same without it.

RQ sends about forty commands per job, so that other workers notice when a job's worker dies. For a delivery, the claim,
the ledger and the sweeper do that already. So a delivery is performed while it is in RQ's intermediate queue, with one
round trip before and one after. If its worker dies, RQ's maintenance moves it to the failed jobs, as it does with any
job that stays there for long. A retry, an exception and every other kind of job use RQ's full procedure. Benchmark
rows: "latency, XADD to webhook" and "storm: webhook notified of every alert".
"""

import time
from typing import Any

from redis.client import Pipeline
from rq import Queue, Retry
from rq.job import Job
from rq.results import Result
from rq.timeouts import JobTimeoutException
from rq.utils import now
from rq.worker import WorkerStatus

from dispatchers.product_worker import ProductWorker
from dispatchers.queues import DELIVER, JOB_TIMEOUT_S

ENABLED = True
"""False has workers take RQ's whole way with every job."""
HEARTBEAT_EVERY_S = 10.0
"""How often a worker without a job reports to RQ that it lives; RQ by itself does so five times a job."""
SUSPENSION_EVERY_S = 1.0
"""How often a busy worker looks whether `rq suspend` was called."""


def worker_class() -> type[ProductWorker]:
    """Return the class of worker that this process shall use."""
    return QuickWorker if ENABLED else ProductWorker


class QuickWorker(ProductWorker):
    """A worker that reports to RQ only what nobody else knows."""

    _heartbeat_s = -HEARTBEAT_EVERY_S
    _suspension_s = -SUSPENSION_EVERY_S

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Perform a job in this process."""
        if job.func_name != DELIVER or len(self.queues) > 1:
            # A job that came from one of several queues lies in no intermediate queue.
            super().execute_job(job, queue)
            return
        with self.connection.pipeline(transaction=False) as pipe:
            self.set_state(WorkerStatus.BUSY, pipe)
            job.prepare_for_execution(self.name, pipe)
            pipe.execute()
        begun = now()
        if not self._is_done(job):
            # The job repeats its outcome for RQ; it is not performed again.
            super().execute_job(job, queue)
            return
        with self.connection.pipeline() as pipe:
            pipe.lrem(queue.intermediate_queue_key, 1, job.id)
            pipe.delete(job.key, job.dependents_key, job.dependencies_key, Result.get_key(job.id))
            self.increment_successful_job_count(pipe)
            self.increment_total_working_time(now() - begun, pipe)
            pipe.hset(self.key, "state", WorkerStatus.IDLE)
            pipe.execute()
        # Not before: a signal stops an idle worker at once, and the job would stay where it lies. Redis has the state
        # already, so this pipeline is not executed.
        with self.connection.pipeline() as unsent:
            self.set_state(WorkerStatus.IDLE, unsent)

    def _is_done(self, job: Job) -> bool:
        """Perform a job; tells whether it ended without an exception or an order to retry."""
        try:
            with self.death_penalty_class(job.timeout or JOB_TIMEOUT_S, JobTimeoutException, job_id=job.id):
                result: Any = job.perform()
        except BaseException:  # RQ's way handles it, also what a signal's handler raises.
            return False
        return not isinstance(result, Retry)

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Report the worker's state if it is new."""
        if pipeline is not None or state != self.get_state():
            super().set_state(state, pipeline)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Report that the worker lives; calls without a time limit and a pipeline are obeyed now and then."""
        if timeout is None and pipeline is None:
            if time.monotonic() - self._heartbeat_s < HEARTBEAT_EVERY_S:
                return
            with self.connection.pipeline(transaction=False) as pipe:
                super().heartbeat(pipeline=pipe)
                pipe.execute()
        else:
            super().heartbeat(timeout, pipeline)
        self._heartbeat_s = time.monotonic()

    def check_for_suspension(self, burst: bool) -> None:
        """Wait while `rq suspend` holds all workers; looks now and then."""
        if time.monotonic() - self._suspension_s >= SUSPENSION_EVERY_S:
            super().check_for_suspension(burst)
            self._suspension_s = time.monotonic()
