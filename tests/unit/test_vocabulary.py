"""
The vocabulary: terms of code, API and dashboard are defined in docs/concepts.md, and private words stay out.

A term is a word that names something to more than one reader: part of a module's or a class's name in two modules, of
a Redis key, of a log event's first part, of the API's paths and fields, or of the dashboard's texts' names. It is
defined in docs/concepts.md, or listed in tests/data/ordinary_words.txt because a dictionary defines it.
"""

import ast
import json
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.describe import openapi
from tests.support import documents
from tests.support.documents import ROOT

PACKAGES = tuple(
    p
    for p in ("shared", "producers", "ingest", "evaluator", "archive", "insight", "dispatchers", "api")
    if (ROOT / p).is_dir()
)
LOCALES = ROOT / "api" / "ui" / "src" / "locales"
ORDINARY = ROOT / "tests" / "data" / "ordinary_words.txt"
ALLOWANCE = ROOT / "tests" / "data" / "private_words.json"
EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
FENCED = re.compile(r"```.*?```|`[^`]*`|<!--.*?-->|\]\([^)]*\)|https?://\S+", re.S)

PRIVATE = (
    *("anew", "whoever", "whomever", "somebody", "loud", "woken", "in hand", "seat", "the gate", "leave for"),
    *("let in", "lets in", "letting in", "said of", "say so", "says so", "told of", "taken up", "take up", "made anew"),
    *(f"{verb} {participle}" for verb in ("is", "are", "was", "were", "been") for participle in ("told", "said")),
    *("those that tell", "those that decide", "the telling", "talkative", "the deciders", "of earlier releases"),
)
"""Words with a meaning that only this code gave them, and phrases that hide who does what to whom."""
ANY_PRIVATE = re.compile(rf"(?i)\b(?=({'|'.join(map(re.escape, sorted(PRIVATE, key=len)))})\b)")
KOREAN = (
    *("(으)로", "을(를)", "(이)가", "은(는)", "라벨", "공급자", "작업자", "시험", "기준값"),
    *("전달 실패", "응답 없음", "메트릭"),
)
"""Words for which docs/ko/concepts.md has another one, such as 레이블, 제공자, 워커, 테스트 and 임계값."""
EXCEPTIONS = {"docs/roles.md", "docs/api.md", "docs/mistakes.md"}
"""Documents made from the code, which is examined itself."""


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                found.append((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


def words_of(name: str) -> list[str]:
    """Return the words of a name in snake_case or CamelCase, in small letters."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return [part.lower() for part in parts]


def named_in_code() -> dict[str, set[str]]:
    """Return each word of the names of modules and classes, and the modules where it stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, tree in sources():
        for name in (Path(path).stem, *(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))):
            for word in words_of(name):
                found[word].add(path)
    return found


def log_events() -> Iterator[tuple[str, str]]:
    """Yield the name of every log event, and its module."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                is_logged = node.func.attr in ("debug", "info", "warning", "error", "note")
                if is_logged and isinstance(first, ast.Constant) and EVENT.fullmatch(str(first.value)):
                    yield first.value, path


def fields_of(schema: Any) -> Iterator[str]:
    """Yield the names of all properties in a JSON schema."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for part in schema.values():
            yield from fields_of(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from fields_of(part)


@cache
def seen_by_people() -> dict[str, set[str]]:
    """Return each word that operators or clients see as a name, and where it stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for event, path in log_events():
        for word in words_of(event.partition(".")[0]):
            found[word].add(f"log event {event} ({path})")
    for path, tree in sources():
        if path.startswith("shared/redis/") and path.endswith("keys.py"):
            for node in tree.body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    for word in words_of(node.name):
                        found[word].add(f"Redis key {node.name}")
    described = json.loads(openapi.document())
    for path in described["paths"]:
        for word in words_of(re.sub(r"{.*?}", "", path)):
            found[word].add(f"API path {path}")
    for name in fields_of(described):
        for word in words_of(name):
            found[word].add(f"API field {name}")
    for file in sorted((LOCALES / "en").glob("*.json")):
        for word in words_of(file.stem):
            found[word].add(f"page {file.stem}")
    return found


def singular(word: str) -> set[str]:
    """Return *word*, and what it may be the plural of."""
    found = {word}
    if word.endswith("s"):
        found.add(word[:-1])
    if word.endswith("es"):
        found.add(word[:-2])
    if word.endswith("ies"):
        found.add(word[:-3] + "y")
    return found


def term_rows(name: str) -> list[str]:
    """Return the left column of the tables of terms in a document."""
    text = (ROOT / name).read_text(encoding="utf-8")
    heading = "## Terms" if name == "docs/concepts.md" else "## 용어"
    rows = re.findall(r"^\| (.+?) \| .+ \|$", text.partition(heading)[2], re.M)
    return [row for row in rows if row not in ("term", "용어")]


def defined() -> set[str]:
    """Return the words of the terms in docs/concepts.md; those in its explanations of a state or a kind count too."""
    text = (ROOT / "docs/concepts.md").read_text(encoding="utf-8").partition("## Terms")[2]
    states = re.findall(r"pending|firing|acknowledged|resolved|reopened|announced|cleared|suppressed|escalated", text)
    return {word for row in term_rows("docs/concepts.md") for word in words_of(row)} | set(states)


def ordinary() -> set[str]:
    lines = ORDINARY.read_text(encoding="utf-8").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


@cache
def terms() -> dict[str, set[str]]:
    """Return every term and where it stands."""
    shared = {word: places for word, places in named_in_code().items() if len(places) > 1}
    return {w: shared.get(w, set()) | seen for w, seen in seen_by_people().items()} | {
        w: places for w, places in shared.items() if w not in seen_by_people()
    }


def test_every_term_is_defined() -> None:
    understood = defined() | ordinary()
    unknown = {w: sorted(places)[:3] for w, places in terms().items() if not singular(w) & understood and len(w) > 1}

    assert {} == unknown, "define these in docs/concepts.md and docs/ko/concepts.md, or use an ordinary word"


def test_undefined_term_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    trees = [(f"shared/{name}.py", ast.parse(code)) for name, code in (("gate", "x = 1"), ("y", "class GateOf: ..."))]
    monkeypatch.setitem(globals(), "sources", lambda: tuple(trees))

    assert {"gate": {"shared/gate.py", "shared/y.py"}} == {
        w: p for w, p in named_in_code().items() if len(p) > 1 and w not in defined() | ordinary()
    }


def test_ordinary_words_are_used_and_not_defined() -> None:
    used = {root for word in terms() for root in singular(word)}

    assert [] == sorted(ordinary() - used), "no name has these words any more; delete them from the list"
    assert [] == sorted(ordinary() & defined()), "these are defined; delete them from the list"


def test_korean_terms_are_those_of_the_english_page() -> None:
    english = [[term.strip() for term in row.split(",")] for row in term_rows("docs/concepts.md")]
    korean = [re.findall(r"[가-힣][가-힣 ]*\(([a-z ]+)\)", row) for row in term_rows("docs/ko/concepts.md")]
    states = {"evaluator, router, worker": ["evaluator", "router", "worker"]}

    assert [states.get(", ".join(row), row) for row in english] == korean


@pytest.mark.parametrize("name", [n for n in documents.names() if n not in EXCEPTIONS])
def test_document_has_no_private_words(name: str) -> None:
    text = FENCED.sub(" ", (ROOT / name).read_text(encoding="utf-8"))
    is_korean = ".ko." in name or name.startswith("docs/ko/")

    assert [] == [word for word in (KOREAN if is_korean else PRIVATE) if has(text, word)]


def test_changelog_and_contributing_have_no_private_words() -> None:
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "api/ui/README.md"):
        text = FENCED.sub(" ", (ROOT / name).read_text(encoding="utf-8"))

        assert [] == [word for word in PRIVATE if has(text, word)], name


@pytest.mark.parametrize("language", ["en", "ko"])
def test_locale_has_no_private_words(language: str) -> None:
    banned = KOREAN if language == "ko" else PRIVATE
    found = []
    for file in sorted((LOCALES / language).glob("*.json")):
        text = file.read_text(encoding="utf-8")
        found += [f"{file.name}: {word}" for word in banned if has(text, word)]

    assert [] == found


def test_private_words_in_code_only_become_fewer() -> None:
    """Each word's count in docstrings, comments, texts and names is bounded by what it was; lower the bound with it."""
    allowed: dict[str, int] = json.loads(ALLOWANCE.read_text(encoding="utf-8"))
    found: Counter[str] = Counter()
    for path, _ in sources():
        found.update(found_word.lower() for found_word in ANY_PRIVATE.findall(prose_of(ROOT / path)))

    assert {} == {w: (n, allowed.get(w, 0)) for w, n in found.items() if n > allowed.get(w, 0)}


def has(text: str, word: str) -> bool:
    """Tell whether *text* holds *word* as a word; Korean ones have no boundaries."""
    return word in text if re.search("[가-힣]", word) else bool(re.search(rf"(?i)\b{re.escape(word)}\b", text))


def prose_of(path: Path) -> str:
    """Return what people read in a module: its comments and texts."""
    with path.open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    kinds = {tokenize.STRING, tokenize.COMMENT}
    kinds |= {tokenize.FSTRING_MIDDLE} if hasattr(tokenize, "FSTRING_MIDDLE") else set()
    return "\n".join(re.sub(r"\s+", " ", token.string) for token in tokens if token.type in kinds)
