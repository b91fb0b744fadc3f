import json
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "hookbox/sdk/python"))

from hookbox.mock import Failed, Host, fixtures  # noqa: E402

from action import run  # noqa: E402

FIXTURES = fixtures(HERE.parent / "fixtures")
HOT = next(fixture for fixture in FIXTURES if fixture.name.startswith("a hot lead"))


class Lead(unittest.TestCase):
    def test_every_fixture_ends_as_it_says(self) -> None:
        for fixture in FIXTURES:
            with self.subTest(fixture.name):
                fixture.check(run)

    def test_it_asks_and_is_set_up_as_the_other_languages_have_it(self) -> None:
        manifest = run.manifest
        shown = {
            "name": manifest.name,
            "version": manifest.version,
            "title": manifest.title,
            "description": manifest.description,
            "needs": [vars(need) for need in manifest.needs],
            "settings": json.loads(manifest.settings),
        }
        self.assertEqual(shown, json.loads((HERE.parent / "manifest.json").read_text(encoding="utf-8")))

    def test_a_service_that_does_not_answer_is_asked_again_later(self) -> None:
        for error in ("timeout", "closed"):
            http = [{**HOT.situation["http"][0], "answer": {"error": error}}]
            report = Host(**{**HOT.situation, "http": http}).run(run)
            self.assertEqual(report.failure, Failed("retryable", "the enrichment service did not answer"))
            self.assertEqual((report.effects, report.state), ([], HOT.situation["state"]))

    def test_a_place_that_is_not_granted_fails_the_step_for_good_and_names_the_grant(self) -> None:
        grants = [vars(need) for need in run.manifest.needs if need.capability != "http"]
        report = Host(**{**HOT.situation, "grants": grants, "http": []}).run(run)
        text = 'not granted: http for "POST https://enrich.example.com"'
        self.assertEqual(report.failure, Failed("permanent", text, code="not-granted"))

    def test_a_list_that_is_not_there_fails_the_step_for_good(self) -> None:
        report = Host(**{**HOT.situation, "lists": []}).run(run)
        self.assertEqual((report.failure and report.failure.code, report.effects), ("invalid", []))


if __name__ == "__main__":
    unittest.main()
