"""The documents themselves: languages, links, and that the two languages say the same."""

import re
from pathlib import Path

import pytest

from api.describe import reference
from shared.settings import Settings
from tests.support import documents
from tests.support.documents import ROOT, RUN, SHOWN

NOT_RUN_AT_MOST = 8
"""Each says why; a document that grows another one needs a better reason than the last."""


def test_what_is_not_run_is_little_and_says_why() -> None:
    left_out = [b for name in documents.english() for b in documents.read(name).blocks if b.not_run]
    for block in left_out:
        print(f"{block}: {block.not_run}")

    assert len(left_out) <= NOT_RUN_AT_MOST
    assert [] == [str(b) for b in left_out if len(b.not_run) < 10]


@pytest.mark.parametrize("name", documents.names())
def test_every_block_is_of_a_known_language(name: str) -> None:
    document = documents.read(name)

    assert [] == [str(b) for b in document.blocks if b.language not in (*RUN, *SHOWN)]
    assert [] == document.indented


@pytest.mark.parametrize("name", [*documents.english(), *documents.of_clients()])
def test_korean_twin_has_the_same_blocks(name: str) -> None:
    twin = documents.twin_of(name)
    assert (ROOT / twin).is_file(), f"{twin} is missing"
    ours, theirs = (
        [(bool(b.not_run), *b.without_comments()) for b in documents.read(n).blocks if b.language] for n in (name, twin)
    )

    assert ours == theirs


@pytest.mark.parametrize("name", documents.names())
def test_links_lead_somewhere(name: str) -> None:
    broken = []
    for link in documents.read(name).links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        place = target.relative_to(ROOT).as_posix()
        if not target.exists() or (anchor and anchor not in documents.read(place).anchors):
            broken.append(link)

    assert [] == broken


@pytest.mark.parametrize("name", [n for n in documents.names() if ".ko." in n or n.startswith("docs/ko/")])
def test_korean_documents_are_in_korean(name: str) -> None:
    prose = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.S)
    sentences = [line for line in prose.splitlines() if line.rstrip().endswith(("니다.", "세요."))]

    assert len(re.findall(r"[가-힣]", prose)) > 100
    assert sentences or name == "README.ko.md"


def test_reference_of_the_api_is_that_of_the_code() -> None:
    written = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

    assert reference.document() == written, "run: python -m api.describe.reference > docs/api.md"


@pytest.mark.parametrize("name", ["docs/operations.md", "docs/ko/operations.md"])
def test_every_setting_is_told(name: str) -> None:
    told = (ROOT / name).read_text(encoding="utf-8")

    assert [] == [s for s in Settings.__dataclass_fields__ if f"`{s.upper()}`" not in told]


def test_output_that_is_shown_is_compared_line_by_line() -> None:
    shown = documents.as_pattern("ID  STATE\n… firing 1 %\n…\nend")

    assert shown.search(documents.plain("x\nID STATE\n\nab cd   firing 1 %\nmore\nend\n"))
    assert not shown.search(documents.plain("ID STATE\nab firing 10 %\nend\n"))
    assert not shown.search(documents.plain("ID STATE\nab firing 1 %\nthe end\n"))


def test_block_knows_its_words_and_why_it_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.md").write_text(
        "# A `b` c\n\n<!-- not run: no network -->\n```sh\nls  # here\n```\n\n```json channel=web rule\n{}\n```\n"
    )
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    found = documents.read("x.md")

    assert [("sh", {}, "no network"), ("json", {"channel": "web", "rule": ""}, "")] == [
        (b.language, b.options, b.not_run) for b in found.blocks
    ]
    assert ("sh", (), ("ls",)) == found.blocks[0].without_comments()
    assert {"a-b-c"} == found.anchors
