"""
The documents as tests read them: their fenced blocks, links and headings.

The word after a fence says the language, further words what a block is: `file=<path>` is written there, `from=<path>`
is an excerpt of that file, `status=<n>` is the answer expected; `channel=<name>`, `rule`, `condition` and `event` are
what a JSON text is judged as. A block that cannot be run here has the comment `<!-- not run: <reason> -->` on the line
before. A `text` block is what the block before it prints; `…` stands for what differs from time to time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH_ONLY = ("architecture.md", "mistakes.md", "performance.md", "roles.md")
"""For those who work on the product; and what is made from the code."""
RUN = ("sh", "python", "toml", "json", "http")
SHOWN = ("text", "js", "go", "tsx", "nginx", "yaml", "")
"""Languages of blocks that are not commands: outputs, drawings, and what other tests hold."""
FENCE = re.compile(r"^( *)```(\S*) *(.*)$")
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMENT = re.compile(r"(^|\s+)# .*$")


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    document: str
    line: int
    language: str
    options: dict[str, str]
    text: str
    not_run: str = ""

    def __str__(self) -> str:
        return f"{self.document}:{self.line} ({self.language})"

    def without_comments(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """Return what must be the same in both languages."""
        lines = (COMMENT.sub("", line).rstrip() for line in self.text.splitlines())
        options = tuple(f"{name}={value}" for name, value in self.options.items())
        return self.language, options, tuple(line for line in lines if line)


@dataclass
class Document:
    """One Markdown file; `name` is its path in the repository."""

    name: str
    blocks: list[Block] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    indented: list[int] = field(default_factory=list)
    """Lines that are code by their indentation, and so of no language."""


def names() -> list[str]:
    """Return every document for readers, by path."""
    found = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


def twin_of(name: str) -> str:
    """Return the path of a document's Korean twin."""
    return "README.ko.md" if name == "README.md" else f"docs/ko/{name.removeprefix('docs/')}"


def english() -> list[str]:
    """Return the documents that have a Korean twin."""
    return [n for n in names() if n == "README.md" or (n.count("/") == 1 and Path(n).name not in ENGLISH_ONLY)]


def of_clients() -> list[str]:
    """Return the documents that have a client's configuration; tests with the real client read it out of them."""
    return [name for name in names() if name.startswith("docs/clients/")]


@cache
def read(name: str) -> Document:
    """Return a document, taken apart."""
    document = Document(name)
    lines = enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), start=1)
    before = ""
    for number, line in lines:
        if opened := FENCE.match(line):
            indent, language, rest = opened.groups()
            inside = list(_until_closed(lines, indent))
            reason = NOT_RUN.search(before)
            options = {name: value for name, _, value in (word.partition("=") for word in rest.split())}
            text = "\n".join(inside) + "\n"
            document.blocks.append(Block(name, number, language, options, text, reason[1] if reason else ""))
        elif heading := re.match(r"^#+ +(.*)$", line):
            document.anchors.add(_slug(heading[1]))
        else:
            document.indented += [number] if line.startswith("    ") else []
            document.links += LINK.findall(re.sub(r"`[^`]*`", "", line))
        before = line if line.strip() else before
    return document


def _until_closed(lines: Iterator[tuple[int, str]], indent: str) -> Iterator[str]:
    for _, line in lines:
        if line.strip() == "```":
            return
        yield line.removeprefix(indent)


def _slug(heading: str) -> str:
    """Return the anchor GitHub gives a heading."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def as_pattern(printed: str) -> re.Pattern[str]:
    """Return a pattern of what a `text` block shows; a line of `…` alone stands for any lines."""
    lines = []
    for line in printed.strip().splitlines():
        words = " ".join(line.split())
        lines.append(r"(?:[^\n]*\n)*?" if words == "…" else re.escape(words).replace("…", r"[^\n]*") + r"\n")
    return re.compile("".join(lines))


def plain(output: str) -> str:
    """Return an output as `as_pattern` compares it: columns and empty lines do not count."""
    return "".join(" ".join(line.split()) + "\n" for line in output.splitlines() if line.strip())
