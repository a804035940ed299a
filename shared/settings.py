"""Settings of a process: read once from the environment in `__main__`, passed down, never changed."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from shared import environment, outbound, proxies
from shared.addresses import authority, is_host, not_a_site, not_an_address
from shared.errors import ConfigurationError
from shared.model import external, names, reasons
from shared.model.alerts import NAME_LENGTH
from shared.model.partitions import DEFAULT_PARTITIONS
from shared.ranges import RANGES
from shared.setting_values import listed, parse

CHANNEL_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
SHOWN = 200
"""Characters of a path or value that an error repeats."""
SECRETS = (
    *("redis_url", "database_url", "secret_keys", "jwt_secret_key", "https_proxy", "http_proxy"),
    "sentry_client_secrets",
)
"""Settings that can also be read from a file, which for example `SECRET_KEYS_FILE` names."""
ANY_CASE = ("https_proxy", "http_proxy", "no_proxy")
"""Variables that other programs use too; like these, we read the lower-case name first."""
RETIRED = "ALLOW_PRIVATE_ADDRESSES"
"""A variable that version 0.1 used; it still has its effect (`_private_addresses`)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field is read from the environment variable of the same name in capitals."""

    redis_url: str = ""
    """Empty: `enhanced-alerts up` starts the embedded server, and other commands connect to it."""
    embedded_redis_port: int = 6390
    """Not 6379, so that a Redis already on this machine is left alone."""
    embedded_redis_max_mb: int = 0
    """Memory limit of the embedded server, which refuses writes beyond it. 0: half of the memory of the machine."""
    data_dir: Path = Path("var")
    archive: bool = True
    """Off: no recorder records, and nothing is kept beyond STREAM_KEEP_SECONDS and HISTORY_DAYS."""
    database_url: str = ""
    """The archive's PostgreSQL database, postgresql://user:password@host/name. Empty: a file in DATA_DIR."""
    log_dir: Path = Path("logs")
    log_level: str = "info"
    partitions: int = DEFAULT_PARTITIONS
    api_host: str = "127.0.0.1"
    api_port: int = 5000
    ingest_host: str = "127.0.0.1"
    ingest_port: int = 5001
    ingest_cors_origins: str = ""
    """Comma-separated sites whose pages may read Alertmanager's API in a browser, or `*` for all; they need a key."""
    statsd_host: str = "127.0.0.1"
    """StatsD has no authentication: every program that reaches this address can publish."""
    statsd_port: int = 0
    """UDP and TCP, usually 8125. 0: no StatsD."""
    scrape_files: str = ""
    """Comma-separated globs of files with targets to scrape, as Prometheus' `file_sd_config` reads them."""
    relay_host: str = "127.0.0.1"
    relay_port: int = 8765
    public_url: str = ""
    """The API's address in people's browsers; used in links of messages. Empty: http://API_HOST:API_PORT."""
    relay_public_url: str = ""
    """The relay's address in browsers, e.g. wss://alerts.example.com/live. Empty: the page's host with RELAY_PORT."""
    host_plugin_id: str = ""
    """Plugin id of this machine's own metrics. Empty: `host-<hostname>`."""
    host_interval_seconds: float = 30.0
    """The original system used 30 to 60 s. Short enough for rules with `for_seconds = 60`; 2,880 samples a day."""
    watch_processes: str = ""
    """Comma-separated process names whose CPU, memory, threads and open files are published."""
    lease_seconds: float = 4.0
    """A dead evaluator's partitions move after at most this time. Longer than a garbage collection or a slow commit."""
    history_days: float = 7.0
    stream_keep_seconds: float = 3_600.0
    """How long evaluated events stay in the streams; what is older is read from the archive."""
    stream_max_entries: int = 1_000_000
    """Limit of a partition's stream, about 200 MB: it protects Redis while no evaluator runs."""
    stream_max_megabytes: int = 512
    """All partitions' streams together, also if a host writes to them directly; a small machine has room for it."""
    archive_keep_days: int = 14
    """How long the archive keeps events and transitions."""
    archive_max_megabytes: int = 0
    """0: 4,096 for a file, no limit for a database."""
    archive_alert_days: int = 730
    """How long the archive keeps alerts, notifications, silences and revisions of rules: two years can be compared."""
    archive_rollup_days: int = 400
    """How long it keeps the figures of five minutes and of hours: a year, and a month to compare it with the last."""
    recorder_wait_seconds: float = 21_600.0
    """How long streams wait for a recorder that records nothing: six hours of an archive's outage lose nothing."""
    max_plugins: int = 200_000
    """Remembered by evaluators, all partitions together, shared evenly. Some 300 MB with four series each."""
    max_series: int = 2_000_000
    max_active_alerts: int = 50_000
    """About 200 MB of records. Further alerts are only counted, in one overflow alert."""
    group_seconds: float = 10.0
    """After the first message of a group, further news is collected for this time and sent together; 0: at once."""
    operator_channels: str = "web,dashboard,email"
    """Comma-separated channels for alerts about the system and its channels; unconfigured ones are left out."""
    external_channels: str = "web,dashboard"
    """Comma-separated channels for external alerts, such as those of Prometheus; as rules have them by default."""
    external_severities: str = ""
    """Comma-separated meanings of the label `severity` beside the usual ones, e.g. `page=emergency,ticket=warning`."""
    external_heartbeats: str = "Watchdog,DeadMansSwitch"
    """Comma-separated names of external alerts that always fire: they prove that their sender works."""
    sentry_client_secrets: str = ""
    """Comma-separated client secrets of Sentry's integrations. If set, webhooks of Sentry must be signed with one."""
    secret_keys: str = ""
    """Comma-separated Fernet keys that seal stored secrets, the newest first. Empty: DATA_DIR/secret.key."""
    jwt_secret_key: str = ""
    """Signs tokens; at least 32 characters. Empty: a key is created at the first start and stored in Redis, sealed."""
    trusted_proxies: int = 0
    """Number of reverse proxies in front of API and relay; the X-Forwarded-* headers of this many are trusted."""
    tls_certificate: str = ""
    tls_key: str = ""
    """PEM files. If both are set, API and relay use HTTPS without a proxy."""
    api_requests_per_second: float = 50.0
    """Average per caller; a burst may have as many requests as four seconds allow."""
    publish_megabytes_per_hour: float = 256.0
    """Events that one API key sends by HTTP; a quarter of it in one burst. Redis keeps them for STREAM_KEEP_SECONDS."""
    publish_total_megabytes_per_hour: float = 1_024.0
    """Events that all API keys together send by HTTP: a Redis of 2 GB holds them with room left."""
    publish_plugins: int = 10_000
    """Different plugins a day that one API key may publish for; a gateway of a large site has some thousands."""
    publish_total_plugins: int = 50_000
    """The same for all API keys together. Evaluators remember each plugin for a week, with about 4 kB."""
    publish_names: int = 10_000
    """Different metric names per day that one API key may publish; a host has about fifty."""
    publish_total_names: int = 100_000
    ingest_max_series: int = 200_000
    """Of one API key or scrape job in one `ingest` process; a Prometheus of some hundred hosts has as many series."""
    backup_dir: str = ""
    """Where scheduled backups go. Empty: none are made."""
    backup_every_hours: float = 24.0
    backup_keep: int = 14
    watch_late_seconds: float = 30.0
    """An event, transition or notification that waits this long, or a component missing this long, raises an alert."""
    watch_silent_seconds: float = 900.0
    """No event from any plugin for this long raises an alert: plugins usually report every minute."""
    heartbeat_url: str = ""
    """Called while the pipeline is healthy; the service behind it raises the alarm when the calls stop. Kept secret."""
    heartbeat_seconds: float = 60.0
    outbound_allow: str = ""
    """Comma-separated hosts and networks that channels may call beside public and private addresses; `loopback`."""
    outbound_refuse: str = ""
    """Comma-separated hosts and networks that channels must not call; also `private` and `loopback` addresses."""
    https_proxy: str = ""
    http_proxy: str = ""
    """Proxies for https:// and http:// addresses, `http://user:password@proxy.example.com:3128`."""
    no_proxy: str = ""
    """Comma-separated hosts, domains, networks that are called without a proxy."""
    requests_ca_bundle: str = ""
    ssl_cert_file: str = ""
    ssl_cert_dir: str = ""
    """Certificates (PEM) to trust instead of those of the machine and of `certifi`; the first variable set counts."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """
        Read the settings.

        Raises:
            ConfigurationError: a value of the wrong type or out of range; names the variable.
        """
        given: dict[str, object] = {}
        for field in fields(cls):
            name = field.name.upper()
            text = environ.get(field.name, "").strip() if field.name in ANY_CASE else ""
            if not text:
                text = environment.secret(environ, name) if field.name in SECRETS else environ.get(name, "").strip()
            if text:
                given[field.name] = parse(name, field.type.__name__, text)  # type: ignore[union-attr]
        if old := environ.get(RETIRED, "").strip():
            is_on = parse(RETIRED, "bool", old)
            name, words = ("allow", ("loopback",)) if is_on else ("refuse", ("private", "loopback"))
            given[f"outbound_{name}"] = ",".join((str(given.get(f"outbound_{name}", "")), *words))
        settings = cls(**given)  # type: ignore[arg-type]
        settings._check()
        return settings

    def _check(self) -> None:
        for name, low, high in RANGES:
            if not low <= getattr(self, name) <= high:
                raise ConfigurationError(reasons.of("setting.number_range", setting=name.upper(), low=low, high=high))
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise ConfigurationError(reasons.of("setting.log_level"))
        if self.redis_url and not self.redis_url.startswith(("redis://", "rediss://", "unix://", "sentinel://")):
            raise ConfigurationError(reasons.of("setting.redis_scheme"))
        if self.database_url and not self.database_url.startswith(("postgresql://", "postgres://")):
            raise ConfigurationError(reasons.of("setting.database_scheme"))
        ping = not_an_address(self.heartbeat_url, "http", "https", with_secrets=True)
        for name, wrong, example in (
            ("PUBLIC_URL", not_a_site(self.public_url), "https://alerts.example.com"),
            ("RELAY_PUBLIC_URL", not_an_address(self.relay_public_url, "ws", "wss"), "wss://alerts.example.com/live"),
            ("HEARTBEAT_URL", ping, "https://checks.example.com/ping/name"),
        ):
            if getattr(self, name.lower()) and wrong:
                raise ConfigurationError(reasons.of("setting.address", setting=name, because=wrong, example=example))
        for name in ("api_host", "relay_host", "ingest_host", "statsd_host"):
            if not is_host(getattr(self, name)):
                raise ConfigurationError(reasons.of("setting.host", setting=name.upper()))
        _check_alertmanager(self)
        if len(self.host_plugin_id) > NAME_LENGTH or names.hides(self.host_plugin_id):
            raise ConfigurationError(reasons.of("setting.plugin_id", setting="HOST_PLUGIN_ID", most=NAME_LENGTH))
        for setting in ("OPERATOR_CHANNELS", "EXTERNAL_CHANNELS"):
            if not all(CHANNEL_NAME.fullmatch(name) for name in listed(getattr(self, setting.lower()))):
                raise ConfigurationError(reasons.of("setting.channel_names", setting=setting))
        for name in ("outbound_allow", "outbound_refuse"):
            try:
                outbound.parse(getattr(self, name))
            except ValueError as error:
                why = reasons.of("setting.outbound", setting=name.upper(), because=error.args[0])
                raise ConfigurationError(why) from None
        for name in ("https_proxy", "http_proxy"):
            try:
                proxies.parse(getattr(self, name) or proxies.EXAMPLE)
            except ValueError as error:
                why = reasons.of("setting.proxy", setting=name.upper(), because=error.args[0])
                raise ConfigurationError(why) from None
        self._check_certificates()
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ConfigurationError(reasons.of("setting.tls_pair"))
        for name in ("tls_certificate", "tls_key"):
            if getattr(self, name) and not environment.is_file(getattr(self, name)):
                place = getattr(self, name)[:SHOWN]
                raise ConfigurationError(reasons.of("setting.no_such_file", setting=name.upper(), place=place))
        if self.jwt_secret_key and len(self.jwt_secret_key) < 32:
            raise ConfigurationError(reasons.of("setting.signing_key"))

    def _check_certificates(self) -> None:
        place = self.trusted_certificates
        if not place or environment.is_folder(place):
            return
        name = next(n for n in _CERTIFICATES if getattr(self, n)).upper()
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=place)
        except ssl.SSLError:
            raise ConfigurationError(reasons.of("setting.no_certificates", setting=name, place=place[:SHOWN])) from None
        except OSError as error:
            why = reasons.of("setting.file_unreadable", setting=name, place=place[:SHOWN], error=error.strerror)
            raise ConfigurationError(why) from None
        except ValueError:  # The path contains a NUL, or is not valid Unicode.
            raise ConfigurationError(reasons.of("setting.no_file", setting=name)) from None

    @property
    def proxies(self) -> proxies.Proxies:
        """The proxies for outbound requests."""
        http, https = (proxies.parse(url) if url else None for url in (self.http_proxy, self.https_proxy))
        return proxies.Proxies(http, https, self.no_proxy)

    @property
    def trusted_certificates(self) -> str:
        """The file or folder of certificates to trust; "" for the usual ones."""
        return next((str(getattr(self, name)) for name in _CERTIFICATES if getattr(self, name)), "")

    @property
    def effective_redis_url(self) -> str:
        """The server to use: REDIS_URL, or the embedded one."""
        return self.redis_url or f"redis://127.0.0.1:{self.embedded_redis_port}/0"

    @property
    def effective_public_url(self) -> str:
        """Base of links in messages, without a slash at the end."""
        scheme = "https" if self.tls_certificate else "http"
        return (self.public_url or f"{scheme}://{authority(self.api_host, self.api_port)}").rstrip("/")

    @property
    def operator_channel_names(self) -> list[str]:
        return listed(self.operator_channels)

    @property
    def external_channel_names(self) -> list[str]:
        return listed(self.external_channels)

    @property
    def history_ms(self) -> int:
        return int(self.history_days * 86_400_000)


_CERTIFICATES = ("requests_ca_bundle", "ssl_cert_file", "ssl_cert_dir")


def _check_alertmanager(settings: Settings) -> None:
    """Check what concerns alerts of others, and who may ask for them."""
    try:
        external.parse_severities(settings.external_severities)
    except ValueError as error:
        raise ConfigurationError(error.args[0]) from None
    for origin in listed(settings.ingest_cors_origins):
        if origin != "*" and (wrong := not_a_site(origin)):
            example = {"setting": "INGEST_CORS_ORIGINS", "example": "https://karma.example.com"}
            raise ConfigurationError(reasons.of("setting.address", because=wrong, **example))
