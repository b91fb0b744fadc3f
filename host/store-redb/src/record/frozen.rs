//! Bytes of every version of every hot record that was ever released. A change that cannot read them needs a new version.

use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    CallCounts, Capture, Consent, Contact, Conversation, ConversationState, Digest, Direction, Effect, FieldValue, Id,
    IdempotencyKey, JsonLimits, KeptHeaders, Kind, LogLevel, LogLine, Media, Message, MessageState, Note, Payload, Pin,
    QueueCounts, Replay, Run, RunCounts, RunFailure, RunState, Since, StateEntry, StepRecord, StepState, Timestamp,
};

use super::{Belongings, ContactRow, Head, Line, Rank, Recent, Record, Thread, open, seal};

const KEY: &[u8] = b"key";

fn id<K: Kind>(last: u8) -> Id<K> {
    let mut bytes = [0; 16];
    bytes[15] = last;
    Id::from_bytes(bytes)
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn capture() -> Capture {
    let body = Payload::parse(Bytes::from_static(b"{\"a\": 1}"), JsonLimits::default()).expect("it is JSON");
    let mut headers = KeptHeaders::default();
    headers.push("a", b"b");
    Capture {
        id: id(1),
        workspace: id(2),
        automation: id(3),
        automation_version: 4,
        received_at: at(5),
        body,
        idempotency: Some(IdempotencyKey { key: Arc::from("k"), body_sha256: Digest::from_bytes([6; 32]) }),
        from: Some(Ipv4Addr::new(203, 0, 113, 9).into()),
        headers,
    }
}

fn run() -> Run {
    let failure = || Some(RunFailure { at: "s".into(), code: "c".into(), message: "m".into() });
    let step = StepRecord {
        name: "n".into(),
        action: "a".into(),
        plugin: "p 1.0.0".into(),
        digest: Some(Digest::from_bytes([7; 32])),
        state: StepState::Retrying,
        attempts: 2,
        input: "{}".into(),
        output: "null".into(),
        effects: vec![
            Effect::SetField { name: "f".into(), value: FieldValue::Decimal(1.5) },
            Effect::Unassign,
            Effect::Send { message: id(8), inbox: None, body: "b".into(), media: Vec::new(), send_at: Some(at(9)) },
        ],
        log: vec![LogLine { level: LogLevel::Warn, message: "l".into() }],
        duration_us: 10,
        memory_bytes: 11,
        failure: failure(),
    };
    Run {
        id: id(1),
        workspace: id(2),
        automation: id(3),
        automation_version: 4,
        capture: id(1),
        item: Some(2),
        replay: Some(Replay { of: id(9), steps_kept: 1 }),
        replayed_by: Some(id(10)),
        contact: Some(id(5)),
        state: RunState::Waiting,
        revision: 6,
        steps: vec![step],
        failure: failure(),
        due_at: Some(at(7)),
        began_at: at(8),
        finished_at: None,
        pins: vec![Pin { action: "p".into(), digest: Digest::from_bytes([7; 32]) }],
    }
}

fn contact() -> ContactRow {
    let contact = Contact {
        id: id(1),
        workspace: id(2),
        version: 3,
        phone: Some("+1".into()),
        email: None,
        external_id: Some("x".into()),
        fields: [("i".into(), FieldValue::Integer(-1)), ("t".into(), FieldValue::Text("u".into()))].into(),
        tags: ["tag".into()].into(),
        lists: [id(4)].into(),
        consent: Consent { opted_out: Some(Since { at: at(9), reason: "r".into() }), blocked: None },
        created_at: at(5),
        updated_at: at(6),
    };
    let head = Head { rank: Rank { place: 10, message: id(9) }, due_ms: 11 };
    let line = Line { head: Some(head), held_by: vec![Rank { place: 12, message: id(15) }] };
    let threads = vec![Thread { inbox: id(7), conversation: id(8), line }, Thread::new(id(13), id(14))];
    let recent = Recent { runs: vec![id(16), id(17)], messages: vec![id(9), id(15)] };
    ContactRow { contact, belongings: Belongings { threads, recent } }
}

fn conversation() -> Conversation {
    Conversation {
        id: id(1),
        workspace: id(2),
        version: 3,
        contact: id(4),
        inbox: id(5),
        state: ConversationState::Closed,
        assignee: Some(id(6)),
        notes: vec![Note { id: id(7), body: "n".into(), run: Some(id(8)), created_at: at(9) }],
        created_at: at(10),
        updated_at: at(11),
    }
}

fn message() -> Message {
    Message {
        id: id(1),
        workspace: id(2),
        conversation: id(3),
        contact: id(4),
        inbox: id(5),
        direction: Direction::Outgoing,
        body: "b".into(),
        media: vec![Media { url: "u".into(), content_type: "t".into() }],
        state: MessageState::Suppressed,
        revision: 2,
        sandbox: true,
        reason: Some("r".into()),
        attempts: 3,
        due_at: Some(at(8)),
        sent_at: None,
        delivered_at: Some(at(9)),
        external_id: Some("e".into()),
        send_at: None,
        run: Some(id(6)),
        step: Some("s".into()),
        created_at: at(7),
    }
}

fn check<R: Record + PartialEq + std::fmt::Debug>(record: &R, frozen: &str) {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let written = seal(KEY, record).expect("it is written");
    assert_eq!(hex(&written), frozen, "version {} of a {} is written as it always was", R::VERSION, R::WHAT);
    assert_eq!(&read::<R>(frozen), record);
}

fn read<R: Record>(frozen: &str) -> R {
    let bytes: Vec<u8> =
        (0..frozen.len()).step_by(2).map(|at| u8::from_str_radix(&frozen[at..at + 2], 16).expect("hex")).collect();
    open::<R>(KEY, &bytes).expect("it is read")
}

#[test]
fn a_capture_of_version_1_is_read() {
    check(
        &capture(),
        "01cbf6308600000000000000000000000000000001000000000000000000000000000000020000000000000000000000\
         00000000030405087b2261223a20317d01016b0606060606060606060606060606060606060606060606060606060606\
         0606060100cb00710905613a20620a",
    );
}

#[test]
fn a_run_of_version_1_is_read() {
    check(
        &run(),
        "012aba234a00000000000000000000000000000001000000000000000000000000000000020000000000000000000000\
         000000000304000000000000000000000000000000010102010000000000000000000000000000000901010000000000\
         000000000000000000000a0100000000000000000000000000000005020601016e0161077020312e302e300107070707\
         070707070707070707070707070707070707070707070707070707070302027b7d046e756c6c03000166020000000000\
         00f83f070b000000000000000000000000000000080001620001090102016c0a0b0101730163016d0101730163016d01\
         0708000101700707070707070707070707070707070707070707070707070707070707070707",
    );
}

#[test]
fn a_contact_of_version_1_is_read_with_nothing_that_is_recent() {
    let ContactRow { contact, belongings } = contact();
    let before = ContactRow { contact, belongings: Belongings { recent: Recent::default(), ..belongings } };
    let read: ContactRow = read(
        "014573fb8a00000000000000000000000000000001000000000000000000000000000000020301022b3100010178020\
         16901010174000175010374616701000000000000000000000000000000040109017200050602000000000000000000\
         0000000000000700000000000000000000000000000008010a000000000000000000000000000000090b010c0000000\
         000000000000000000000000f0000000000000000000000000000000d0000000000000000000000000000000e0000",
    );
    assert_eq!(read, before);
}

#[test]
fn a_contact_of_version_2_is_read() {
    check(
        &contact(),
        "020bf4abb800000000000000000000000000000001000000000000000000000000000000020301022b3100010178020\
         16901010174000175010374616701000000000000000000000000000000040109017200050602000000000000000000\
         0000000000000700000000000000000000000000000008010a000000000000000000000000000000090b010c0000000\
         000000000000000000000000f0000000000000000000000000000000d0000000000000000000000000000000e000020\
         00000000000000000000000000000010000000000000000000000000000000112000000000000000000000000000000\
         0090000000000000000000000000000000f",
    );
}

#[test]
fn a_conversation_of_version_1_is_read() {
    check(
        &conversation(),
        "015d72d32000000000000000000000000000000001000000000000000000000000000000020300000000000000000000\
         000000000004000000000000000000000000000000050101000000000000000000000000000000060100000000000000\
         000000000000000007016e0100000000000000000000000000000008090a0b",
    );
}

#[test]
fn a_message_of_version_1_is_read() {
    check(
        &message(),
        "0143887a9000000000000000000000000000000001000000000000000000000000000000020000000000000000000000\
         000000000300000000000000000000000000000004000000000000000000000000000000050101620101750174020201\
         01017203010800010901016500010000000000000000000000000000000601017307",
    );
}

#[test]
fn counts_of_version_1_are_read() {
    let mut runs = RunCounts { succeeded: 2, failed: 3, cancelled: 4, waited: 300, ..RunCounts::default() };
    runs.capture(at(5));
    runs.failures.count("c");
    [0, 6, 6].into_iter().for_each(|took| runs.took_ms.count(took));
    check(&runs, "01f46f3efc010105020304ac02010163010401000002");
    let mut calls = CallCounts::default();
    calls.call(5, true);
    calls.call(300, false);
    check(&calls, "014e9119f10201b102ac020a00000001000000000001");
    check(&QueueCounts { waiting_max: 300 }, "01d58687d1ac02");
}

#[test]
fn plugin_state_of_version_1_is_read() {
    check(&StateEntry { value: "5".into(), expires_at: Some(at(300)) }, "016b15ffff013501ac02");
}
