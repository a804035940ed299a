"""What pyproject.toml cannot say: the package carries the dashboard's bundle, built here if Node is at hand."""

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

UI = Path(__file__).parent / "api" / "ui"
BUNDLE = UI / "dist" / "index.html"
WITHOUT = (
    "The dashboard is not in this package: {why}. Alerts are evaluated and delivered all the same. To have it, run "
    "`make ui` in a clone (it brings a Node of its own if there is none), and build the package again."
)


def build_dashboard() -> None:
    """Build the bundle unless it is there; a machine without Node goes on without it, and says so."""
    if BUNDLE.exists() or not (UI / "package.json").exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        print("WARNING: " + WITHOUT.format(why="npm (Node 20.19 or newer) is not on this machine"))
        return
    for arguments in (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "--silent", "build"]):
        done = subprocess.run([npm, *arguments], cwd=UI, check=False)
        if done.returncode:
            shutil.rmtree(UI / "dist", ignore_errors=True)
            print("WARNING: " + WITHOUT.format(why=f"`npm {arguments[0]}` ended with exit code {done.returncode}"))
            return


class BuildPy(build_py):
    def run(self) -> None:
        if not self.editable_mode:
            build_dashboard()
            # What the folder holds was listed before the bundle was there.
            self.__dict__.pop("data_files", None)
        super().run()


class Sdist(sdist):
    def run(self) -> None:
        build_dashboard()
        super().run()


setup(cmdclass={"build_py": BuildPy, "sdist": Sdist})
