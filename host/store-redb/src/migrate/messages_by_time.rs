//! Schema 6. Messages were keyed by workspace, contact and message, and are by workspace and message; each one that there was becomes a
//! mark of its contact in `contact-messages`. `message-contacts`, which led from a message to its contact, goes.
//!
//! Rows of contacts stay as they are: version 1 of them says nothing of what is recent, so all of it is looked for among the marks.
//!
//! Messages are read in their old order, a bounded part at a time, and each part is written in its new one. So it takes the memory of one part
//! and of the cache, whatever the size of the store; on disk it takes the messages once more, room that the file keeps and uses again. Each part
//! spans all of time: where the messages are many times the cache, most rows of a part are written to a page of their own.

use hookbox_store::StoreError;
use redb::{ReadableTable, ReadableTableMetadata, Table, TableDefinition, TableError, WriteTransaction};

use crate::envelope;
use crate::error::unreadable;

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
type Rows<'t> = Table<'t, &'static [u8], &'static [u8]>;

const MESSAGES: Definition = TableDefinition::new("messages");
const CONTACT_MESSAGES: Definition = TableDefinition::new("contact-messages");
const MESSAGE_CONTACTS: Definition = TableDefinition::new("message-contacts");
/// What the table of messages is called meanwhile.
const BY_CONTACT: Definition = TableDefinition::new("messages-by-contact");

/// The version of an index row.
const INDEX_VERSION: u8 = 1;

/// So many bytes of rows are one part.
const PART_BYTES: usize = 32 * 1024 * 1024;

/// Takes the step.
pub(super) fn change(transaction: &WriteTransaction) -> Result<(), StoreError> {
    bring(transaction, PART_BYTES)
}

fn bring(transaction: &WriteTransaction, part_bytes: usize) -> Result<(), StoreError> {
    transaction.delete_table(MESSAGE_CONTACTS).map_err(unreadable)?;
    match transaction.rename_table(MESSAGES, BY_CONTACT) {
        Ok(()) => {}
        // There never was one, so there are no messages.
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    }
    {
        let old = transaction.open_table(BY_CONTACT).map_err(unreadable)?;
        let mut messages = transaction.open_table(MESSAGES).map_err(unreadable)?;
        let mut marks = transaction.open_table(CONTACT_MESSAGES).map_err(unreadable)?;
        let of = old.len().map_err(unreadable)?;
        let (mut done, mut rows) = (0, old.iter().map_err(unreadable)?);
        loop {
            let (mut part, mut bytes) = (Vec::new(), 0);
            while bytes < part_bytes
                && let Some(row) = rows.next()
            {
                let (key, value) = row.map_err(unreadable)?;
                bytes += key.value().len() + value.value().len();
                part.push(brought(&mut marks, key.value(), value.value())?);
            }
            if part.is_empty() {
                break;
            }
            done += part.len() as u64;
            part.sort_unstable();
            for (key, value) in part {
                messages.insert(key.as_slice(), value.as_slice()).map_err(unreadable)?;
            }
            if done < of {
                tracing::info!(done, of, "messages are being brought to where they lie by time");
            }
        }
    }
    transaction.delete_table(BY_CONTACT).map_err(unreadable).map(drop)
}

/// A message under its new key; it is marked under its old one. One that is damaged stays so, because its checksum does not hold under the
/// new key either: it is found when it is read, and says nothing that is wrong.
fn brought(marks: &mut Rows<'_>, old: &[u8], value: &[u8]) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let Ok(whole) = <&[u8; 48]>::try_from(old) else { return Ok((old.to_vec(), value.to_vec())) };
    let mark = envelope::seal(old, INDEX_VERSION, &[]);
    marks.insert(old, mark.as_slice()).map_err(unreadable)?;
    let key = [&whole[..16], &whole[32..]].concat();
    let value = match envelope::open(old, value) {
        Ok((version, payload)) => envelope::seal(&key, version, payload),
        Err(_) => value.to_vec(),
    };
    Ok((key, value))
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;
    use redb::{Database, ReadableDatabase, ReadableTable, WriteTransaction};

    use super::{BY_CONTACT, CONTACT_MESSAGES, Definition, MESSAGE_CONTACTS, MESSAGES, bring};
    use crate::envelope::{open, seal};

    /// The key of message `message` of contact `contact`, as it was.
    fn old_key(contact: u8, message: u16) -> Vec<u8> {
        [[7; 16], [contact; 16], u128::from(message).to_be_bytes()].concat()
    }

    fn rows(database: &Database, table: Definition) -> Vec<(Vec<u8>, Vec<u8>)> {
        let transaction = database.begin_read().expect("a transaction");
        let rows = transaction.open_table(table).expect("the table");
        let mut found = Vec::new();
        for row in rows.iter().expect("its rows") {
            let (key, value) = row.expect("a row");
            found.push((key.value().to_vec(), value.value().to_vec()));
        }
        found
    }

    fn change(database: &Database, change: impl FnOnce(&WriteTransaction)) {
        let transaction = database.begin_write().expect("a transaction");
        change(&transaction);
        transaction.commit().expect("a commit");
    }

    /// A store with 300 messages that came to three contacts in turn, the first of them damaged.
    fn store() -> Database {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).expect("a database");
        change(&database, |transaction| {
            let mut messages = transaction.open_table(MESSAGES).expect("a table");
            for message in 0..300_u16 {
                let key = old_key((message % 3) as u8, message);
                let mut value = seal(&key, 3, &message.to_be_bytes());
                if message == 0 {
                    value[5] ^= 1;
                }
                messages.insert(key.as_slice(), value.as_slice()).expect("a row");
            }
            drop(transaction.open_table(MESSAGE_CONTACTS).expect("a table"));
        });
        database
    }

    #[test]
    fn every_message_lies_by_time_and_is_marked_whatever_the_size_of_a_part() {
        for part_bytes in [1, 1_000, usize::MAX] {
            let database = store();
            change(&database, |transaction| bring(transaction, part_bytes).expect("it is brought"));
            let messages = rows(&database, MESSAGES);
            assert_eq!(messages.len(), 300);
            for (number, (key, value)) in (0..300_u16).zip(&messages) {
                assert_eq!(*key, [[7; 16], u128::from(number).to_be_bytes()].concat(), "by time");
                if number == 0 {
                    assert!(open(key, value).is_err(), "what was damaged is damaged");
                } else {
                    assert_eq!(open(key, value), Ok((3, number.to_be_bytes().as_slice())), "at its version");
                }
            }
            let marks = rows(&database, CONTACT_MESSAGES);
            let mut expected: Vec<_> = (0..300_u16).map(|message| old_key((message % 3) as u8, message)).collect();
            expected.sort();
            assert_eq!(marks.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(), expected);
            assert!(marks.iter().all(|(key, value)| open(key, value) == Ok((1, [].as_slice()))));
            let transaction = database.begin_read().expect("a transaction");
            for gone in [BY_CONTACT, MESSAGE_CONTACTS] {
                assert!(transaction.open_table(gone).is_err(), "{gone} is gone");
            }
        }
    }

    #[test]
    fn a_store_without_the_table_is_brought_too() {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).expect("a database");
        change(&database, |transaction| bring(transaction, 1).expect("there is nothing to do"));
    }
}
