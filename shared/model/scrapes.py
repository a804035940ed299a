"""Scraping: which addresses are asked for their metrics, how often, and with which credentials. Pure."""

import hashlib
import json
import ssl
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from shared.addresses import not_a_site
from shared.errors import Invalid
from shared.model import names, reasons
from shared.model.alerts import NAME_LENGTH, TEXT_LENGTH
from shared.model.reasons import Reason
from shared.model.rules import problems

MAX_TARGETS = 10_000
"""Of all jobs and files; each process scrapes its share."""
MAX_LABELS = 30
JOB_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$"
SECRETS = ("password", "bearer_token")
META_LABEL = "__"
"""Labels that begin so tell how to scrape, e.g. `__scheme__`; they are not kept."""


class ScrapeJob(BaseModel):
    """Targets that are scraped in the same way, as a `scrape_config` of Prometheus describes them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=JOB_NAME, description="Value of the label `job`.")
    targets: list[str] = Field(
        default=[],
        max_length=1_000,
        description="Addresses, `host:port`. May be empty if the job's targets come from a file of its name.",
    )
    scheme: Literal["http", "https"] = "http"
    path: str = Field("/metrics", pattern=r"^/[!-~]*$", max_length=500)
    params: dict[str, str] = Field(default={}, max_length=20, description="Parameters of the address's query.")
    interval_seconds: float = Field(30, ge=1, le=3_600)
    timeout_seconds: float = Field(10, gt=0, le=60, description="At most the interval.")
    labels: dict[str, str] = Field(default={}, max_length=MAX_LABELS, description="Added to every series.")
    username: str = Field("", max_length=256, description="For Basic authentication.")
    password: SecretStr = Field(SecretStr(""), max_length=4_096)
    bearer_token: SecretStr = Field(SecretStr(""), max_length=8_192)
    ca_certificate: str = Field(
        "", max_length=100_000, description="PEM; trusted for these targets instead of all other certificates."
    )
    enabled: bool = True

    @field_validator("targets")
    @classmethod
    def _addresses(cls, targets: list[str]) -> list[str]:
        for address in targets:
            if wrong := address_problem(address):
                raise ValueError(wrong)
        return list(dict.fromkeys(targets))

    @field_validator("labels", "params")
    @classmethod
    def _texts(cls, texts: dict[str, str]) -> dict[str, str]:
        for name, value in texts.items():
            if wrong := label_problem(name, value):
                raise ValueError(wrong)
        return texts

    @field_validator("password", "bearer_token")
    @classmethod
    def _secret(cls, secret: SecretStr) -> SecretStr:
        if wrong := names.hides(secret.get_secret_value()):
            raise ValueError(wrong)
        return secret

    @field_validator("ca_certificate")
    @classmethod
    def _pem(cls, text: str) -> str:
        if text:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
            except (ssl.SSLError, ValueError, TypeError):  # A TypeError for what is not ASCII.
                raise ValueError(reasons.of("invalid.no_certificate")) from None
        return text

    @model_validator(mode="after")
    def _makes_sense(self) -> "ScrapeJob":
        if self.timeout_seconds > self.interval_seconds:
            raise ValueError(reasons.of("invalid.timeout_over_interval"))
        if self.username and self.bearer_token.get_secret_value():
            raise ValueError(reasons.of("invalid.basic_or_bearer"))
        if self.password.get_secret_value() and not self.username:
            raise ValueError(reasons.of("invalid.password_alone"))
        return self

    def stored(self) -> dict[str, Any]:
        """Return all fields, secrets in clear; they are sealed before they are stored."""
        secrets = {name: getattr(self, name).get_secret_value() for name in SECRETS}
        return {**self.model_dump(mode="json", exclude=set(SECRETS)), **secrets}


class FileGroup(Struct):
    """An element of a `file_sd` file: addresses, and labels that they share."""

    targets: list[str]
    labels: dict[str, str] = {}


class TargetFile(Struct):
    """A `file_sd` file as one `ingest` process read it; its content is the newest that was valid."""

    path: str
    host: str
    read_at_ms: int = 0
    """When the content was read; 0: it was never valid."""
    seen_at_ms: int = 0
    """When a process last looked at the file."""
    groups: list[FileGroup] = []
    error: Reason | None = None
    """Why the file's present content is not used."""

    @property
    def job(self) -> str:
        """The job that its targets belong to if no label `job` says otherwise: the file's name without its ending."""
        return self.path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]


class Target(Struct, frozen=True):
    """One address that is scraped."""

    id: str
    """The same for the same address and labels, in every process."""
    job: str
    url: str
    labels: dict[str, str]
    """Added to each of its series: `job`, `instance` and the configured ones."""
    interval_ms: int
    timeout_ms: int
    source: str = ""
    """The file it comes from; empty: it was configured by API, page or command."""
    username: str = ""
    password: str = ""
    bearer_token: str = ""
    ca_certificate: str = ""


class TargetState(Struct, omit_defaults=True):
    """What came of the last scrape of a target."""

    at_ms: int
    up: bool
    duration_ms: int = 0
    samples: int = 0
    size_bytes: int = 0
    refused: int = 0
    """Samples that were left out, e.g. because of times in the future."""
    error: Reason | None = None
    url: str = ""
    labels: dict[str, str] = field(default_factory=dict)


def parse(fields: Mapping[str, Any]) -> ScrapeJob:
    """
    Make a job from a request's fields.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        return ScrapeJob.model_validate(dict(fields))
    except ValidationError as error:
        raise Invalid(problems(error), "The job") from None


def address_problem(address: str) -> Reason | None:
    """Return why *address* is no `host:port`; None if it is one."""
    host, colon, port = address.rpartition(":")
    is_wrong = not_a_site(f"http://{address}") if host and colon else True
    if is_wrong or not port.isdigit() or not 0 < int(port[:6]) < 65_536 or len(address) > 300:
        return reasons.of("invalid.host_and_port", given=names.escaped(address[:100]))
    return None


def label_problem(name: str, value: str) -> Reason | None:
    """Return why a label cannot be added to series; None if it can."""
    if not 1 <= len(name) <= NAME_LENGTH:
        return reasons.of("invalid.label_name", max_length=NAME_LENGTH)
    if len(value) > TEXT_LENGTH:
        return reasons.of("invalid.too_many_characters", max_length=TEXT_LENGTH)
    return names.hides(name) or names.hides(value) or None


def described(target: Target, state: TargetState | None) -> dict[str, Any]:
    """Return a target and the result of its last scrape, without credentials."""
    last = state or TargetState(at_ms=0, up=False)
    return {
        **{name: getattr(target, name) for name in ("id", "job", "url", "source", "labels")},
        "state": "waiting" if state is None else "up" if state.up else "down",
        **{name: getattr(last, name) for name in ("at_ms", "duration_ms", "samples", "size_bytes", "refused")},
        **reasons.fields(last.error or "", "error"),
    }


def file_described(file: TargetFile) -> dict[str, Any]:
    """Return a file without its targets, and why its newest content is not used."""
    return {
        **{name: getattr(file, name) for name in ("path", "host", "job", "read_at_ms", "seen_at_ms")},
        "targets": sum(len(group.targets) for group in file.groups),
        **reasons.fields(file.error or "", "error"),
    }


def targets_of(jobs: Iterable[ScrapeJob], files: Iterable[TargetFile]) -> list[Target]:
    """
    Return all targets of the enabled jobs and of the files, each once, at most `MAX_TARGETS`.

    The targets of a file are scraped in the way of the job that they belong to, if there is one of that name.
    """
    known = {job.name: job for job in jobs}
    found: dict[str, Target] = {}
    for target in (*_configured(known.values()), *_in_files(known, files)):
        if len(found) >= MAX_TARGETS:
            break
        found.setdefault(target.id, target)
    return list(found.values())


def _configured(jobs: Iterable[ScrapeJob]) -> Iterator[Target]:
    for job in jobs:
        if job.enabled:
            for address in job.targets:
                yield _target(job, address, job.labels, "")


def _in_files(jobs: Mapping[str, ScrapeJob], files: Iterable[TargetFile]) -> Iterator[Target]:
    for file in sorted(files, key=lambda file: (file.path, file.host)):
        for group in file.groups:
            name = group.labels.get("job") or file.job
            job = jobs.get(name) or ScrapeJob.model_construct(name=name)
            if job.enabled:
                for address in group.targets:
                    yield _target(job, address, {**job.labels, **group.labels}, file.path)


def _target(job: ScrapeJob, address: str, labels: Mapping[str, str], source: str) -> Target:
    scheme = labels.get("__scheme__") or job.scheme
    path = labels.get("__metrics_path__") or job.path
    params = dict(job.params) | {
        name.removeprefix("__param_"): value for name, value in labels.items() if name.startswith("__param_")
    }
    url = f"{scheme}://{address}{path}" + (f"?{urlencode(params)}" if params else "")
    kept = {name: value for name, value in labels.items() if value and not name.startswith(META_LABEL)}
    full = {"instance": address, **kept, "job": labels.get("job") or job.name}
    identity = json.dumps([url, sorted(full.items())]).encode()
    return Target(
        id=hashlib.sha256(identity).hexdigest()[:16],
        job=full["job"],
        url=url,
        labels=full,
        interval_ms=round(job.interval_seconds * 1_000),
        timeout_ms=round(job.timeout_seconds * 1_000),
        source=source,
        username=job.username,
        password=job.password.get_secret_value(),
        bearer_token=job.bearer_token.get_secret_value(),
        ca_certificate=job.ca_certificate,
    )
