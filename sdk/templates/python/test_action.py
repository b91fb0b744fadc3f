import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "hookbox/sdk/python"))

from hookbox.mock import Host, fixtures  # noqa: E402

from action import run  # noqa: E402


class Action(unittest.TestCase):
    def test_every_fixture_ends_as_it_says(self) -> None:
        for fixture in fixtures(HERE / "fixtures"):
            with self.subTest(fixture.name):
                fixture.check(run)

    def test_a_list_that_is_not_there_fails_the_step_for_good(self) -> None:
        report = Host(payload={"source": "fair"}, settings={"list": "nowhere"}).run(run)
        self.assertEqual((report.failure and report.failure.code, report.effects), ("invalid", []))


if __name__ == "__main__":
    unittest.main()
