//! Power loss, and disks that fail to write: whatever the disk loses or tears, everything that was answered is there.

use std::sync::Arc;
use std::time::Duration;

use hookbox_store::conformance::samples;
use hookbox_store::{Store, StoreError};
use hookbox_store_redb::{OpenError, RedbStore};

use super::disk::{MARK, STORE, Trouble};
use super::inode::Survival;
use super::life::{Life, Tally, open, open_sized, runtime, whole};

/// The most times in a row that the disk fails while the store is opened.
const OPENINGS_MAX: usize = 4;

/// How long a store may take to notice that it cannot write.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a disk does to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It loses power.
    Power,
    /// It fails to sync or to write, and the host is started again with or without the whole machine.
    Errors,
    /// It loses power, and what it said was synced was not. Nothing can stand that.
    LyingDisk,
}

/// One life by a seed. Panics with what is wrong.
pub(crate) fn live(seed: u64, fault: Fault, turns: usize) -> Tally {
    runtime().block_on(life(seed, fault, turns))
}

async fn life(seed: u64, fault: Fault, turns: usize) -> Tally {
    let (mut life, entrance) = Life::begin(seed);
    // A disk that fails once and then says that all is well is the worse one: who only tried again would believe it.
    let once = seed.is_multiple_of(2);
    // What commits write of a large file is more, and the next start has to believe it.
    let is_large = seed % 4 < 2;
    if fault == Fault::LyingDisk {
        life.disk.lie();
    }
    for _ in 0..life.chance.usize(1..3) {
        let store = reopened(&mut life, (fault, once), is_large).await;
        let answers = life.work(&store, &entrance, turns).await;
        let closes = answers && life.chance.u8(0..4) == 0;
        if !answers {
            life.tally.failures += 1;
        }
        if fault == Fault::Errors && life.disk.failed() {
            // Also when the store itself wrote and nobody waited for it.
            stops(&store).await;
        } else if closes {
            store.close().await;
        }
        // A host that is killed leaves all that it wrote to the cache of its machine; the power leaves less.
        let machine_goes = fault != Fault::Errors || life.chance.bool();
        if machine_goes {
            life.disk.cut();
        }
        drop(store);
        fail(&mut life, machine_goes);
    }
    life.disk.expect(None, life.chance.fork());
    let store = open_sized(&life.disk, is_large).unwrap_or_else(|error| panic!("the store does not open: {error}"));
    assert!(life.compare(&store).await, "nothing fails any more");
    life.end(store).await
}

/// A store that could not commit tells its host to end, and acknowledges nothing any more.
async fn stops(store: &RedbStore) {
    let told = tokio::time::timeout(PATIENCE, store.broken()).await;
    assert!(matches!(told, Ok(StoreError::Unavailable { .. })), "the host is told to end: {told:?}");
    let late = samples::capture(samples::id(), samples::id());
    let answer = store.captures().capture(late.into()).await;
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
}

/// What the next start finds.
fn fail(life: &mut Life, machine_goes: bool) {
    life.cast.forget_claims();
    if machine_goes {
        let survival = Survival::by(&mut life.chance);
        life.disk = life.disk.found(survival, &mut life.chance);
    } else {
        life.disk.heal();
    }
}

/// Opens the store on a disk that will fail some time, maybe while it is opened, and compares what it has.
async fn reopened(life: &mut Life, (fault, once): (Fault, bool), is_large: bool) -> Arc<RedbStore> {
    for attempt in 0..OPENINGS_MAX {
        let most = [20, 100, 400][life.chance.usize(0..3)];
        let at = life.chance.u64(1..=most);
        let trouble = match fault {
            Fault::Power if life.chance.u8(0..6) == 0 => Trouble::PowerElsewhere(1 + at % 12),
            Fault::Power | Fault::LyingDisk => Trouble::PowerAtStore(at),
            Fault::Errors => Trouble::Errors { at, writes: life.chance.bool(), once },
        };
        let is_last = attempt + 1 == OPENINGS_MAX;
        life.disk.expect((!is_last).then_some(trouble), life.chance.fork());
        match open_sized(&life.disk, is_large) {
            Ok(store) if life.compare(&store).await => return store,
            Ok(store) => drop(store),
            Err(error) => assert!(life.disk.failed(), "the store does not open: {error}"),
        }
        life.tally.failures += 1;
        life.tally.while_opening += 1;
        let machine_goes = fault != Fault::Errors || life.chance.bool();
        fail(life, machine_goes);
    }
    unreachable!("the last opening meets no trouble");
}

/// A disk that came back with an older file than what was acknowledged, or with none.
pub(crate) fn goes_back(seed: u64, turns: usize) {
    runtime().block_on(async {
        let (mut life, entrance) = Life::begin(seed);
        life.disk.expect(None, life.chance.fork());
        let store = open(&life.disk).expect("it opens");
        assert!(life.work(&store, &entrance, turns).await);
        store.close().await;
        drop(store);
        whole(&life.disk);
        let older = life.disk.content(STORE).expect("the file");
        let store = open(&life.disk).expect("it opens again");
        // One act is a commit at least when it is a capture.
        let capture = samples::capture(samples::id(), samples::id());
        store.captures().capture(capture.into()).await.expect("it is captured");
        store.close().await;
        drop(store);
        for content in [older, Vec::new()] {
            let disk = life.disk.copy();
            disk.overwrite(STORE, content);
            assert!(disk.content(MARK).is_some());
            match open(&disk) {
                Err(OpenError::Behind { stored, acknowledged }) => assert!(stored < acknowledged),
                Err(error) => panic!("it says something else: {error}"),
                Ok(_) => panic!("a store that lost a commit is opened"),
            }
        }
    });
}
