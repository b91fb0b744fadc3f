//! Stores of made-up older schemas.

use std::path::Path;

use hookbox_store::StoreError;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

use super::prepare;
use crate::apply::SCHEMA;
use crate::error::{OpenError, unreadable};
use crate::migrate::{Schemas, Step};
use crate::record::{open_index, seal_index};
use crate::tables::Definition;

const META: Definition<'_> = TableDefinition::new("meta");
const SHELVES: Definition<'_> = TableDefinition::new("shelves");

/// Schema 7 called its shelves by numbers, schema 8 by words; schema 9 has one shelf more.
const KNOWN: Schemas = Schemas {
    newest: 9,
    steps: &[
        Step { what: "shelves have words", change: words },
        Step { what: "there is a shelf of what is new", change: new_shelf },
    ],
};

/// The same, with a last step that fails after it wrote.
const FAILING: Schemas = Schemas {
    newest: 9,
    steps: &[
        Step { what: "shelves have words", change: words },
        Step { what: "nothing comes of this", change: failing },
    ],
};

fn words(transaction: &WriteTransaction) -> Result<(), StoreError> {
    let mut shelves = transaction.open_table(SHELVES).map_err(unreadable)?;
    let numbered: Vec<Vec<u8>> = shelves
        .iter()
        .map_err(unreadable)?
        .map(|row| row.map(|(key, _)| key.value().to_vec()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    for key in numbered {
        let value = seal_index(&key, format!("shelf {}", key[0]).as_bytes());
        shelves.insert(key.as_slice(), value.as_slice()).map_err(unreadable)?;
    }
    Ok(())
}

fn new_shelf(transaction: &WriteTransaction) -> Result<(), StoreError> {
    let mut shelves = transaction.open_table(SHELVES).map_err(unreadable)?;
    shelves.insert([0_u8].as_slice(), seal_index(&[0], b"new").as_slice()).map_err(unreadable)?;
    Ok(())
}

fn failing(transaction: &WriteTransaction) -> Result<(), StoreError> {
    new_shelf(transaction)?;
    Err(StoreError::Damaged { what: "shelf", reason: "it fell".into() })
}

/// A store of this schema with the shelves 1 and 2, as schema 7 kept them.
fn store(schema: u32) -> Database {
    let database = Database::builder().create_with_backend(InMemoryBackend::new()).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    {
        let mut meta = transaction.open_table(META).expect("a table");
        meta.insert(SCHEMA, seal_index(SCHEMA, &schema.to_be_bytes()).as_slice()).expect("a row");
        let mut shelves = transaction.open_table(SHELVES).expect("a table");
        for shelf in [1_u8, 2] {
            shelves.insert([shelf].as_slice(), seal_index(&[shelf], b"").as_slice()).expect("a row");
        }
    }
    transaction.commit().expect("a commit");
    database
}

/// The number of the schema and what is on the shelves.
fn found(database: &Database) -> (u32, Vec<String>) {
    let transaction = database.begin_read().expect("a transaction");
    let meta = transaction.open_table(META).expect("the table");
    let schema = meta.get(SCHEMA).expect("it is read").expect("it is there");
    let schema = open_index(SCHEMA, schema.value(), "meta").expect("it is whole").try_into().expect("4 bytes");
    let shelves = transaction.open_table(SHELVES).expect("the table");
    let text = |(key, value): (redb::AccessGuard<'_, &[u8]>, redb::AccessGuard<'_, &[u8]>)| {
        String::from_utf8_lossy(open_index(key.value(), value.value(), "shelf").expect("it is whole")).into_owned()
    };
    let shelves = shelves.iter().expect("its rows").map(|row| text(row.expect("a row"))).collect();
    (u32::from_be_bytes(schema), shelves)
}

fn texts<const N: usize>(schema: u32, texts: [&str; N]) -> (u32, Vec<String>) {
    (schema, texts.map(str::to_owned).into())
}

#[test]
fn a_store_of_an_older_schema_takes_every_step_that_it_lacks_and_no_other() {
    let path = Path::new("store.redb");
    let oldest = store(7);
    prepare(&oldest, path, &KNOWN, 0).expect("it is brought up");
    assert_eq!(found(&oldest), texts(9, ["new", "shelf 1", "shelf 2"]));
    prepare(&oldest, path, &KNOWN, 0).expect("it is up already");
    assert_eq!(found(&oldest), texts(9, ["new", "shelf 1", "shelf 2"]));
    let older = store(8);
    prepare(&older, path, &KNOWN, 0).expect("it is brought up");
    assert_eq!(found(&older), texts(9, ["new", "", ""]), "the first step was taken by whoever wrote schema 8");
}

#[test]
fn a_step_that_fails_leaves_the_store_as_it_was() {
    let database = store(7);
    let refused = prepare(&database, Path::new("store.redb"), &FAILING, 0).expect_err("the last step fails");
    assert!(refused.to_string().contains("it fell"), "{refused}");
    assert_eq!(found(&database), texts(7, ["", ""]));
}

#[test]
fn a_store_that_lacks_what_was_acknowledged_is_refused_before_any_step() {
    let database = store(7);
    let refused = prepare(&database, Path::new("store.redb"), &KNOWN, 1).expect_err("it is behind");
    assert!(matches!(refused, OpenError::Behind { stored: 0, acknowledged: 1 }), "{refused}");
    assert_eq!(found(&database), texts(7, ["", ""]));
}

#[test]
fn schemas_that_are_too_new_or_too_old_are_refused_and_nothing_is_changed() {
    for (schema, what) in [(10, "the version that wrote it"), (6, "reads")] {
        let database = store(schema);
        let refused = prepare(&database, Path::new("store.redb"), &KNOWN, 0).expect_err("it is not known");
        assert!(refused.to_string().contains(what), "{refused}");
        assert!(matches!(refused, OpenError::Newer { .. } | OpenError::Older { .. }), "{refused}");
        assert_eq!(found(&database), texts(schema, ["", ""]));
    }
}
