"""Every endpoint and who may use it, read from the code: `python -m api.describe.roles` writes docs/roles.md."""

from dataclasses import dataclass

from flask import Flask
from redis import Redis

from api.app import create_app
from api.auth import guard
from api.auth.identity import ROLES, Identity, Role
from shared.log import Logger
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method at one address, and the role it needs (`open`: none)."""

    method: str
    path: str
    role: str
    summary: str

    def lets_in(self, role: Role | None) -> bool:
        """Tell whether a caller with this role (None: not signed in) is allowed."""
        if self.role == guard.OPEN:
            return True
        return role is not None and Identity("", role).may(self.role)  # type: ignore[arg-type]


def endpoints(app: Flask) -> list[Endpoint]:
    """Return every endpoint of an app, by address."""
    found = []
    for rule in app.url_map.iter_rules():
        role = guard.required_role(app, rule.endpoint) or "nobody"
        summary = " ".join((app.view_functions[rule.endpoint].__doc__ or "").strip().partition("\n\n")[0].split())
        if rule.endpoint.partition(".")[0] in ("openapi", "swagger"):
            summary = "The API's own description"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.append(Endpoint(method, rule.rule, role, summary))
    return sorted(found, key=lambda e: (e.path, e.method))


def document(app: Flask) -> str:
    """Return the table as Markdown."""
    lines = [
        "# Who may do what",
        "",
        "Made from the code by `python -m api.describe.roles`. `open`: no sign-in.",
        "",
        f"| endpoint | {' | '.join(ROLES)} | |",
        f"|---|{'---|' * len(ROLES)}---|",
    ]
    for one in endpoints(app):
        marks = ["open" if one.role == guard.OPEN else "yes" if one.lets_in(role) else "" for role in ROLES]
        lines.append(f"| `{one.method} {one.path}` | {' | '.join(marks)} | {one.summary} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(create_app(Settings(), Redis(), Logger("api"))), end="")
