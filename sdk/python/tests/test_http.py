import base64
import sys
import unittest
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hookbox import Action, Call, HttpError, Refusal, action, http, need  # noqa: E402
from hookbox.http import address_of, scope_of  # noqa: E402
from hookbox.mock import Host, Report  # noqa: E402
from hookbox.mock.outside import allows  # noqa: E402

NEEDS = [need("http", "*", reason="to test"), need("secret", "*", reason="to test")]
REQUEST = {"method": "GET", "url": "https://a.example/"}


def plugin(run: Callable[[Call[Any]], Any], settings: Any = None) -> Action:
    return action(name="test", version="1.0.0", title="Test", description="Tests", needs=NEEDS, settings=settings)(run)


def called(run: Callable[[], Any], *exchanges: dict[str, Any]) -> Report:
    return Host(http=exchanges).run(plugin(lambda _: run()))


class Http(unittest.TestCase):
    def test_a_request_is_sent_as_it_was_put_together_and_the_whole_answer_comes_back(self) -> None:
        url = "https://api.example.com/a?b=1&c%20d=%C3%A4%26"
        answer = {"status": 404, "headers": {"Retry-After": "30"}, "json": {"why": "none"}}

        def run() -> Any:
            asked = "https://api.example.com/a?b=1#top"
            got = http.post(asked, headers={"X-A": "b"}, query={"c d": "ä&"}, json={"n": 1})
            return [got.status, got.ok, got.header("RETRY-AFTER"), got.retry_after_ms, got.json(), got.header("none")]

        report = called(run, {"request": {"method": "POST", "url": url}, "answer": answer})
        self.assertEqual(report.output, [404, False, "30", 30_000, {"why": "none"}, None])
        headers = {"x-a": "b", "content-type": "application/json"}
        sent = [vars(each) for each in report.requests]
        self.assertEqual(sent, [{"method": "POST", "url": url, "headers": headers, "body": b'{"n":1}'}])

    def test_what_cannot_be_sent_is_refused_before_it_is_sent(self) -> None:
        cases: list[tuple[Callable[[], Any], str]] = [
            (lambda: http.send("get", "https://a.example"), "not in capitals"),
            (lambda: http.get("api.example.com"), "does not begin with https://"),
            (lambda: http.get("https://u:p@a.example"), "a user and password"),
            (lambda: http.get("https://a.example/b c"), "in percent"),
            (lambda: http.get("https:///b"), "names no host"),
            (lambda: http.get("https://a.example", headers={"a b": "c"}), "no name of a header"),
            (lambda: http.get("https://a.example", headers={"a": "b\nc"}), "header a has control characters"),
            (lambda: http.post("https://a.example", json=1, text="1"), "one body"),
            (lambda: http.post("https://a.example", json=object()), "no form in JSON"),
            (lambda: http.get("https://a.example", timeout_ms=0), "timeout_ms"),
            (lambda: http.post("https://a.example", data=bytes(http.BODY_BYTES_MAX + 1)), "at most 10485760 bytes"),
        ]
        for run, text in cases:
            with self.subTest(text):
                report = called(run)
                assert report.failure is not None
                self.assertEqual(report.failure.kind, "permanent")
                self.assertIn(text, report.failure.message)
                self.assertEqual(report.requests, [])

    def test_no_answer_is_tried_again_and_a_refused_place_is_not(self) -> None:
        for error, code in (("timeout", "timeout"), ("closed", "network")):
            exchange = {"request": REQUEST, "answer": {"error": error}}
            report = called(lambda: http.get("https://a.example"), exchange)
            self.assertEqual(report.failure and report.failure.kind, "retryable")

            def caught() -> str:
                with self.assertRaises(HttpError) as raised:
                    http.get("https://a.example")
                return raised.exception.code

            self.assertEqual(called(caught, exchange).output, code)
        grants = [{"capability": "http", "scope": ["GET https://b.example"]}]
        denied = Host(grants=grants).run(plugin(lambda _: http.get("https://a.example"))).failure
        assert denied is not None
        self.assertEqual((denied.code, denied.message), ("not-granted", 'not granted: http for "GET https://a.example"'))

    def test_an_answer_larger_than_wanted_is_refused(self) -> None:
        exchange = {"request": REQUEST, "answer": {"text": "12345"}}
        report = called(lambda: http.get("https://a.example", answer_bytes_max=4), exchange)
        self.assertEqual(report.failure and report.failure.code, "limit")

    def test_a_call_that_is_not_expected_fails_the_test(self) -> None:
        with self.assertRaisesRegex(AssertionError, "no call is expected here"):
            called(lambda: http.get("https://a.example"))
        other = {"request": {"method": "GET", "url": "https://b.example/"}}
        with self.assertRaisesRegex(AssertionError, "GET https://b.example/ is expected here"):
            called(lambda: http.get("https://a.example"), other)
        self.assertEqual(called(lambda: 1, other).calls_left, ["GET https://b.example/"])

    def test_a_secret_is_a_placeholder_for_the_action_and_its_text_for_the_service_it_is_for(self) -> None:
        settings = {"type": "object", "properties": {"key": {"type": "string", "format": "secret"}}}
        secrets = {"crm": {"text": "s3cret", "hosts": ["https://a.example"]}}

        def run(url: str, header: Callable[[str], str]) -> Report:
            def asking(call: Call[Any]) -> str:
                http.get(url, headers={"authorization": header(call.settings["key"])})
                return str(call.settings["key"])

            host = Host(settings={"key": "crm"}, secrets=secrets, http=[{"request": {"method": "GET", "url": url}}])
            return host.run(plugin(asking, settings))

        sent = run("https://a.example/", lambda key: f"Bearer {key}")
        self.assertEqual(sent.requests[0].headers["authorization"], "Bearer s3cret")
        self.assertNotIn("s3cret", sent.output)

        def basic(key: str) -> str:
            return "Basic " + base64.b64encode(f"user:{key}".encode()).decode()

        self.assertEqual(run("https://a.example/", basic).requests[0].headers["authorization"], basic("s3cret"))
        elsewhere = run("https://b.example/", lambda key: f"Bearer {key}").failure
        self.assertEqual(elsewhere and elsewhere.code, "not-granted")

    def test_a_call_is_granted_by_method_scheme_host_and_port(self) -> None:
        for scope, method, url, expected in [
            ("POST https://api.example.com", "POST", "https://API.example.com:443/x", True),
            ("https://api.example.com/", "GET", "https://api.example.com/x?y", True),
            ("* https://api.example.com:8443", "GET", "https://api.example.com:8443", True),
            ("http://[::1]:8080", "GET", "http://[::1]:8080/", True),
            ("*", "DELETE", "http://anything:1", True),
            ("GET https://*.example.com", "GET", "https://a.b.example.com", True),
            ("POST https://api.example.com", "GET", "https://api.example.com", False),
            ("https://api.example.com", "GET", "http://api.example.com", False),
            ("https://api.example.com", "GET", "https://api.example.com:8443", False),
            ("https://api.example.com", "GET", "https://api.example.com.evil.net", False),
            ("https://*.example.com", "GET", "https://example.com", False),
            ("https://*.example.com", "GET", "https://evilexample.com", False),
            ("https://api.example.com/path", "GET", "https://api.example.com/path", False),
            ("api.example.com", "GET", "https://api.example.com", False),
        ]:
            with self.subTest(scope, url=url):
                self.assertEqual(allows(scope, method, address_of(url)), expected)

    def test_a_call_is_named_as_the_grant_that_allows_it(self) -> None:
        self.assertEqual(scope_of("POST", address_of("https://API.example.com:443/x")), "POST https://api.example.com")
        self.assertEqual(scope_of("POST", address_of("http://a.example:443/x")), "POST http://a.example:443")
        with self.assertRaises(Refusal):
            address_of("ftp://a")


if __name__ == "__main__":
    unittest.main()
