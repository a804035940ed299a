"""
`python -m tests.chaos --seed 7 --seconds 60`: one run; says what it did and how it ended. Exit code 1 if badly.

With `--to`, one run a seed from `--seed` to `--to`, each noted as a JSON line in `--results`; a bad one stops nothing.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.chaos.faults import monkey
from tests.chaos.run import THEMES, chaos, theme_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break the system, and judge it.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=int, help="the last of several seeds")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--results", type=Path, help="a file that gets a JSON line a run")
    parser.add_argument("--theme", choices=THEMES, help="what it is about; by default one seed after the other")
    parser.add_argument("--calm", action="store_true", help="break nothing")
    parser.add_argument("--keep", action="store_true", help="keep the logs also of a good run")
    arguments = parser.parse_args()
    bad = []
    for seed in range(arguments.seed, (arguments.to or arguments.seed) + 1):
        if not _one(seed, arguments):
            bad.append(seed)
    if arguments.to:
        print(f"\n{arguments.to - arguments.seed + 1} runs, {len(bad)} bad{': ' if bad else ''}{bad or ''}")
    return 1 if bad else 0


def _one(seed: int, arguments: argparse.Namespace) -> bool:
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))
    line: dict[str, object] = {"seed": seed, "seconds": arguments.seconds}
    breaker = (lambda *_: None) if arguments.calm else monkey
    themes = [arguments.theme or theme_of(seed)]
    line["theme"] = themes[0]
    try:
        outcome = chaos(
            folder, seed, arguments.seconds, lambda text: print(text, flush=True), themes=themes, breaker=breaker
        )
        line |= {"verdict": "good" if outcome.is_good else "bad", **outcome.counts}
        line |= {"problems": outcome.problems, "explained": outcome.duplicates}
        line["unheard_why"] = outcome.unheard
        line["forgiven_why"] = outcome.forgiven
        line["ends_alone_why"] = outcome.ends_alone
    except Exception as error:
        traceback.print_exc()
        line |= {"verdict": "broken", "problems": [f"{type(error).__name__}: {error}"]}
    line["took_s"] = round(time.monotonic() - begun, 1)
    is_good = line["verdict"] == "good"
    _print(line, folder)
    if arguments.results:
        with arguments.results.open("a", encoding="utf-8") as results:
            results.write(json.dumps(line, ensure_ascii=False) + "\n")
    if is_good and not arguments.keep:
        shutil.rmtree(folder)
    return is_good


def _print(line: dict[str, object], folder: Path) -> None:
    counts = {k: v for k, v in line.items() if isinstance(v, int | float) and k != "seed"}
    print("  ".join(f"{name} {count}" for name, count in counts.items()))
    for duplicate in line.get("explained", []):  # type: ignore[union-attr]
        print(f"  sent twice: {duplicate}")
    for end in line.get("ends_alone_why", []):  # type: ignore[attr-defined]
        print(f"  end told alone: {end}")
    for one in line.get("forgiven_why", []):  # type: ignore[attr-defined]
        print(f"  forgiven: {one}")
    for problem in line["problems"]:  # type: ignore[union-attr]
        print(f"  PROBLEM: {problem}")
    print(
        f"seed {line['seed']} ({line['theme']}): {str(line['verdict']).upper()}"
        + ("" if line["verdict"] == "good" else f"  {folder}")
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
