"""Responses in files: what somebody wrote on another machine, perhaps by hand.

Nothing in them is trusted. A malformed response is the outcome of its question; what
belongs to no question is a violation, told in one sentence.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from refcnn.harness import protocol, schema
from refcnn.harness.protocol import ProtocolError
from refcnn.suite.case import Crash, Outcome
from refcnn.suite.hints import did_you_mean
from refcnn.suite.registry import simplest
from refcnn.suite.schemas import SchemaError

MOST_VIOLATIONS = 20  # that are told one by one
KINDS = tuple(kind for kind in protocol.KINDS if kind != "statement")


class Inbox:
    """The outcomes by the id of their prompt, and what is wrong with the files as such."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """Take responses to the `known` ids, each of which asks an operator."""
        self.known, self.outcomes = known, dict[str, Outcome]()
        self._violations: list[str] = []

    @property
    def violations(self) -> list[str]:
        """One sentence each; of very many, the first ones and how many there are."""
        first, more = self._violations[:MOST_VIOLATIONS], len(self._violations) - MOST_VIOLATIONS
        return [*first, f"and {more} more of this kind"] if more > 0 else first

    def note(self, violation: str) -> None:
        """Put what belongs to no question on record."""
        self._violations.append(protocol.text(violation))

    def take(self, name: str, outcome: Outcome, where: str) -> None:
        """Keep the outcome of a question; of two, neither counts."""
        if name not in self.known:
            hint = did_you_mean(name, self.known)
            self.note(f"{where}: no prompt has the id {name!r:.80}{hint}")
        elif name in self.outcomes:
            self.note(f"{where}: a second response to {name}")
            self.outcomes[name] = Crash(f"two responses were given to {name}")
        else:
            self.outcomes[name] = outcome

    def fault(self, name: str, what: str, where: str) -> None:
        """Keep that the response to a question is malformed."""
        self.note(f"{where}: {what}")
        if name in self.known:
            crash = Crash(f"the response to {name} is malformed: {protocol.text(what)}")
            self.take(name, crash, where)

    def read(self, path: Path, where: str) -> None:
        """Take what is in a file, and tell of what is not as it should be."""
        try:
            # With or without the mark that some editors put in front.
            content = json.loads(path.read_text("utf-8-sig"), parse_constant=_bare_word)
        except (ValueError, RecursionError) as error:
            self.note(f"{where} is not JSON, or not all of it: {error}")
            return
        found = content.get("responses") if isinstance(content, dict) else None
        if not isinstance(found, list):
            self.note(f'{where} must be an object {{"responses": [...]}}')
            return
        for number, response in enumerate(found, start=1):
            self._take(response, f"{where}, response {number}")

    def _take(self, response: Any, where: str) -> None:
        name = response.get("id") if isinstance(response, dict) else None
        if not isinstance(name, str):
            self.note(f"{where} must be an object with the id of a prompt")
            return
        members = {key: value for key, value in response.items() if key != "id"}
        operator = self.known.get(name, simplest())
        try:
            outcome = _outcome(members, operator)
        except (ProtocolError, SchemaError) as error:
            self.fault(name, str(error), where)
        else:
            self.take(name, outcome, where)


def _outcome(members: dict[str, Any], operator: str) -> Outcome:
    """What a response says; raises ProtocolError or SchemaError."""
    kinds = [kind for kind in KINDS if kind in members]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none of them"
        raise ProtocolError(f"a response has exactly one of {', '.join(KINDS)}; this has {found}")
    if "tensor" in members:  # tells more plainly than the schema what is wrong
        protocol.outcome({"tensor": members["tensor"]}, operator)
    schema.validate("answer", {"seq": 0, **members}, "the response")
    return protocol.outcome(members, operator)


def _bare_word(word: str) -> float:
    raise ValueError(f'{word} must be the string "{word}"')
