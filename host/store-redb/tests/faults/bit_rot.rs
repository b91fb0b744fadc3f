//! Bit rot: a closed file is changed in some place. Nobody panics, nothing wrong is told for right, and no store comes up empty.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use fastrand::Rng;
use hookbox_store::conformance::samples;
use hookbox_store::{Store, StoreError};
use hookbox_store_redb::{OpenError, RedbStore};
use prometheus_client::registry::Registry;

use super::contents::{Contents, Names};
use super::disk::{MARK, STORE, Sim};
use super::life::{Life, Tally, config, open, open_as, runtime, sized};
use super::noted::Noted;

/// What a page of the file has, in bytes.
const PAGE: usize = 4_096;

/// How many turns the store worked whose file is changed.
const TURNS: usize = 60;

/// What rots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rot {
    Bit,
    Burst,
    ZeroedPage,
    SwappedPages,
    CutOff,
    Mark,
}

/// A store that has something of everything, closed, and what it has.
struct Whole {
    disk: Sim,
    names: Names,
    contents: Contents,
}

fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(|| std::thread::scope(|scope| scope.spawn(filled).join()).expect("a store is filled"))
}

fn filled() -> Whole {
    runtime().block_on(async {
        let (mut life, entrance) = Life::begin(1);
        let store = open(&life.disk).expect("it opens");
        assert!(life.work(&store, &entrance, TURNS).await);
        let names = life.cast.names();
        let contents = Contents::of(&store, &names).await.expect("it can be read");
        store.close().await;
        Whole { disk: life.disk, names, contents }
    })
}

/// Changes the file in some place.
fn rotten(disk: &Sim, chance: &mut Rng) -> Rot {
    let rot = [Rot::Bit, Rot::Bit, Rot::Burst, Rot::ZeroedPage, Rot::SwappedPages, Rot::CutOff, Rot::Mark]
        [chance.usize(0..7)];
    let name = if rot == Rot::Mark { MARK } else { STORE };
    let mut content = disk.content(name).expect("the file");
    let pages = content.len() / PAGE;
    match rot {
        Rot::Bit | Rot::Mark => {
            let bit = chance.usize(0..content.len() * 8);
            content[bit / 8] ^= 1 << (bit % 8);
        }
        Rot::Burst => {
            let at = chance.usize(0..content.len());
            let end = content.len().min(at + chance.usize(1..=512));
            content[at..end].iter_mut().for_each(|byte| *byte = chance.u8(..));
        }
        Rot::ZeroedPage => content[PAGE * chance.usize(0..pages)..][..PAGE].fill(0),
        Rot::SwappedPages => {
            let (one, other) = (chance.usize(0..pages), chance.usize(0..pages));
            for byte in 0..PAGE {
                content.swap(one * PAGE + byte, other * PAGE + byte);
            }
        }
        Rot::CutOff => content.truncate(chance.usize(0..content.len())),
    }
    disk.overwrite(name, content);
    rot
}

/// Changes the file by a seed and looks what comes of it. Panics with what must not be.
pub(crate) fn rots(seed: u64) -> Tally {
    let (whole, mut chance) = (whole(), Rng::with_seed(seed));
    let disk = whole.disk.copy();
    // After an unclean stop the file is verified; after a clean one reads have to notice.
    let killed = chance.bool();
    if killed {
        let store = open(&disk).expect("it opens");
        drop(store);
    }
    let rot = rotten(&disk, &mut chance);
    // A file that is too large for it is not verified when it is opened.
    let is_large = chance.u8(0..4) == 0;
    let (size, stop) = (if is_large { "large" } else { "small" }, if killed { "sudden" } else { "clean" });
    let kind = format!("{rot:?} in a {size} file after a {stop} stop");
    let (as_found, noted) = (disk.copy(), Noted::default());
    let looked =
        catch_unwind(AssertUnwindSafe(|| noted.during(|| runtime().block_on(outcome(&disk, whole, is_large, &noted)))));
    let outcome = looked.unwrap_or_else(|_| panic!("{kind}: a panic comes through"));
    let checked = catch_unwind(AssertUnwindSafe(|| RedbStore::check_on(Arc::new(as_found), Path::new("/"), &config())));
    let checked = checked.unwrap_or_else(|_| panic!("{kind}: a panic of the check comes through"));
    let (tally, silent) = outcome.unwrap_or_else(|what| panic!("{kind}: {what}"));
    // A file that the check cannot open is named as a whole.
    if let (true, Ok(report)) = (tally.missing > 0, &checked) {
        assert!(!report.is_whole(), "{kind}: rows are missing and the check finds nothing");
        let named =
            |rows: &Vec<String>| report.findings.iter().any(|found| rows.iter().any(|row| found.key.contains(row)));
        let unnamed = silent.iter().find(|rows| !named(rows));
        assert!(unnamed.is_none(), "{kind}: neither the log nor the check names {unnamed:?}, which is missing");
    }
    tally
}

/// What comes of a changed file, and the rows that are missing without a word.
async fn outcome(
    disk: &Sim,
    whole: &Whole,
    is_large: bool,
    noted: &Noted,
) -> Result<(Tally, Vec<Vec<String>>), String> {
    let mut silent = Vec::new();
    let mut tally = Tally { lives: 1, ..Tally::default() };
    let mut registry = Registry::default();
    let store = match open_as(disk, sized(is_large), &mut registry) {
        Ok(store) => store,
        Err(OpenError::Damaged { .. } | OpenError::HighWater { .. } | OpenError::Behind { .. }) => {
            tally.refused = 1;
            return Ok((tally, silent));
        }
        Err(error) => return Err(format!("it is refused for another reason: {error}")),
    };
    match Contents::of(&store, &whole.names).await {
        Ok(contents) if contents == whole.contents => tally.harmless = 1,
        Ok(contents) => {
            // A page leaves out what is damaged and tells the operator of each row; what it shows is true.
            let (found, known) = (contents.facts(), whole.contents.facts());
            if let Some(untrue) = found.beyond(&known) {
                return Err(format!("this was never so: {untrue}"));
            }
            silent.extend(known.lacked_by(&found).filter(|rows| !noted.names(rows)).map(<[String]>::to_vec));
            if silent.is_empty() && told_of_damage(&registry) {
                tally.told_damaged = 1;
            } else if is_large {
                tally.missing = 1;
            } else {
                return Err(format!("nothing says that this is missing: {}", contents.difference(&whole.contents)));
            }
        }
        Err(StoreError::Damaged { .. } | StoreError::Unavailable { .. }) => tally.told_damaged = 1,
        Err(error) => return Err(format!("reading fails otherwise: {error}")),
    }
    works_or_stops(&store).await?;
    store.close().await;
    Ok((tally, silent))
}

/// Whether the store has noticed damaged rows, as its metric tells.
fn told_of_damage(registry: &Registry) -> bool {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).expect("the metrics are text");
    !text.lines().any(|line| line == "store_damaged_total 0")
}

/// The store takes a capture, or says that it cannot.
async fn works_or_stops(store: &Arc<RedbStore>) -> Result<(), String> {
    let capture = Arc::new(samples::capture(samples::id(), samples::id()));
    match store.captures().capture(Arc::clone(&capture)).await {
        Ok(_) => match store.captures().get(capture.workspace, capture.id).await {
            Ok(Some(found)) if found == *capture => Ok(()),
            found => Err(format!("what was captured is found as {found:?}")),
        },
        Err(StoreError::Unavailable { .. } | StoreError::Damaged { .. }) => Ok(()),
        Err(error) => Err(format!("a capture is refused: {error}")),
    }
}
