"""
Take the dashboard's pictures for the documentation: docs/images/<page>-<light|dark>-<en|ko>-<wide|phone>.png.

Everything shown comes from a running system of its own (scripts/pictured_system.py).

    make ui && .venv/bin/python scripts/screenshots.py [--only system,settings] [--all | --looks dark-ko-wide]
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright  # noqa: E402

from api.auth import one_time  # noqa: E402
from scripts import pictured_system  # noqa: E402
from scripts.pictured_system import Site  # noqa: E402

IMAGES = ROOT / "docs" / "images"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
SIZES: dict[str, ViewportSize] = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
WEIGHT_BYTES = 3_000_000

# (page, address, what must be visible before the picture is taken)
PAGES: dict[str, tuple[str, str]] = {
    "board": ("/", "main li, main tr, [data-testid=alerts]"),
    "alert": ("/alerts/{alert}", "[data-testid=timeline]"),
    "rules": ("/rules", "main h2"),
    "channels": ("/channels", "main h2"),
    "silences": ("/silences", "main h2"),
    "statistics": ("/statistics", "[data-testid=by-severity] svg"),
    "plugins": ("/plugins", "[data-testid=plugins] polyline"),
    "system": ("/system", "[data-testid=channels]"),
    "settings": ("/settings?section=users", "[data-testid=users]"),
}
USUAL_LOOK = "light-en-wide"
LOOKS = [f"{scheme}-{language}-{size}" for language in ("en", "ko") for scheme in ("light", "dark") for size in SIZES]
KEPT_LOOKS = {
    "board": ("dark-ko-wide", "dark-en-phone"),
    "alert": ("dark-ko-wide", "light-ko-phone"),
    "rules": ("dark-ko-wide",),
    "statistics": ("dark-ko-wide",),
    "system": ("light-ko-phone",),
}
"""Of these pages the documentation has more than the usual look."""


def take(site: Site, browser: Browser, alert: str, only: set[str], looks: set[str], *, whole: bool) -> list[Path]:
    """
    Take the pictures.

    Args:
        only: Pages; none: all of them.
        looks: In which each page is taken; none: those the documentation shows.
        whole: The page down to its end, not what a screen shows of it.
    """
    taken = []
    for look in LOOKS:
        shots = [
            name
            for name in PAGES
            if (not only or name in only)
            and (look in looks if looks else look in (USUAL_LOOK, *KEPT_LOOKS.get(name, ())))
        ]
        if not shots:
            continue
        scheme, language, size = look.split("-")
        context = browser.new_context(
            locale={"en": "en-GB", "ko": "ko-KR"}[language],
            color_scheme="dark" if scheme == "dark" else "light",
            viewport=SIZES[size],
            timezone_id="Asia/Seoul",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{site.address}/sign-in?code={one_time.create_sign_in_code(site.redis)}")
        for name in shots:
            taken.append(_shot(page, site, name, alert, f"{name}-{look}", whole=whole))
        context.close()
    return taken


def _shot(page: Page, site: Site, name: str, alert: str, file: str, *, whole: bool) -> Path:
    path, wanted = PAGES[name]
    page.goto(site.address + path.replace("{alert}", alert))
    page.get_by_test_id("connection").and_(page.locator("[data-phase=live]")).wait_for()
    page.locator(wanted).first.wait_for()
    if name == "system":
        page.wait_for_timeout(8_000)  # Rates need some looks.
    page.wait_for_timeout(1_500)
    target = IMAGES / f"{file}.png"
    page.screenshot(path=target, full_page=whole)
    print(f"{target.name}  {target.stat().st_size // 1000} kB", flush=True)
    return target


def main() -> None:
    """Make the system, let it live, take the pictures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default="", help="pages, comma-separated")
    arguments.add_argument("--all", action="store_true", help="each page in every language, scheme and size")
    arguments.add_argument("--looks", default="", help=f"each page in these, comma-separated, of {', '.join(LOOKS)}")
    arguments.add_argument("--whole", action="store_true", help="pages down to their end")
    arguments.add_argument("--into", type=Path, help="another folder than docs/images")
    asked = arguments.parse_args()
    if CHROMIUM is None:
        sys.exit("There is no Chromium on this machine: apt-get install chromium")
    global IMAGES
    IMAGES = (asked.into or IMAGES).resolve()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        site = Site(Path(folder))
        try:
            site.start()
            pictured_system.set_up(site)
            pictured_system.run(site)
            alert = pictured_system.settle(site)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                only, looks = ({one for one in given.split(",") if one} for given in (asked.only, asked.looks))
                taken = take(site, browser, alert, only, set(LOOKS) if asked.all else looks, whole=asked.whole)
                browser.close()
        finally:
            site.stop()
    weight = sum(one.stat().st_size for one in IMAGES.glob("*.png"))
    print(f"{len(taken)} pictures taken; {IMAGES.name} weighs {weight / 1e6:.2f} MB")
    if weight > WEIGHT_BYTES and not asked.into:
        sys.exit("That is too much for the repository.")


if __name__ == "__main__":
    main()
