"""Fixtures: calls as files, with what should come of them. ``sdk/fixtures.md`` is the reference of the format."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ..action import Action
from .host import Host, Report
from .outside import Sent

_KEYS = {
    "fixture": "name payload settings contact conversation inbox steps step attempt now lists inboxes members grants state secrets "
    "http expect",
    "contact": "id phone email external_id fields tags lists opted_out",
    "conversation": "assignee state",
    "exchange": "request answer",
    "request": "method url headers json text",
    "answer": "status headers json text error",
    "expect": "effects output next failure state log",
}


@dataclass(frozen=True)
class Fixture:
    """A call as a file: ``situation`` are the keywords of ``Host``, ``expect`` is what should come of it."""

    name: str
    situation: dict[str, Any]
    expect: dict[str, Any]

    def check(self, action: Action) -> Report:
        """Runs the action and raises ``AssertionError`` when something else came of it."""
        report = Host(**self.situation).run(action)
        _compare_end(report, self.expect)
        if "effects" in self.expect:
            _equal("effects", [_shown(each) for each in report.effects], [_shown(each) for each in self.expect["effects"]])
        if "state" in self.expect:
            _equal("state", report.state, self.expect["state"])
        if "log" in self.expect:
            _equal("log lines", report.log, self.expect["log"])
        for sent, exchange in zip(report.requests, self.situation.get("http", []), strict=False):
            _compare_request(sent, exchange["request"])
        _equal("calls that did not come", report.calls_left, [])
        return report


def fixtures(folder: str | Path) -> list[Fixture]:
    """Every fixture of a folder, in the order of the files' names."""
    files = sorted(Path(folder).glob("*.json"))
    if not files:
        raise FileNotFoundError(f"there is no fixture in {folder}")
    return [_fixture_of(file) for file in files]


def _fixture_of(file: Path) -> Fixture:
    read = json.loads(file.read_text(encoding="utf-8"))
    _check_keys(file.name, "fixture", read)
    for part in ("contact", "conversation", "expect"):
        _check_keys(file.name, part, read.get(part))
    for exchange in read.get("http", []):
        _check_keys(file.name, "exchange", exchange)
        _check_keys(file.name, "request", exchange.get("request"))
        _check_keys(file.name, "answer", exchange.get("answer"))
    name, expect = read.pop("name", file.stem), read.pop("expect", {})
    return Fixture(name, read, expect)


def _check_keys(file: str, kind: str, value: Mapping[str, Any] | None) -> None:
    """A misspelt key is refused, so that it does not pass unseen."""
    for key in value or {}:
        if key not in _KEYS[kind].split():
            raise AssertionError(f'{file}: a {kind} has no key "{key}"; sdk/fixtures.md lists them')


def _compare_end(report: Report, expect: Mapping[str, Any]) -> None:
    failure = report.failure
    if "failure" not in expect:
        if failure is not None:
            raise AssertionError(f"it failed: {failure.message}")
    else:
        [(kind, wanted)] = expect["failure"].items()
        told = {} if failure is None else {"code": failure.code, "message": failure.message, "after_ms": failure.after_ms}
        _equal("end", failure and failure.kind, kind)
        _equal("failure", told, {**told, **wanted})
    if "next" in expect:
        _equal("next", report.next, expect["next"])
    if isinstance(expect.get("output"), str):
        _equal("output", report.output_text, expect["output"])
    elif "output" in expect:
        _equal("output", report.output, expect["output"])


def _shown(effect: Mapping[str, Any]) -> dict[str, Any]:
    """A message's id is not compared, and what is null or empty may be left out."""
    is_id = effect["kind"] == "send"
    kept = {name: value for name, value in effect.items() if value is not None and value != []}
    return {name: value for name, value in kept.items() if not (is_id and name == "message")}


def _compare_request(sent: Sent, wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.get("headers", {}).items():
        _equal(f"header {name}", sent.headers.get(name.lower()), value)
    if "json" in wanted:
        _equal("body", json.loads(sent.body), wanted["json"])
    if "text" in wanted:
        _equal("body", sent.body.decode(), wanted["text"])


def _equal(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"other {what}:\n  found    {found}\n  expected {expected}")
