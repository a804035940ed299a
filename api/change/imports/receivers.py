"""Receivers of Alertmanager as channels of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.change.imports import kinds
from api.change.imports.kinds import Around, Known, NoSecret
from api.change.imports.report import Plan, Section, Taken
from dispatchers import channel as channels
from shared.errors import Invalid
from shared.model import reasons

MAX_NAME_CHARS = 64
QUIET = "dashboard"
"""The channel of a receiver that tells nobody: the alert is on the board, where it would be anyway."""
OTHER_KIND = "apprise"
"""The kind that reaches most of the services that have no kind of their own here."""
_CONFIGS = "_configs"
ADDRESSES = {
    "opsgenie": "opsgenie://…",
    "pushover": "pover://…",
    "victorops": "splunk://…",
    "webex": "webexteams://…",
    "sns": "sns://…",
    "rocketchat": "rocket://…",
    "mattermost": "mmost://…",
}
"""How Apprise writes an address of the service."""


@dataclass(slots=True)
class Receivers:
    """The receivers of a file, and the channels that stand for each."""

    plan: Plan
    channels: dict[str, list[str]] = field(default_factory=dict)
    """Receiver → channels."""
    _taken: set[str] = field(default_factory=set)

    def add(self, one: Section, around: Around) -> None:
        """Make the channels of one receiver."""
        name = one.text("name")
        one.name = f"receiver {name[:100]}"
        made: list[str] = []
        for configs in one.names():
            if not configs.endswith(_CONFIGS):
                continue
            for node in one.items(configs):
                part = Section(node, f"{one.name}, {configs}", self.plan)
                made.append(
                    self.channel(name, configs.removesuffix(_CONFIGS), kinds.known(configs, part, around), part)
                )
        one.finish()
        if not made:
            self.plan.note(one.line, one.name, "import.quiet_receiver", channel=QUIET)
        self.channels[name] = list(dict.fromkeys(made)) or [QUIET]

    def channel(self, receiver: str, service: str, known: Known | None, *parts: Section) -> str:
        """
        Make the channel of one integration, and return its name.

        Args:
            service: What the integration is called in the file.
            known: The kind of channel, and what makes its fields; None: there is no kind for the service.
            parts: The mappings in which the integration is written; findings name the first.
        """
        part = parts[0]
        if known is None:
            name = self._unused(OTHER_KIND, receiver)
            address = ADDRESSES.get(service, "json://…")
            code = "import.no_kind" if service in ADDRESSES else "import.unknown_kind"
            values = {"service": service[:50] or "?", "channel": name, "address": address}
            self.plan.lose(part.line, part.name, reasons.of(code, **values))
            return name
        kind, make = known
        name = self._unused(kind, receiver)
        try:
            self.plan.channels[name] = _checked(name, make())
            self.plan.taken.append(Taken(part.line, part.name, "channel", name))
        except NoSecret as error:
            # The rest of it was not read: it is entered by hand with the secret.
            self.plan.lose(error.line, part.name, reasons.of("import.no_secret", channel=name, because=error.reason))
            return name
        except Invalid as error:
            self.plan.lose(part.line, part.name, reasons.of("import.channel_bad", channel=name, because=error.cited()))
        for one in reversed(parts):
            one.finish()
        return name

    def _unused(self, kind: str, receiver: str) -> str:
        """Return a name that no channel of the file has: kind, receiver, and a number from the second on."""
        slug = re.sub(r"[^a-z0-9]+", "-", receiver.lower()).strip("-")
        slug = slug.removeprefix(f"{kind}-")
        wanted = f"{kind}-{slug}"[: MAX_NAME_CHARS - 4].rstrip("-") if slug else f"{kind}-imported"
        found, number = wanted, 1
        while found in self._taken:
            number += 1
            found = f"{wanted}-{number}"
        self._taken.add(found)
        return found


def _checked(name: str, fields: Mapping[str, object]) -> dict[str, object]:
    """
    Return a channel's fields, those that say nothing left out.

    Raises:
        Invalid: naming every bad field.
    """
    given = {field: value for field, value in fields.items() if value not in ("", None)}
    channels.get(name).check_new(given)
    return given


def secret_file(folder: Path | None, name: str) -> str | None:
    """Return the text of a file that a configuration names; None if it cannot be read here, or nothing may be read."""
    if folder is None or not name:
        return None
    try:
        # Reading from a pipe or a device may never end.
        if not (folder / name).is_file():
            return None
        with (folder / name).open(encoding="utf-8") as opened:
            return opened.read(65_536).strip()
    except (OSError, ValueError):
        return None
