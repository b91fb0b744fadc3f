import json
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hookbox import Call, Secret, action, setting  # noqa: E402
from hookbox.mock import Host  # noqa: E402
from hookbox.settings import DIALECT, schema_of  # noqa: E402


@dataclass(kw_only=True)
class Address:
    city: str


@dataclass(kw_only=True)
class Settings:
    """All that a setting
    can be."""

    text: str = setting(title="Text", minLength=1)
    whole: int = 7
    number: float | None = None
    switch: bool = setting(default=False)
    key: Secret
    choice: Literal["a", "b"] = "a"
    names: list[str] = setting(default=["x"])
    points: dict[str, int] = setting(default={})
    address: Address | None = None


class Schema(unittest.TestCase):
    def test_a_dataclass_becomes_the_schema_that_its_annotations_say(self) -> None:
        address = {"type": "object", "additionalProperties": False, "required": ["city"]}
        self.assertEqual(
            schema_of(Settings),
            {
                "$schema": DIALECT,
                "description": "All that a setting can be.",
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "key"],
                "properties": {
                    "text": {"type": "string", "title": "Text", "minLength": 1},
                    "whole": {"type": "integer", "default": 7},
                    "number": {"type": ["number", "null"], "default": None},
                    "switch": {"type": "boolean", "default": False},
                    "key": {"type": "string", "format": "secret"},
                    "choice": {"enum": ["a", "b"], "default": "a"},
                    "names": {"type": "array", "items": {"type": "string"}, "default": ["x"]},
                    "points": {"type": "object", "additionalProperties": {"type": "integer"}, "default": {}},
                    "address": {
                        **address,
                        "type": ["object", "null"],
                        "properties": {"city": {"type": "string"}},
                        "default": None,
                    },
                },
            },
        )

    def test_an_annotation_that_has_no_schema_is_refused_by_its_place(self) -> None:
        @dataclass
        class Wrong:
            when: set[str]

        with self.assertRaisesRegex(TypeError, "Wrong.when is annotated as set"):
            schema_of(Wrong)
        with self.assertRaisesRegex(TypeError, "int is no dataclass"):
            schema_of(int)

    def test_settings_come_as_the_dataclass_with_its_defaults(self) -> None:
        seen: list[Settings] = []

        @action(name="test", version="1.0.0", title="Test", description="Tests", settings=Settings)
        def run(call: Call[Settings]) -> None:
            seen.append(call.settings)

        given = {"text": "t", "whole": 8.0, "number": 1, "key": "none", "address": {"city": "Bern"}, "points": {"a": 1}}
        secrets = {"none": {"text": "x", "hosts": []}}
        grants = [{"capability": "secret", "scope": ["*"]}]
        self.assertIsNone(Host(settings=given, secrets=secrets, grants=grants).run(run).failure)
        [settings] = seen
        self.assertEqual((settings.whole, settings.names, settings.address), (8, ["x"], Address(city="Bern")))
        self.assertIsInstance(settings.whole, int)
        self.assertIsInstance(settings.number, float)
        self.assertIsInstance(settings.key, Secret)

    def test_a_schema_stays_as_it_is(self) -> None:
        schema: dict[str, Any] = {"type": "object", "properties": {"a": {"default": 1}}}
        made = action(name="test", version="1.0.0", title="Test", description="Tests", settings=schema)
        self.assertEqual(json.loads(made(lambda _: None).manifest.settings), schema)


if __name__ == "__main__":
    unittest.main()
