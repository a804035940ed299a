"""What a release holds and what installing it gives: built, installed into empty environments, and run from there."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import dockerfile
import pytest
import requests
from redis import Redis

from api.auth import api_keys
from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800), pytest.mark.xdist_group("package")]
PACKAGES = ("shared", "producers", "ingest", "evaluator", "archive", "insight", "dispatchers", "api")
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


def run(*command: object, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=1_500,
    )
    assert 0 == done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def tracked() -> list[str]:
    """Return the files of the repository as they are now; in an unpacked sdist, all of them."""
    if not (ROOT / ".git").exists():
        return [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    return [name for name in listed if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is tracked, and the dashboard's bundle as `make ui` has built it."""
    folder = tmp_path_factory.mktemp("clone")
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    bundle = ROOT / "api" / "ui" / "dist"
    assert (bundle / "index.html").exists(), "the dashboard is not built; run make ui"
    shutil.copytree(bundle, folder / "api" / "ui" / "dist")
    return folder


@pytest.fixture(scope="module")
def release(clone: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel built from it."""
    run(sys.executable, "-m", "build", "--outdir", clone / "release", cwd=clone)
    (sdist,), (wheel,) = (clone / "release").glob("*.tar.gz"), (clone / "release").glob("*.whl")
    return sdist, wheel


def environment(folder: Path) -> Path:
    """Make an empty virtual environment; returns its programs' folder."""
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    return folder / "bin"


def test_wheel_and_sdist_hold_every_file_of_the_packages_and_the_dashboard(release: tuple[Path, Path]) -> None:
    sdist, wheel = release
    with tarfile.open(sdist) as opened:
        in_sdist = {name.partition("/")[2] for name in opened.getnames()}
    with zipfile.ZipFile(wheel) as opened:
        in_wheel = set(opened.namelist())
    of_packages = {name for name in tracked() if name.split("/")[0] in PACKAGES and not name.startswith("api/ui/")}
    bundle = {str(p.relative_to(ROOT)) for p in (ROOT / "api" / "ui" / "dist").rglob("*") if p.is_file()}

    assert bundle
    assert set() == (of_packages | bundle) - in_wheel
    assert set() == {name for name in tracked() if not name.startswith(".")} - in_sdist
    assert set() == bundle - in_sdist
    assert not [name for name in in_wheel if name.startswith("tests/") or "node_modules" in name]
    assert not [name for name in in_wheel if name.startswith("api/ui/") and name not in bundle]


def lowest(package: str) -> str:
    """Return the lowest version that pyproject.toml lets the client have."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        needed = tomllib.load(file)["project"]["dependencies"]
    (found,) = [one for one in needed if one.startswith(package)]
    assert found.startswith(f"{package}>="), "a plugin has a version of its own; ours must not be pinned"
    return found.partition(">=")[2]


PUBLISHES = """
import sys, redis
from producers.publisher import Publisher
with Publisher(sys.argv[1]) as publisher:
    publisher.publish("q", metrics={"cpu": 1.0, "bad": float("nan")}, states={"s": "on"}, at_ms=1_700_000_000_000)
    publisher.publish("q", at_ms=5)
    assert publisher.flush(20), publisher.stats
assert (1, 1, 1) == tuple(publisher.stats[name] for name in ("sent", "rejected", "dropped_values")), publisher.stats
print(redis.__version__)
"""


@pytest.mark.parametrize("version", ["lowest", "newest"])
def test_client_alone_publishes_and_its_command_says_what_it_lacks(
    release: tuple[Path, Path], redis: Redis, server: RealServer, tmp_path: Path, version: str
) -> None:
    programs = environment(tmp_path / "client")
    wanted = f"redis=={lowest('redis')}" if version == "lowest" else "redis"
    run(programs / "python", *PIP, "install", wanted, release[1], cwd=tmp_path)
    installed = {
        line.partition("==")[0].lower()
        for line in run(programs / "python", *PIP, "freeze", cwd=tmp_path).splitlines()
        if "==" in line
    }
    used = run(programs / "python", "-W", "error", "-c", PUBLISHES, server.url, cwd=tmp_path)
    written = sum(redis.xlen(key) for key in redis.keys("ea:*:events"))
    lacking = [
        subprocess.run(
            [programs / "enhanced-alerts", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        for command in (["--help"], ["publish", "p", "cpu=1"], ["up"], ["evaluator"], [])
    ]

    assert {"redis"} == {name for name in installed if not name.startswith("enhanced")}
    assert version == "newest" or used.splitlines()[0] == lowest("redis")
    assert 1 == written
    for done in lacking:
        assert (1, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
        assert "pip install 'enhanced-alerts[server]'" in done.stderr and "click" in done.stderr


def test_steps_of_the_image_give_a_server_with_the_dashboard(
    clone: Path, redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """Carries out the Dockerfile in folders instead of layers; what needs root (users, folders) is left out."""
    places: dict[str, Path] = {}
    root = Path()
    ignored = [line.strip() for line in (clone / ".dockerignore").read_text().splitlines() if line.strip()]
    for step in dockerfile.parse_file(str(clone / "deploy" / "Dockerfile")):
        if step.cmd == "FROM":
            root = places[step.value[-1]] = tmp_path / step.value[-1].replace(":", "-")
            root.mkdir()
            work = root
        elif step.cmd == "WORKDIR":
            work = root / step.value[0].lstrip("/")
            work.mkdir(parents=True, exist_ok=True)
        elif step.cmd == "COPY":
            *sources, target = step.value
            if sources == ["/opt/enhanced-alerts"]:
                continue  # The environment stays where it was made, for its scripts name that place.
            source_root = places[step.flags[0].removeprefix("--from=")] if step.flags else clone
            for source in sources:
                copy(source_root / source.lstrip("/"), into(root, work, target), len(sources) > 1, ignored, clone)
        elif step.cmd == "RUN" and "useradd" not in step.value[0]:
            # The environment's scripts name its place, so it is made where it will be used.
            line = step.value[0].replace("/opt/enhanced-alerts", str(tmp_path / "installed"))
            line = line.replace("python -m", f"{sys.executable} -m", 1)
            run("sh", "-c", line, cwd=work, npm_config_prefer_offline="true", PIP_DISABLE_PIP_VERSION_CHECK="1")
        elif step.cmd == "ENTRYPOINT":
            entry = step.value[0]
    port = free_port()
    token = api_keys.create(redis, "kim", "viewer", 1)[1]
    log = (tmp_path / "api.log").open("wb")
    api = subprocess.Popen(
        [tmp_path / "installed" / "bin" / entry, "api"],
        env={**os.environ, "REDIS_URL": server.url, "API_PORT": str(port)},
        cwd=tmp_path,
        stdout=log,
        stderr=log,
    )
    try:
        until(lambda: answers(port) or api.poll() is not None)
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
        page = requests.get(f"http://127.0.0.1:{port}/", headers=headers, timeout=PATIENCE_S)
        versions = run(tmp_path / "installed" / "bin" / entry, "--version", cwd=tmp_path)
    finally:
        api.terminate()
        api.wait(timeout=PATIENCE_S)
        log.close()

    assert 200 == page.status_code, (tmp_path / "api.log").read_text()
    assert "/assets/" in page.text
    assert f"version {version(clone)}" in versions


def into(root: Path, work: Path, target: str) -> Path:
    return root / target.lstrip("/") if target.startswith("/") else work / target


def copy(source: Path, target: Path, many: bool, ignored: list[str], clone: Path) -> None:
    if source.is_dir():

        def leave_out(folder: str, names: list[str]) -> set[str]:
            where = Path(folder)
            inside = where.relative_to(clone) if where.is_relative_to(clone) else None
            return {name for name in names if inside is not None and str(inside / name) in ignored}

        shutil.copytree(source, target, dirs_exist_ok=True, ignore=leave_out)
    elif many or target.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / source.name)
    else:
        shutil.copyfile(source, target)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_S).ok
    except requests.ConnectionError:
        return False


def test_package_without_node_is_made_without_the_dashboard_and_says_so(clone: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(clone, bare, ignore=shutil.ignore_patterns("dist", "release"))
    path = tmp_path / "bin"
    path.mkdir()
    (path / "python").symlink_to(sys.executable)
    said = run(
        sys.executable, *PIP[:3], "wheel", "--no-deps", "--verbose", "--wheel-dir", tmp_path, bare,
        cwd=tmp_path, PATH=str(path),
    )  # fmt: skip
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as opened:
        names = opened.namelist()

    assert "The dashboard is not in this package: npm (Node 20.19 or newer) is not on this machine." in said
    assert "make ui" in said
    assert not [name for name in names if name.startswith("api/ui/")]
    assert "api/cli.py" in names


def test_versions_and_changelog_agree(clone: Path) -> None:
    import json
    import re

    headings = re.findall(r"^## \[(.+?)\]", (clone / "CHANGELOG.md").read_text("utf-8"), re.M)
    of_ui = json.loads((clone / "api" / "ui" / "package.json").read_text())["version"]

    assert version(clone) == of_ui
    assert headings[0] == "Unreleased" or headings[0] == version(clone)
    assert [h for h in headings if h != "Unreleased"] == sorted(
        (h for h in headings if h != "Unreleased"), key=lambda h: [int(part) for part in h.split(".")], reverse=True
    )


def version(clone: Path) -> str:
    import tomllib

    return str(tomllib.loads((clone / "pyproject.toml").read_text("utf-8"))["project"]["version"])
