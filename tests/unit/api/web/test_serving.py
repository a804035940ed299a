"""What the relay's heartbeat says of the loop of gunicorn's worker."""

import os
import time
from types import SimpleNamespace

from gunicorn.workers.workertmp import WorkerTmp

from api.web.serving import Accepting
from shared.loops import LATE_S


def a_file() -> WorkerTmp:
    return WorkerTmp(SimpleNamespace(umask=0, uid=os.geteuid(), gid=os.getegid(), worker_tmp_dir=None))


def test_worker_that_turned_lately_is_no_trouble() -> None:
    file = a_file()
    file.notify()

    assert "" == Accepting(SimpleNamespace(tmp=file)).trouble


def test_worker_that_has_not_turned_for_long_is_told_of() -> None:
    file = a_file()
    long_ago = time.monotonic() - LATE_S - 5
    os.utime(file.fileno(), (long_ago, long_ago))

    assert Accepting(SimpleNamespace(tmp=file)).trouble.startswith("no connection has been accepted for ")


def test_worker_that_ends_is_told_of_without_an_error() -> None:
    file = a_file()
    file.close()

    assert "the server is stopping" == Accepting(SimpleNamespace(tmp=file)).trouble
