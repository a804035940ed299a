"""No pattern lets a final line break through, whatever the language and whoever reads it."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "archive", "dispatchers", "evaluator", "insight", "producers", "scripts", "shared")
BREAKS = ("\n", "\r\n", "\n\n")


def calls() -> list[tuple[str, ast.Call]]:
    found = []
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if "node_modules" not in file.parts:
                tree = ast.parse(file.read_text(encoding="utf-8"))
                found += [
                    (f"{file.relative_to(ROOT)}:{n.lineno}", n) for n in ast.walk(tree) if isinstance(n, ast.Call)
                ]
    return found


def test_python_matches_whole_texts_or_searches_and_never_ends_with_a_dollar() -> None:
    """`$` of Python's `re` fits before a final line break; `fullmatch` and `\\Z` do not."""
    wrong = []
    for place, call in calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        module = getattr(getattr(call.func, "value", None), "id", "")
        # `match(` of a pattern begins at the beginning and says nothing of the end.
        if name == "match" and module == "re":
            wrong.append(f"{place}: re.match")
        if module == "re" and call.args and isinstance(call.args[0], ast.Constant):
            text = call.args[0].value
            text = text.decode("latin-1") if isinstance(text, bytes) else text
            if re.search(r"(?<!\\)\$", re.sub(r"\[[^]]*\]", "", text)):
                wrong.append(f"{place}: {text}")
        if name == "match" and re.fullmatch("_?[A-Z_]+", module):
            wrong.append(f"{place}: {module}.match")

    assert [] == wrong


def test_typescript_has_no_pattern_of_many_lines() -> None:
    """`$` of JavaScript fits at the very end alone, unless the pattern has the flag `m`."""
    wrong = []
    for file in (ROOT / "api" / "ui" / "src").rglob("*.ts*"):
        for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"/(?![/*])[^/\n]+\$/[a-z]*m[a-z]*\b|RegExp\([^)]*,\s*[\"'`][a-z]*m", line):
                wrong.append(f"{file.name}:{n}: {line.strip()}")

    assert [] == wrong


def fields() -> list[Any]:
    """Every field of every model that has a pattern: the model's name, the field's, its type and its pattern."""
    for package in (name for name in PACKAGES if name != "scripts"):
        module = importlib.import_module(package)
        for one in pkgutil.walk_packages(module.__path__, f"{package}."):
            if not one.name.endswith("__main__") and one.name != "api.relay" and ".ui" not in one.name:
                importlib.import_module(one.name)
    found, todo = {}, [BaseModel]
    while todo:
        model = todo.pop()
        todo += model.__subclasses__()
        if model.__module__.partition(".")[0] not in PACKAGES:
            continue
        for name, field in model.model_fields.items():
            for pattern in patterns_of(field):
                found[f"{model.__qualname__}.{name}"] = pytest.param(field, pattern, id=f"{model.__qualname__}.{name}")
    return list(found.values())


def patterns_of(field: FieldInfo) -> list[str]:
    schema = TypeAdapter(whole_type(field)).json_schema()
    return sorted(set(re.findall(r"'pattern': '((?:[^'\\]|\\.)*)'", repr(schema)))) if "pattern" in repr(schema) else []


def whole_type(field: FieldInfo) -> Any:
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


FIELDS = fields()


def test_there_are_fields_with_patterns() -> None:
    assert len(FIELDS) > 10


@pytest.mark.parametrize(("field", "pattern"), FIELDS)
@given(data=st.data())
def test_field_takes_no_final_break(field: FieldInfo, pattern: str, data: st.DataObject) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(whole_type(field))
    text = data.draw(
        st.from_regex(pattern.encode().decode("unicode_escape") + r"\Z", alphabet=st.characters(max_codepoint=0x7F))
    )
    text = text.rstrip("\n")
    taken = []
    for value in (text, [text]):
        try:
            adapter.validate_python(value)
        except ValidationError:
            continue
        taken.append(value)
    for end in BREAKS:
        for value in taken:
            broken = [text + end] if isinstance(value, list) else text + end
            with pytest.raises(ValidationError):
                adapter.validate_python(broken)
