//! Rows of the store: the name of a table in the first line, then a byte that says how long the key is, the key and a payload.
//!
//! What is not sealed is damage, and so is what was changed by one bit or lies under another key. A payload that is sealed is a record or
//! damage; a record that is written again is the same record.

use hookbox_model::{
    AuditEntry, Automation, Capture, Conversation, Field, Inbox, Invite, List, Member, Message, Plugin, PluginSecret,
    Run, Session, SigningSecret, StateEntry, Template, TestCapture, Token, TriggerKey, User, Workspace,
};
use hookbox_store::StoreError;
use hookbox_store_redb::RedbStore;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::lines::split;

/// The version that every kind of record has.
const VERSION: u8 = 1;

/// The newest version of any.
const VERSION_MAX: u8 = 2;

/// What precedes the payload: the version and the checksum.
const HEADER: usize = 5;

pub(crate) fn try_on(input: &[u8]) {
    let ([table], rest) = split(input);
    let Some((length, rest)) = rest.split_first() else { return };
    let (key, payload) = rest.split_at(rest.len().min(usize::from(*length)));
    let Some(bare) = RedbStore::check_row(&table, key, payload) else { return };
    assert!(bare.is_err() || is_sealed(key, payload), "what nobody sealed is taken");
    for version in VERSION..=VERSION_MAX {
        let value = seal(key, version, payload);
        let read = RedbStore::check_row(&table, key, &value).expect("the table is there");
        assert!(matches!(read, Ok(()) | Err(StoreError::Damaged { .. })), "{read:?}");
        if let Err(error) = &read {
            assert!(error.to_string().len() < 2_000, "a message of bounded length");
        }
        changed(&table, key, &value);
        if read.is_ok() && version == VERSION {
            write_again(&table, key, payload);
        }
    }
}

/// One bit is changed, of the value and of the key; which one follows from the value.
fn changed(table: &str, key: &[u8], value: &[u8]) {
    let is_damaged = |key: &[u8], value: &[u8]| {
        let read = RedbStore::check_row(table, key, value).expect("the table is there");
        assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
    };
    let choice = crc32c::crc32c(value) as usize;
    let flipped = |bytes: &[u8]| {
        let mut flipped = bytes.to_vec();
        flipped[choice % bytes.len()] ^= 1 << (choice >> 8 & 7);
        flipped
    };
    is_damaged(key, &flipped(value));
    is_damaged(key, &value[..choice % value.len()]);
    if !key.is_empty() {
        is_damaged(&flipped(key), value);
    }
}

fn write_again(table: &str, key: &[u8], payload: &[u8]) {
    let written = match table.split_once("-2").map_or(table, |(daily, _)| daily) {
        "captures" => postcard_again::<Capture>(payload),
        "runs" => postcard_again::<Run>(payload),
        "tests" => postcard_again::<TestCapture>(payload),
        "conversations" => postcard_again::<Conversation>(payload),
        "messages" => postcard_again::<Message>(payload),
        "plugin-state" => postcard_again::<StateEntry>(payload),
        "workspaces" => json_again::<Workspace>(payload),
        "inboxes" => json_again::<Inbox>(payload),
        "members" => json_again::<Member>(payload),
        "lists" => json_again::<List>(payload),
        "fields" => json_again::<Field>(payload),
        "templates" => json_again::<Template>(payload),
        "automations" | "automation-versions" => json_again::<Automation>(payload),
        "trigger-secrets" => json_again::<SigningSecret>(payload),
        "trigger-keys" => json_again::<TriggerKey>(payload),
        "plugins" => json_again::<Plugin>(payload),
        "plugin-secrets" => json_again::<PluginSecret>(payload),
        "audit" => json_again::<AuditEntry>(payload),
        "users" => json_again::<User>(payload),
        "sessions" => json_again::<Session>(payload),
        "invites" => json_again::<Invite>(payload),
        "tokens" => json_again::<Token>(payload),
        _ => return,
    };
    let read = RedbStore::check_row(table, key, &seal(key, VERSION, &written)).expect("the table is there");
    assert_eq!(read, Ok(()), "what is written again is read again");
}

fn postcard_again<R: Serialize + DeserializeOwned>(payload: &[u8]) -> Vec<u8> {
    let write = |record: &R| postcard::to_allocvec(record).expect("a record can be written");
    let record = postcard::from_bytes(payload).expect("it was read before");
    // Whatever is in it can be told, or is refused.
    let _ = serde_json::to_string(&record);
    let written = write(&record);
    assert_eq!(write(&postcard::from_bytes(&written).expect("it is read again")), written);
    written
}

fn json_again<R: Serialize + DeserializeOwned>(payload: &[u8]) -> Vec<u8> {
    let write = |record: &R| serde_json::to_vec(record).expect("a record can be written");
    let written = write(&serde_json::from_slice(payload).expect("it was read before"));
    assert_eq!(write(&serde_json::from_slice(&written).expect("it is read again")), written);
    written
}

fn checksum(key: &[u8], version: u8, payload: &[u8]) -> [u8; 4] {
    let sum = crc32c::crc32c_append(crc32c::crc32c(key), &[version]);
    crc32c::crc32c_append(sum, payload).to_le_bytes()
}

fn seal(key: &[u8], version: u8, payload: &[u8]) -> Vec<u8> {
    [&[version], &checksum(key, version, payload)[..], payload].concat()
}

fn is_sealed(key: &[u8], value: &[u8]) -> bool {
    value.len() >= HEADER && value[1..HEADER] == checksum(key, value[0], &value[HEADER..])
}
