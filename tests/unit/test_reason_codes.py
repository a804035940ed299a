"""Every reason has a sentence in both languages, every sentence is used, and no text takes the place of a reason."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest
from pydantic_core import core_schema

from shared.model.sentences import SENTENCES
from tests.support.processes import ROOT

PACKAGES = ("shared", "evaluator", "dispatchers", "api", "producers", "ingest", "archive", "insight")
MAKERS = {"reasons.of", "Reason", "reasons.Reason", "Unreadable", "NoHistogram", "outbound.Refused"}
"""What makes a reason of a code, its first argument."""
ERRORS = {"AlertsError": 0, "DeliveryError": 1, "Receipt": 0}
"""What a person reads the reason of, with every class below it, and which argument the reason is."""
INTERNAL = {"LeaseLost"}
"""Errors whose text goes to the log alone, in English."""
PYDANTIC = {f"invalid.{kind}" for kind in get_args(core_schema.ErrorType)}
"""Codes made of the kind of what pydantic finds wrong."""
PARTICLE = r"[을를이가은는와과]"
VALUE = r"\{\w+\}[`'\"]?"


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """Return each module of the product but the catalogues."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts and not path.name.endswith("sentences.py"):
                found.append((str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))))
    return found


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def called(call: ast.Call, path: str) -> str:
    name = ast.unparse(call.func)
    return "outbound.Refused" if name == "Refused" and path == "shared/outbound.py" else name


def codes(node: ast.expr, *scopes: ast.AST) -> Iterator[str]:
    """Yield what the code may be, as a pattern: a text, one of two, a text with holes, or what a name was given."""
    match node:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.IfExp():
            yield from codes(node.body, *scopes)
            yield from codes(node.orelse, *scopes)
        case ast.JoinedStr():
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"\w+" for v in node.values]
            yield "".join(parts)
        case ast.Subscript(value=ast.Name(id=name)) | ast.Name(id=name):
            for given in next((found for scope in scopes if (found := [*assigned(name, scope)])), []):
                if isinstance(given, ast.Dict):
                    for value in given.values:
                        yield from codes(value, *scopes)
                elif not isinstance(given, ast.Name):
                    yield from codes(given, *scopes)


def assigned(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                yield value


@cache
def made() -> list[tuple[str, str, frozenset[str] | None]]:
    """Return place, pattern of the code and names of the values of every reason that the product makes."""
    found = []
    for path, tree in modules():
        inner: dict[ast.AST, ast.AST] = {}
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                inner |= dict.fromkeys(ast.walk(function), function)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node, path) in MAKERS and node.args:
                is_named = called(node, path) in ("reasons.of", "Unreadable") and all(w.arg for w in node.keywords)
                values = frozenset(w.arg for w in node.keywords if w.arg) if is_named else None
                scopes = inner.get(node, tree), tree
                found += [(f"{path}:{node.lineno}", code, values) for code in codes(node.args[0], *scopes) if code]
    return found


def test_reason_that_is_made_has_a_sentence_with_its_values() -> None:
    wrong = []
    for place, pattern, values in made():
        fitting = [code for code in SENTENCES if re.fullmatch(pattern, code)]
        if not fitting or any(values is not None and placeholders(SENTENCES[c][0]) - values for c in fitting):
            wrong.append((place, pattern, values))

    assert len(made()) > 600
    assert [] == wrong


def test_every_sentence_is_used() -> None:
    texts = {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    holes = {pattern for _, pattern, _ in made() if r"\w+" in pattern}
    holes |= {r"severity\.(info|warning|error|critical|emergency)"}
    unused = SENTENCES.keys() - texts - PYDANTIC

    assert [] == sorted(code for code in unused if not any(re.fullmatch(hole, code) for hole in holes))


@pytest.mark.parametrize("code", SENTENCES)
def test_sentences_of_a_code_name_the_same_values_and_korean_attaches_no_particle_to_one(code: str) -> None:
    english, korean = SENTENCES[code]

    assert english.strip() and korean.strip()
    assert placeholders(english) == placeholders(korean)
    assert not re.search(rf"\((으|이|{PARTICLE})\)|{PARTICLE}\({PARTICLE}\)|{PARTICLE}/{PARTICLE}", korean)
    # Which particle is right would depend on the value's last syllable.
    assert not re.search(rf"{VALUE}({PARTICLE}|으?로|이?랑|이?나|아|야|여서)(?![가-힣])", korean)


def test_code_is_of_lower_case_words_and_none_is_the_beginning_of_another() -> None:
    assert [] == [code for code in SENTENCES if not re.fullmatch(r"[a-z]+(\.[a-z][a-z0-9_]*)?", code)]
    assert [] == [code for code in SENTENCES if any(other.startswith(f"{code}.") for other in SENTENCES)]


def is_text(node: ast.expr) -> bool:
    """Tell whether an argument is a text that is written or put together here."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call(func=ast.Name(id="str")) | ast.Call(func=ast.Attribute(attr="format" | "join")):
            return True
        case ast.IfExp():
            return is_text(node.body) or is_text(node.orelse)
    return False


def readable_errors() -> dict[str, int]:
    """Return the errors that a person reads, and which argument of each is the reason."""
    found = dict(ERRORS)
    bases = {
        node.name: [ast.unparse(base).rpartition(".")[2] for base in node.bases]
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    while new := {name: found[b] for name, of in bases.items() for b in of if b in found and name not in found}:
        found |= new
    return {name: place for name, place in found.items() if name not in INTERNAL}


def test_error_that_a_person_reads_takes_a_code_and_no_text() -> None:
    errors = readable_errors()
    wrong = []
    for path, tree in modules():
        own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        # Other classes of these names have no reason: a token that is refused, an address, an entry of a publisher.
        elsewhere = {"Refused"} if path.startswith(("producers/", "api/")) or "Refused" in own else set()
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            place = 0 if name == "Invalid" else errors.get(name, -1)
            if name in elsewhere or place < 0 or len(node.args) <= place:
                continue
            given = node.args[place]
            parts = given.values if isinstance(given, ast.Dict) else [given]
            wrong += [f"{path}:{node.lineno} {ast.unparse(part)}" for part in parts if is_text(part)]

    assert {"NotFound", "Conflict", "ConfigurationError", "Unavailable", "Malformed", "Busy"} <= errors.keys()
    assert [] == wrong


def test_validator_of_ours_refuses_with_a_code() -> None:
    """Pydantic passes on what a validator raises; a text would be read in English by everybody."""
    wrong = []
    for path, tree in modules():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef) or not any(
                "validator" in ast.unparse(decorator) for decorator in function.decorator_list
            ):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ValueError", "AssertionError"):
                    wrong += [f"{path}:{node.lineno}" for given in node.args if is_text(given)]

    assert [] == wrong


def test_the_checks_find_what_they_look_for() -> None:
    tree = ast.parse('x = "a.b" if y else "a.c"\nf(x)\ng(f"d.{y}")\nC = {"k": "e.f"}\nh(C[k])')
    found = [list(codes(node.args[0], tree)) for node in ast.walk(tree) if isinstance(node, ast.Call)]

    assert [[r"a\.b", r"a\.c"], [r"d\.\w+"], [r"e\.f"]] == found
    for text in ('f"{x} is bad"', '"bad"', '"bad" + x', "str(error)", '", ".join(x)', '"%s" % x', '"a" if x else y'):
        assert is_text(ast.parse(text, mode="eval").body), text
    for reason in ('reasons.of("a.b")', "error.reason", "why"):
        assert not is_text(ast.parse(reason, mode="eval").body), reason
