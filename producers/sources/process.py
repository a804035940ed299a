"""`process`: CPU, memory, threads and open files of processes by name."""

from collections.abc import Sequence

import psutil

from shared.model.events import Event


class Processes:
    """One plugin a name, `process-<name>`, over all processes of that name; its state says whether there is any."""

    def __init__(self, names: Sequence[str], interval_s: float) -> None:
        self.interval_s = interval_s
        self._names = names
        self._known: dict[int, psutil.Process] = {}
        self.poll(0)  # The first CPU figure of a process is 0.0; it is thrown away.

    def poll(self, now_ms: int) -> list[Event]:
        found: dict[str, list[psutil.Process]] = {name: [] for name in self._names}
        known: dict[int, psutil.Process] = {}
        for process in psutil.process_iter(["name"]):
            name = process.info["name"]
            if name in found:
                # The same object as before: psutil measures CPU between two calls on it.
                same = self._known.get(process.pid)
                kept = same if same is not None and same == process else process
                known[process.pid] = kept
                found[name].append(kept)
        self._known = known
        return [self._event(name, processes, now_ms) for name, processes in found.items()]

    def _event(self, name: str, processes: Sequence[psutil.Process], now_ms: int) -> Event:
        totals = {"process_count": 0.0, "cpu_usage": 0.0, "memory_bytes": 0.0, "threads": 0.0, "open_files": 0.0}
        for process in processes:
            try:
                with process.oneshot():
                    part = {
                        "process_count": 1.0,
                        "cpu_usage": process.cpu_percent(interval=None),
                        "memory_bytes": float(process.memory_info().rss),
                        "threads": float(process.num_threads()),
                        "open_files": float(_open_files(process)),
                    }
            except psutil.Error:
                continue  # Ended while we looked.
            for metric, value in part.items():
                totals[metric] += value
        states = {"status": "running" if totals["process_count"] else "stopped"}
        return Event(f"process-{name}", name, now_ms, metrics=totals, states=states)


def _open_files(process: psutil.Process) -> int:
    try:
        return int(process.num_fds())
    except (psutil.AccessDenied, AttributeError):
        return 0
