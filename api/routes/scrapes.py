"""Scraping: jobs, their targets with the result of the last scrape, and the files that list targets."""

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field

from api.auth.guard import author, requires
from api.describe.shapes import ANYTHING, NUMBER, PROBLEMS, TEXT, a_list, a_page, an_object, inlined, json_answer
from api.read import pages
from api.web import responses
from api.web.parameters import PageQuery
from api.web.services import services
from shared.errors import NotFound
from shared.model import scrapes
from shared.model.scrapes import JOB_NAME, SECRETS, ScrapeJob, Target
from shared.redis import connection
from shared.store import scrape_store

routes = APIBlueprint(
    "scrapes", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="scrapes")], abp_responses=PROBLEMS
)
JOB = inlined(ScrapeJob.model_json_schema())
JOB["properties"] |= {
    "version": TEXT,
    **{name: {"type": "string", "description": "Its mask, or empty."} for name in SECRETS},
}
JOB["required"] = [*JOB["properties"]]
_ERROR = {"error": TEXT, "error_code": TEXT, "error_values": ANYTHING}
TARGET = an_object(
    id=TEXT,
    job=TEXT,
    url=TEXT,
    source=TEXT,
    labels={"type": "object", "additionalProperties": TEXT},
    state={"type": "string", "enum": ["up", "down", "waiting"]},
    at_ms=NUMBER,
    duration_ms=NUMBER,
    samples=NUMBER,
    size_bytes=NUMBER,
    refused=NUMBER,
    **_ERROR,
)
FILE = an_object(path=TEXT, host=TEXT, job=TEXT, targets=NUMBER, read_at_ms=NUMBER, seen_at_ms=NUMBER, **_ERROR)


class JobPath(BaseModel):
    job_name: str = Field(pattern=JOB_NAME, max_length=64)


class JobBody(ScrapeJob):
    """A scrape job. The name in the address applies; a secret sent back as its mask is kept."""

    name: str = Field("", pattern=JOB_NAME, description="Value of the label `job`.")
    version: str = Field("", description="Set by the API.")


@routes.get("/ingest/jobs", responses=json_answer(a_page(jobs=a_list(JOB))))
@requires("admin")
def all_jobs(query: PageQuery) -> Response:
    """Scrape jobs by name, secrets masked; by pages."""
    jobs = scrape_store.load_all(services().redis)
    page = pages.page(jobs, lambda job: (job.name,), query.cursor, query.limit)
    return responses.json(page.answer("jobs", _shown))


@routes.get("/ingest/jobs/<job_name>", responses=json_answer(JOB))
@requires("admin")
def one(path: JobPath) -> Response:
    """Return one scrape job, with its secrets masked."""
    return _answer(scrape_store.get(services().redis, path.job_name))


@routes.put("/ingest/jobs/<job_name>", responses=json_answer(JOB))
@requires("admin")
def replace(path: JobPath, body: JobBody) -> Response:
    """
    Create or replace a scrape job; its targets are scraped within seconds. With the `version` as If-Match, the request
    fails with 412 if another caller has changed the job meanwhile.
    """
    redis = services().redis
    before = _found(path.job_name)
    fields = {name: value for name, value in body.stored().items() if name != "version"} | {"name": path.job_name}
    job = scrapes.parse(scrape_store.merged(fields, before))
    expected = responses.if_match()
    if expected is None:
        # The masked secrets are those of what was read here; they must not come from one version into another.
        expected = scrape_store.version_of(before) if before else None
    scrape_store.save(redis, job, expected=expected, author=author())
    return _answer(job)


@routes.delete("/ingest/jobs/<job_name>", responses={"204": {"description": "Deleted"}})
@requires("admin")
def delete(path: JobPath) -> Response:
    """Delete a scrape job; the series of its targets end."""
    scrape_store.delete(services().redis, path.job_name, expected=responses.if_match(), author=author())
    return Response(status=204)


@routes.get("/ingest/targets", responses=json_answer(a_page(targets=a_list(TARGET))))
@requires("viewer")
def all_targets(query: PageQuery) -> Response:
    """Every target of the scrape jobs and files with the result of its last scrape, by job and address; by pages."""
    redis = services().redis
    files = scrape_store.files(redis, connection.server_ms(redis))
    targets = scrapes.targets_of(scrape_store.load_all(redis), files)
    targets.sort(key=_place)
    states = scrape_store.states(redis)
    page = pages.page(targets, _place, query.cursor, query.limit)
    return responses.json(page.answer("targets", lambda target: scrapes.described(target, states.get(target.id))))


@routes.get("/ingest/files", responses=json_answer(an_object(files=a_list(FILE))))
@requires("viewer")
def all_files() -> Response:
    """The files of `SCRAPE_FILES`: how many targets each lists, and why the newest content of one is not used."""
    redis = services().redis
    return responses.json(
        {"files": [scrapes.file_described(f) for f in scrape_store.files(redis, connection.server_ms(redis))]}
    )


def _found(name: str) -> ScrapeJob | None:
    try:
        return scrape_store.get(services().redis, name)
    except NotFound:
        return None


def _answer(job: ScrapeJob) -> Response:
    return responses.json(_shown(job), headers={"ETag": f'"{scrape_store.version_of(job)}"'})


def _shown(job: ScrapeJob) -> dict[str, Any]:
    return {**scrape_store.shown(job), "version": scrape_store.version_of(job)}


def _place(target: Target) -> tuple[str, str, str]:
    return target.job, target.url, target.id
