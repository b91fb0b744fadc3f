import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hookbox import (  # noqa: E402
    Action,
    Call,
    Refusal,
    Retryable,
    Stop,
    action,
    contacts,
    conversations,
    lists,
    log,
    messages,
    need,
    state,
)
from hookbox.messages import Media  # noqa: E402
from hookbox.mock import Failed, Host  # noqa: E402

EVERYTHING = [
    need(capability, "*", reason="to test")
    for capability in (
        "contacts.read",
        "contacts.write",
        "contacts.tag",
        "lists.write",
        "conversations.write",
        "messages.send",
        "state",
        "http",
        "secret",
    )
]


def plugin(run: Callable[[Call[Any]], Any], settings: Any = None) -> Action:
    """A plugin that may do everything."""
    made = action(name="test", version="1.0.0", title="Test", description="Tests", needs=EVERYTHING, settings=settings)
    return made(run)


def tagging_101_times() -> None:
    for at in range(101):
        contacts.add_tag(f"t{at}")


class Effects(unittest.TestCase):
    def test_every_effect_is_asked_for_in_order_and_shown_as_the_api_shows_it(self) -> None:
        def run(_: Call[Any]) -> None:
            contacts.set_field("plan", "gold")
            contacts.clear_field("trial")
            contacts.add_tag("vip")
            contacts.remove_tag("new")
            lists.add("a")
            lists.remove("a")
            conversations.assign("Ann")
            conversations.unassign()
            conversations.close()
            conversations.reopen()
            conversations.add_note("called")
            self.assertEqual(messages.send("Hello"), "msg_1")
            media = [Media("https://a.example/b.png", "image/png")]
            at = datetime(2026, 1, 2, tzinfo=timezone.utc)
            self.assertEqual(messages.send("Hi", inbox="sales", media=media, send_at=at), "msg_2")
            log.warn("a\x1b[31mb")

        report = Host(lists=["a"], members=["Ann"], inboxes=["sales"]).run(plugin(run))
        self.assertIsNone(report.failure)
        self.assertEqual(report.log, [{"level": "warn", "message": "a[31mb"}])
        self.assertEqual(
            report.effects,
            [
                {"kind": "set-field", "name": "plan", "value": "gold"},
                {"kind": "clear-field", "name": "trial"},
                {"kind": "add-tag", "tag": "vip"},
                {"kind": "remove-tag", "tag": "new"},
                {"kind": "add-to-list", "list": "a"},
                {"kind": "remove-from-list", "list": "a"},
                {"kind": "assign", "to": "Ann"},
                {"kind": "unassign"},
                {"kind": "close"},
                {"kind": "reopen"},
                {"kind": "add-note", "body": "called"},
                {"kind": "send", "message": "msg_1", "inbox": None, "body": "Hello", "media": [], "send_at": None},
                {
                    "kind": "send",
                    "message": "msg_2",
                    "inbox": "sales",
                    "body": "Hi",
                    "media": [{"url": "https://a.example/b.png", "content_type": "image/png"}],
                    "send_at": "2026-01-02T00:00:00+00:00",
                },
            ],
        )

    def test_what_the_host_refuses_says_why_and_by_a_code_and_ends_the_step_unless_it_is_caught(self) -> None:
        untyped: Any = 7
        cases: list[tuple[Callable[[], Any], str, str]] = [
            (lambda: contacts.set_field("phone", "1"), "invalid", "identifies the contact"),
            (lambda: contacts.set_field("plan", float("nan")), "invalid", "no text, finite number"),
            (lambda: contacts.add_tag(untyped), "invalid", "a tag is a text, not int"),
            (lambda: contacts.add_tag("\ud800"), "invalid", "halves of characters"),
            (lambda: contacts.add_tag(" vip"), "invalid", "no spaces at its ends"),
            (lambda: lists.add("nowhere"), "invalid", 'there is no list "nowhere"'),
            (lambda: conversations.assign("nobody"), "invalid", 'there is no member "nobody"'),
            (lambda: messages.send("a", inbox="none"), "invalid", 'there is no inbox "none"'),
            (lambda: messages.send(""), "invalid", "1 to 10000 characters"),
            (lambda: messages.send("a", send_at="tomorrow"), "invalid", "RFC 3339"),
            (lambda: messages.send("a", send_at=datetime(2026, 1, 2)), "invalid", "no time zone"),
            (lambda: state.set("k", "x" * 65_537), "invalid", "at most 65536 bytes"),
            (lambda: state.set("k", "x", ttl_ms=0), "invalid", "at least a millisecond"),
            (lambda: state.get(""), "invalid", "1 to 256 bytes"),
            (lambda: state.increment("k", 2**63), "invalid", "a whole number from"),
            (tagging_101_times, "limit", "at most 100 effects"),
        ]
        for call, code, text in cases:
            with self.subTest(text):

                def run(_: Call[Any], call: Callable[[], Any] = call) -> Any:
                    return call()

                report = Host().run(plugin(run))
                assert report.failure is not None
                self.assertEqual((report.failure.kind, report.failure.code), ("permanent", code))
                self.assertIn(text, report.failure.message)
                self.assertEqual(report.effects, [])

        def going_on(_: Call[Any]) -> str:
            with self.assertRaises(Refusal):
                lists.add("nowhere")
            return "went on"

        self.assertEqual(Host().run(plugin(going_on)).output, "went on")

    def test_a_missing_grant_is_named(self) -> None:
        def run(_: Call[Any]) -> None:
            lists.add("a")
            lists.add("b")

        report = Host(grants=[{"capability": "lists.write", "scope": ["a"]}], lists=["a", "b"]).run(plugin(run))
        self.assertEqual(report.failure, Failed("permanent", 'not granted: lists.write for "b"', code="not-granted"))

    def test_an_action_sees_of_the_contact_what_it_may_read(self) -> None:
        contact = {"email": "a@example.com", "fields": {"plan": "gold", "age": 7}, "tags": ["vip"], "lists": ["a"]}

        def seen(*scope: str) -> Any:
            grants = [{"capability": "contacts.read", "scope": scope}]
            return Host(contact=contact, grants=grants).run(plugin(lambda call: vars(call.contact))).output

        nothing: dict[str, Any] = {"id": "con_1", "phone": None, "email": None, "fields": {}, "tags": [], "lists": [], "opted_out": False}
        self.assertEqual(seen(), nothing)
        self.assertEqual(seen("*"), {**nothing, **contact, "phone": "+12155556677"})
        self.assertEqual(seen("age")["fields"], {"age": 7})

    def test_a_call_brings_values_in_place_of_json_text(self) -> None:
        def run(call: Call[Any]) -> Any:
            return [call.payload, call.output_of("lookup"), call.output_of("none"), call.settings, vars(call.conversation)]

        settings = {"type": "object", "properties": {"given": {"default": 0}, "other": {"default": [2]}}}
        host = Host(
            payload={"a": [1]},
            settings={"given": 1},
            steps=[{"name": "lookup", "output": {"found": True}}],
            conversation={"assignee": "Ann"},
        )
        conversation = {"id": "cnv_1", "inbox": "support", "assignee": "Ann", "state": "open"}
        expected = [{"a": [1]}, {"found": True}, None, {"given": 1, "other": [2]}, conversation]
        self.assertEqual(host.run(plugin(run, settings)).output, expected)

    def test_state_is_kept_with_the_step_and_forgotten_with_a_step_that_fails(self) -> None:
        def counting(_: Call[Any]) -> Any:
            seen = [state.increment("n", 2), state.increment("n"), state.get("other")]
            state.set("other", "x")
            state.delete("gone")
            return seen

        report = Host(state={"n": "40", "gone": "y"}).run(plugin(counting))
        self.assertEqual((report.output, report.state), ([42, 43, None], {"n": "43", "other": "x"}))

        def failing(_: Call[Any]) -> None:
            state.increment("n")
            raise Retryable("later", after_ms=5)

        failed = Host(state={"n": "40"}).run(plugin(failing))
        self.assertEqual((failed.state, failed.failure), ({"n": "40"}, Failed("retryable", "later", after_ms=5)))

    def test_what_an_action_returns_is_its_output(self) -> None:
        def ended(output: Any) -> tuple[str | None, str | None, str | None]:
            report = Host().run(plugin(lambda _: output))
            return report.output_text, report.next, report.failure.code if report.failure else None

        self.assertEqual(ended(None), ("null", "continue", None))
        self.assertEqual(ended({"a": "ä"}), ('{"a":"ä"}', "continue", None))
        self.assertEqual(ended(Stop("done")), ('"done"', "stop", None))
        for unfit in (object(), float("inf"), "\ud800"):
            self.assertEqual(ended(unfit), (None, None, "invalid-output"))

    def test_a_fault_of_the_plugin_is_raised(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            Host().run(plugin(lambda _: 1 / 0))

    def test_without_a_host_nothing_can_be_called(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "run the action by Host.run"):
            contacts.add_tag("vip")


if __name__ == "__main__":
    unittest.main()
