"""`host`: CPU, memory, disk, network and load of the machine this runs on."""

import os

import psutil

from shared.model.events import Event

# Mounts of no interest: images that are full by design, and the kernel's own.
_SKIPPED_FILE_SYSTEMS = ("squashfs", "iso9660", "overlay", "tmpfs", "devtmpfs", "ramfs", "autofs")


class Host:
    """One plugin a machine. Percentages are 0 to 100; rates are per second since the poll before."""

    def __init__(self, plugin_id: str, plugin_name: str, interval_s: float) -> None:
        self.interval_s = interval_s
        self._plugin_id = plugin_id
        self._plugin_name = plugin_name
        self._before: tuple[int, dict[str, float]] | None = None
        # psutil's first answer is 0.0 whatever the load; this one is thrown away.
        psutil.cpu_percent(interval=None)

    def poll(self, now_ms: int) -> list[Event]:
        memory = psutil.virtual_memory()
        cores = os.cpu_count() or 1
        load_1, load_5, load_15 = psutil.getloadavg()
        metrics = {
            "cpu_usage": psutil.cpu_percent(interval=None),
            "memory_usage": memory.percent,
            "memory_available_bytes": float(memory.available),
            "swap_usage": psutil.swap_memory().percent,
            "load_1": load_1,
            "load_5": load_5,
            "load_15": load_15,
            "load_per_core": load_5 / cores,
            "disk_usage": max(_disk_usages(), default=0.0),
            "uptime_seconds": max(0.0, now_ms / 1000 - psutil.boot_time()),
        }
        return [Event(self._plugin_id, self._plugin_name, now_ms, metrics={**metrics, **self._rates(now_ms)})]

    def _rates(self, now_ms: int) -> dict[str, float]:
        disk, network = psutil.disk_io_counters(), psutil.net_io_counters()
        totals: dict[str, float] = {}
        if disk is not None:
            totals |= {"disk_read_bytes_per_s": disk.read_bytes, "disk_write_bytes_per_s": disk.write_bytes}
        if network is not None:
            totals |= {"network_in_bytes_per_s": network.bytes_recv, "network_out_bytes_per_s": network.bytes_sent}
        before, self._before = self._before, (now_ms, totals)
        if before is None or now_ms <= before[0]:
            return {}
        seconds = (now_ms - before[0]) / 1000
        # A counter that went back was reset; a rate cannot be told across that.
        return {
            name: (total - before[1][name]) / seconds
            for name, total in totals.items()
            if total >= before[1].get(name, float("inf"))
        }


def _disk_usages() -> list[float]:
    found = []
    for part in psutil.disk_partitions(all=False) or []:
        if part.fstype not in _SKIPPED_FILE_SYSTEMS:
            try:
                found.append(psutil.disk_usage(part.mountpoint).percent)
            except OSError:
                continue  # Unmounted meanwhile, or not ours to look at.
    return found or [psutil.disk_usage("/").percent]
