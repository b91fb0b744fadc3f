//! Backups: what they hold, while the store is in use; what is refused; what is restored of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{Capture, RunState, WorkspaceId};
use hookbox_store::conformance::samples::{self, audited};
use hookbox_store::{AuditFilter, BackupLabel, BackupPieces, PageRequest, Store, StoreError};
use hookbox_store_redb::{BackupError, BackupSummary, OpenError, RedbStore, read_backup};

use crate::place::{Place, Row, flipped};

fn label() -> BackupLabel {
    BackupLabel { at: samples::now(), program: "0.1.0".into(), key: Some("f00d".into()) }
}

async fn begin(store: &RedbStore) -> Box<dyn BackupPieces> {
    store.backups().begin(label(), audited("host.backup")).await.expect("a backup begins")
}

/// The whole of it.
async fn taken(mut pieces: Box<dyn BackupPieces>) -> Vec<u8> {
    let mut file = Vec::new();
    while let Some(piece) = pieces.next().await {
        file.extend_from_slice(&piece.expect("a backup is not broken off"));
    }
    file
}

fn read(file: &[u8]) -> Result<BackupSummary, BackupError> {
    let mut from = file;
    read_backup(&mut from, &mut |_, _| {})
}

/// A place that is restored of a backup.
fn restored(from: &Place, file: &[u8]) -> Place {
    let (place, path) = (Place::new(), kept(from, file));
    RedbStore::restore(&path, place.path(), &place.config, &mut |_, _, _| {}).expect("it is restored");
    place
}

fn kept(place: &Place, file: &[u8]) -> PathBuf {
    let path = place.path().join("a.backup");
    fs::write(&path, file).expect("a file is written");
    path
}

/// Every row of every table, behind the store's back.
fn rows(place: &Place) -> BTreeMap<String, Vec<Row>> {
    place.check().tables.into_keys().map(|table| (table.clone(), place.rows(&table))).collect()
}

/// A store with a plugin, a session, captures and a finished run.
async fn furnished(place: &Place, workspace: WorkspaceId) -> (Arc<RedbStore>, Vec<Arc<Capture>>) {
    let store = place.open();
    let plugin = samples::plugin(None, "send-message", b"a component");
    let component = Bytes::from_static(b"a component");
    store.plugins().install(&plugin, component, audited("plugin.install")).await.expect("a plugin is installed");
    let mut captures = Vec::new();
    for _ in 0..20 {
        captures.push(samples::captured(&*store, workspace, samples::id()).await);
    }
    store.runs().commit_run(samples::first_commit(&captures[0], RunState::Succeeded)).await.expect("a run is done");
    (store, captures)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_of_a_store_in_use_is_the_store_as_it_was_at_one_moment() {
    let (place, workspace) = (Place::new(), samples::id());
    let (store, before) = furnished(&place, workspace).await;
    let pieces = begin(&store).await;
    let busy = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for _ in 0..200 {
                samples::captured(&*store, workspace, samples::id()).await;
            }
        }
    });
    let file = taken(pieces).await;
    busy.await.expect("captures are taken meanwhile");
    let summary = read(&file).expect("it is whole");
    assert_eq!((summary.header.program.as_str(), summary.header.key.as_deref()), ("0.1.0", Some("f00d")));
    assert_eq!((summary.header.components, summary.damaged, summary.bytes), (1, 0, file.len() as u64));

    let copy = restored(&place, &file);
    assert_eq!(copy.check().findings, [], "it agrees with itself");
    assert_eq!(copy.check().acknowledged, Some(summary.header.sequence));
    let store = copy.open();
    for capture in &before {
        let found = store.captures().get(workspace, capture.id).await.expect("it is read");
        assert_eq!(found.as_ref(), Some(&**capture), "what was answered before is there");
    }
    let run = store.runs().get(workspace, before[0].id.retyped()).await.expect("it is read").expect("it is there");
    assert_eq!(run.state, RunState::Succeeded);
    let digest = samples::plugin(None, "send-message", b"a component").digest;
    assert_eq!(store.plugins().component(digest).await, Ok(Some(Bytes::from_static(b"a component"))));
    let filter = AuditFilter { act: Some("host.backup".into()), ..AuditFilter::default() };
    let noted = store.audit().page(WorkspaceId::HOST, &filter, PageRequest::first()).await.expect("a page");
    assert_eq!(noted.items.len(), 1, "it holds the entry that says that it was taken");
}

#[tokio::test]
async fn a_backup_of_a_directory_that_nobody_uses_holds_every_row_but_those_of_sessions() {
    let place = Place::new();
    let (store, _) = furnished(&place, samples::id()).await;
    let user = samples::user();
    let session = samples::session(&user);
    store.users().create_first(&user, &session, audited("user.create")).await.expect("a user logs in");
    let mut file = Vec::new();
    let refused = RedbStore::back_up(place.path(), &place.config, label(), &mut file).expect_err("a host uses it");
    assert!(matches!(refused, BackupError::Open(OpenError::InUse { .. })), "{refused}");
    store.close().await;
    drop(store);
    RedbStore::back_up(place.path(), &place.config, label(), &mut file).expect("it is taken");
    let copy = restored(&place, &file);
    let (mut expected, mut found) = (rows(&place), rows(&copy));
    assert_eq!(expected.remove("sessions").map(|rows| rows.len()), Some(1));
    found.remove("sessions");
    assert_eq!(found, expected);
    assert!(fs::metadata(copy.path().join("store.redb")).expect("a file").len() > 0);
}

#[tokio::test]
async fn a_file_that_is_cut_off_changed_or_something_else_is_refused_before_anything_is_written() {
    let place = Place::new();
    let (store, _) = furnished(&place, samples::id()).await;
    let file = taken(begin(&store).await).await;
    read(&file).expect("it is whole");
    for cut in (0..file.len()).step_by(file.len() / 200) {
        let refused = read(&file[..cut]).expect_err("it is cut off");
        let told = matches!(refused, BackupError::CutOff | BackupError::NoBackup);
        assert!(told, "cut at {cut} of {}: {refused}", file.len());
    }
    for bit in (0..file.len() * 8).step_by(file.len() * 8 / 400 + 1) {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&flipped).is_err(), "bit {bit} is flipped");
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert!(matches!(read(&longer), Err(BackupError::Damaged { .. })));
    assert!(matches!(read(b"PK\x03\x04 an archive of something"), Err(BackupError::NoBackup)));

    let target = Place::new();
    let dir = target.path().join("new");
    let path = kept(&place, &file[..file.len() - 1]);
    let refused = RedbStore::restore(&path, &dir, &target.config, &mut |_, _, _| {}).expect_err("it is cut off");
    assert!(refused.to_string().contains("use another backup"), "{refused}");
    assert!(!Path::new(&dir).exists(), "nothing was written");
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused_with_what_to_do() {
    let place = Place::new();
    let (store, _) = furnished(&place, samples::id()).await;
    let file = taken(begin(&store).await).await;
    for (known, newer) in [(r#""format":1"#, r#""format":9"#), (r#""schema":6"#, r#""schema":9"#)] {
        let at = file.windows(known.len()).position(|bytes| bytes == known.as_bytes()).expect("the header says it");
        let mut changed = file.clone();
        changed[at..at + newer.len()].copy_from_slice(newer.as_bytes());
        let refused = read(&changed).expect_err("it is newer");
        assert!(matches!(refused, BackupError::Newer { found: 9, .. }), "{refused}");
        assert!(refused.to_string().contains("restore it with the version that wrote it"), "{refused}");
    }
}

#[tokio::test]
async fn what_is_damaged_already_is_counted_and_stays_damaged() {
    let place = Place::new();
    let (store, _) = furnished(&place, samples::id()).await;
    store.close().await;
    drop(store);
    let (key, value) = flipped(place.rows("plugins").remove(0));
    place.tamper("plugins", &[(key, Some(value))]);
    let mut file = Vec::new();
    RedbStore::back_up(place.path(), &place.config, label(), &mut file).expect("it is taken");
    assert_eq!(read(&file).expect("the file itself is whole").damaged, 1);
    assert_ne!(restored(&place, &file).check().findings, [], "whoever restores it is told");
}

#[tokio::test]
async fn a_plugin_that_is_removed_while_a_backup_is_taken_is_whole_in_it() {
    let (place, workspace) = (Place::new(), samples::id());
    let store = place.open();
    let plugin = samples::uploaded(workspace, "score-lead", b"score");
    let component = Bytes::from_static(b"score");
    store.plugins().install(&plugin, component.clone(), audited("plugin.upload")).await.expect("it is kept");
    let pieces = begin(&store).await;
    store.plugins().remove(&plugin, audited("plugin.remove")).await.expect("it is removed");
    let file = taken(pieces).await;
    assert_eq!(read(&file).expect("it is whole").components_missing, 0);
    let copy = restored(&place, &file);
    assert_eq!(copy.open().plugins().component(plugin.digest).await, Ok(Some(component)));
}

#[tokio::test]
async fn a_backup_that_takes_too_long_is_broken_off_and_says_why() {
    let mut place = Place::new();
    place.config.backup_ms_max = 0;
    let (store, _) = furnished(&place, samples::id()).await;
    let mut pieces = begin(&store).await;
    let refused = pieces.next().await.expect("something is said").expect_err("its time is over");
    assert!(matches!(&refused, StoreError::Unavailable { reason } if reason.contains("backup_ms_max")), "{refused}");
    assert!(pieces.next().await.is_none(), "it is over");
}

#[tokio::test]
async fn a_backup_of_the_first_format_is_restored() {
    let file = include_bytes!("format-1.backup");
    let summary = read(file).expect("backups that were taken are read for ever");
    assert_eq!((summary.header.format, summary.header.sequence, summary.header.rows), (1, 7, 2));
    let copy = restored(&Place::new(), file);
    let store = copy.open();
    store.close().await;
    drop(store);
    assert_eq!(copy.check().findings, [], "what is missing in it was made");
}
