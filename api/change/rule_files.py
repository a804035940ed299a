"""Rules in files: read, compared with what is stored, applied all or none, and written."""

import json
import os
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from redis import Redis

from api.change.rule_verdict import rule_of
from shared.errors import Invalid
from shared.model import reasons
from shared.model.rules import Rule
from shared.store import rule_store
from shared.store.audit import NOBODY, Author

READY_MADE = Path(__file__).parent / "ready_made.toml"
MAX_BYTES = 5_000_000
"""Of one file: ten thousand rules are about two million."""
MAX_KEY_PARTS = 32
_AROUND_KEYS = re.compile(r"[,=\[\]{}]")
_NOT_WRITTEN = {"revision", "source", "origin", "edited"}


@dataclass(slots=True)
class Difference:
    """What applying files would change."""

    added: list[Rule] = field(default_factory=list)
    changed: list[tuple[Rule, Rule]] = field(default_factory=list)
    """Stored, and as the file says."""
    removed: list[Rule] = field(default_factory=list)
    """Came from these files once, and are in them no more."""
    same: list[Rule] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


def load(path: Path) -> list[Rule]:
    """
    Read the rules of a file (`.toml` with `[[rule]]` tables, or `.json` with a list), or of all such files of a folder
    and the folders in it. A file may hold none.

    Raises:
        Invalid: a file cannot be read, or a rule in it is bad, or two have the same id; names file and rule.
    """
    files = {file: file.relative_to(path) for file in _inside(path)} if path.is_dir() else {path: Path(path.name)}
    if not files:
        raise Invalid({str(path): reasons.of("file.folder_empty")}, "The folder")
    found: list[Rule] = []
    for file, name in files.items():
        origin = str(_place(path) / name if path.is_dir() else _place(path))
        for number, fields in enumerate(_read(file), start=1):
            found.append(_rule(name.as_posix(), number, fields).model_copy(update={"origin": origin}))
    _check_ids(found)
    return found


def parse(text: str, kind: Literal["toml", "json"]) -> list[Rule]:
    """
    Read the rules of a file's text from a request. The system cannot read that file again, so `source` stays empty.

    Raises:
        Invalid: it cannot be read, or a rule in it is bad, or two have the same id; names the rule.
    """
    found = [
        _rule(f"rules.{kind}", number, fields).model_copy(update={"source": ""})
        for number, fields in enumerate(_content_of(text, f".{kind}", f"rules.{kind}"), start=1)
    ]
    _check_ids(found)
    return found


def compare(stored: Sequence[Rule], wanted: Sequence[Rule], path: Path | None = None) -> Difference:
    """
    Compare files' rules with the stored ones. Pure.

    Args:
        path: The file or folder they came from. What came from it once, by its whole path, and is in it no more is
            removed. An earlier release noted the bare name of a file, which another folder may have too; such rules
            are never removed, only taken over by the file that has them.
    """
    by_id = {rule.id: rule for rule in stored}
    difference = Difference()
    for rule in wanted:
        before = by_id.get(rule.id)
        if before is None:
            difference.added.append(rule)
        elif _content(before) != _content(rule) or _mark(before) != _mark(rule) or before.edited:
            difference.changed.append((before, rule))
        else:
            difference.same.append(before)
    kept = {rule.id for rule in wanted}
    if path is not None:
        place = _place(path)
        gone = [r for r in by_id.values() if r.origin and r.id not in kept]
        difference.removed = [r for r in gone if place == Path(r.origin) or place in Path(r.origin).parents]
    return difference


def compare_sent(stored: Sequence[Rule], sent: Sequence[Rule]) -> Difference:
    """Compare rules of a request with the stored ones: nothing is removed, and a rule of a file counts as edited."""
    by_id = {rule.id: rule for rule in stored}
    difference = Difference()
    for rule in sent:
        before = by_id.get(rule.id)
        if before is None:
            difference.added.append(rule)
        elif _content(before) == _content(rule):
            difference.same.append(before)
        else:
            kept = {"source": before.source, "origin": before.origin, "edited": bool(before.source)}
            difference.changed.append((before, rule.model_copy(update=kept)))
    return difference


def apply(redis: Redis, wanted: Sequence[Rule], path: Path | None = None, *, author: Author = NOBODY) -> Difference:
    """Store the rules of files in one transaction; returns the changes, compared as `compare` does."""
    return _make(redis, lambda stored: compare(stored, wanted, path), author)


def apply_sent(redis: Redis, sent: Sequence[Rule], *, author: Author = NOBODY) -> Difference:
    """Store the rules of a request in one transaction; returns the changes, compared as `compare_sent` does."""
    return _make(redis, lambda stored: compare_sent(stored, sent), author)


def _make(redis: Redis, look: Callable[[Sequence[Rule]], Difference], author: Author) -> Difference:
    # The comparison belongs to the transaction: else an edit between the two would be overwritten silently.
    made = Difference()

    def decide(stored: Sequence[Rule]) -> tuple[list[Rule], list[str]]:
        nonlocal made
        made = look(stored)
        new = [*made.added, *(after for _, after in made.changed)]
        return new, [rule.id for rule in made.removed]

    rule_store.change_many(redis, decide, author=author)
    return made


def write(found: Sequence[Rule], suffix: str) -> str:
    """Return rules as a file's text, `.toml` or `.json`."""
    plain = [_content(rule) for rule in found]
    if suffix == ".toml":
        import tomli_w

        return tomli_w.dumps({"rule": plain})
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def _inside(folder: Path) -> list[Path]:
    """
    Return the rule files of a folder and of those in it; hidden ones are left out.

    Raises:
        Invalid: a folder cannot be read. The rules of its files would count as gone.
    """

    def refuse(error: OSError) -> None:
        raise Invalid({str(error.filename): reasons.of("file.unreadable", error=str(error.strerror))}, "The folder")

    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen = [Path(place, name) for name in names if not name.startswith(".")]
        # A link that leads nowhere is read too, which is refused: its rules would count as gone.
        found += [p for p in seen if p.suffix in (".toml", ".json") and (p.is_file() or p.is_symlink())]
    return sorted(one for one in found if not is_of_tests(one.name))


def is_of_tests(name: str) -> bool:
    """Tell whether a file holds tests of rules, and no rules."""
    return name.endswith((".test.toml", ".test.json"))


def _place(path: Path) -> Path:
    """Return where a file or folder stands. A file that is a link stands where the link is, not where it leads."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name


def _mark(rule: Rule) -> tuple[str, str]:
    return rule.source, rule.origin


def _content(rule: Rule) -> dict[str, Any]:
    """Return the fields that a person would write for this rule: without defaults, in the short form if it has one."""
    fields = rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude=_NOT_WRITTEN)
    if rule.metric is not None:
        fields.pop("condition", None)
    else:
        # A threshold of a formula has no short form.
        fields.pop("operator", None)
        fields.pop("threshold", None)
    return {"id": rule.id, **fields}


def _read(file: Path) -> list[Any]:
    return _content_of(read_text(file), file.suffix, str(file))


def read_text(file: Path) -> str:
    """
    Return the text of a file.

    Raises:
        Invalid: it cannot be read, or is too large.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise Invalid({str(file): reasons.of("file.too_large", megabytes=MAX_BYTES // 1_000_000)}, "The file")
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise Invalid({str(file): reasons.of("file.unreadable", error=str(error))}, "The file") from None


def _content_of(text: str, suffix: str, name: str) -> list[Any]:
    if suffix == ".toml":
        check_keys(text, name)
    if not text.strip():
        return []  # Emptied: its rules are gone.
    try:
        document = tomllib.loads(text) if suffix == ".toml" else json.loads(text)
        # Without any table it holds comments alone; with others, [[rule]] was mistyped.
        content = (document.get("rule") if document else []) if suffix == ".toml" else document
    except (ValueError, RecursionError) as error:
        raise Invalid({name: reasons.of("file.unreadable", error=str(error))}, "The file") from None
    if not isinstance(content, list) or not all(isinstance(fields, dict) for fields in content):
        wrong = reasons.of("file.no_tables" if suffix == ".toml" else "file.no_list")
        raise Invalid({name: wrong}, "The file")
    return content


def check_keys(text: str, name: str) -> None:
    """Refuse keys of very many parts unread: what the library makes of them grows with the square of their number."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") <= MAX_KEY_PARTS:
            continue
        for piece in _AROUND_KEYS.split(line):
            parts = piece.split(".")
            if len(parts) > MAX_KEY_PARTS and all(part.strip() for part in parts):
                raise Invalid({name: reasons.of("file.long_key", line=number, limit=MAX_KEY_PARTS)}, "The file")


def _check_ids(found: Sequence[Rule]) -> None:
    ids = [rule.id for rule in found]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise Invalid({", ".join(twice): reasons.of("file.id_twice")}, "The files")


def _rule(name: str, number: int, fields: dict[str, Any]) -> Rule:
    where = f"{name}, rule {fields.get('id') or number}"
    if "id" not in fields:
        raise Invalid({where: reasons.of("file.no_id")}, "The file")
    try:
        return rule_of({**fields, "source": f"file:{name[-190:]}", "origin": ""})
    except Invalid as error:
        raise Invalid({f"{where}: {field}": why for field, why in error.reasons.items()}, "The file") from None
