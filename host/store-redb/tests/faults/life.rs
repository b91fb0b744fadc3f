//! A life of a store by a seed: it works, loses its disk in some way, and is opened again, several times. What it has then is
//! compared with a store that was asked the same and never lost anything.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use fastrand::Rng;
use hookbox_store::{Store, StoreError};
use hookbox_store_redb::{Config, Disk, Metrics, OpenError, RedbStore};
use prometheus_client::registry::Registry;

use super::acts::{Act, Answer};
use super::cast::Cast;
use super::contents::Contents;
use super::disk::Sim;

/// What was counted over many lives.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) lives: u64,
    /// Acts that were acknowledged or refused before their disk failed.
    pub(crate) answered: u64,
    /// Acts that were under way when the disk failed.
    pub(crate) under_way: u64,
    /// Of them, those that were found done.
    pub(crate) found_done: u64,
    /// How often the disk failed.
    pub(crate) failures: u64,
    /// Of them, while the store was being opened.
    pub(crate) while_opening: u64,
    /// Records that were compared.
    pub(crate) compared: u64,
    /// Stores that were refused when they were opened.
    pub(crate) refused: u64,
    /// Stores of which something was answered as damaged.
    pub(crate) told_damaged: u64,
    /// Stores of files too large to be verified that lacked rows, which only the check found.
    pub(crate) missing: u64,
    /// Stores that had all they ever had.
    pub(crate) harmless: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.lives += other.lives;
        self.answered += other.answered;
        self.under_way += other.under_way;
        self.found_done += other.found_done;
        self.failures += other.failures;
        self.while_opening += other.while_opening;
        self.compared += other.compared;
        self.refused += other.refused;
        self.told_damaged += other.told_damaged;
        self.missing += other.missing;
        self.harmless += other.harmless;
    }
}

/// How a store is configured whose file is always verified, or is too large for it.
pub(crate) fn sized(is_large: bool) -> Config {
    let bytes_max = if is_large { 0 } else { u64::MAX };
    Config { integrity_check_bytes_max: bytes_max, integrity_check_clean_bytes_max: bytes_max, ..config() }
}

/// Opens the store of a disk as [`sized`] says.
pub(crate) fn open_sized(disk: &Sim, is_large: bool) -> Result<Arc<RedbStore>, OpenError> {
    open_as(disk, sized(is_large), &mut Registry::default())
}

/// Opens the store of a disk.
pub(crate) fn open(disk: &Sim) -> Result<Arc<RedbStore>, OpenError> {
    open_as(disk, config(), &mut Registry::default())
}

/// The same with another configuration, and with what the store measures in `registry`.
pub(crate) fn open_as(disk: &Sim, config: Config, registry: &mut Registry) -> Result<Arc<RedbStore>, OpenError> {
    let files: Arc<dyn Disk> = Arc::new(disk.clone());
    RedbStore::open_on(files, Path::new("/"), config, Metrics::register(registry), false)
}

/// How the stores are configured.
pub(crate) fn config() -> Config {
    Config {
        ballast_bytes: 0,
        free_bytes_min: 0,
        free_percent_min: 0,
        alone_delay_ms: 0,
        // Whoever was interrupted often goes alone; here that would only be slow.
        alone_from_interruptions: u32::MAX,
        recovered_in_flight_max: usize::MAX,
        keep_interval_ms: 5,
        cache_bytes: 1 << 20,
        ..Config::default()
    }
}

/// A store on its disk, the one that never lost anything, and what they were asked.
pub(crate) struct Life {
    pub(crate) disk: Sim,
    pub(crate) cast: Cast,
    pub(crate) chance: Rng,
    pub(crate) tally: Tally,
    reference: Arc<RedbStore>,
    /// Acts that the reference was not asked yet, in their order.
    asked: Vec<(Act, Answer)>,
    /// So many of them were committed before the others were looked at.
    first_batch: usize,
}

type Doing = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The disk of a store that has its cast and nothing else, and was closed.
fn stage() -> &'static (Sim, Cast) {
    static STAGE: OnceLock<(Sim, Cast)> = OnceLock::new();
    STAGE.get_or_init(|| {
        let disk = Sim::new();
        let (cast, entrance, yesterday) = Cast::new();
        // On a thread of its own: whoever asks may be in a runtime already.
        let made = std::thread::scope(|scope| {
            let making = scope.spawn(|| {
                runtime().block_on(async {
                    let store = open(&disk).expect("an empty disk takes a store");
                    for act in entrance.iter().chain(&yesterday) {
                        assert!(matches!(act.of(&store).await, Answer::Given(told) if told.starts_with("Ok")));
                    }
                    store.close().await;
                });
            });
            making.join()
        });
        made.expect("the stage is set");
        (disk, cast)
    })
}

/// A runtime of one thread.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

impl Life {
    /// A life that begins with a store that was set up and closed, or with an empty disk and the acts that set it up.
    pub(crate) fn begin(seed: u64) -> (Self, Vec<Act>) {
        let mut chance = Rng::with_seed(seed);
        let (disk, (cast, entrance)) = if chance.u8(0..8) == 0 {
            let (cast, entrance, _) = Cast::new();
            (Sim::new(), (cast, entrance))
        } else {
            let (disk, cast) = stage();
            (disk.copy(), (cast.clone(), Vec::new()))
        };
        let reference = open(&disk.copy()).expect("the reference opens");
        let tally = Tally { lives: 1, ..Tally::default() };
        (Self { disk, cast, chance, tally, reference, asked: Vec::new(), first_batch: 0 }, entrance)
    }

    /// Lets the store work for so many turns, or until it cannot answer any more. Says whether it still can.
    pub(crate) async fn work(&mut self, store: &Arc<RedbStore>, entrance: &[Act], turns: usize) -> bool {
        if !entrance.is_empty() && !self.ask(store, entrance.to_vec()).await {
            return false;
        }
        for _ in 0..turns {
            let Ok(acts) = self.think(store).await else { return false };
            if !self.ask(store, acts).await {
                return false;
            }
            self.cast.rest(store).await;
        }
        true
    }

    /// A few acts that are asked for at once.
    async fn think(&mut self, store: &RedbStore) -> Result<Vec<Act>, StoreError> {
        let mut acts: Vec<Act> = Vec::new();
        for _ in 0..self.chance.usize(1..6) {
            let act = self.cast.next(store, &mut self.chance).await?;
            if act.alone {
                if acts.is_empty() {
                    acts.push(act);
                }
                break;
            }
            acts.push(act);
        }
        Ok(acts)
    }

    /// Asks for some acts at once: those up to the first that is to be written are committed apart from the others, which come in
    /// line meanwhile. Says whether the store could answer them all; then the reference answered the same.
    async fn ask(&mut self, store: &Arc<RedbStore>, acts: Vec<Act>) -> bool {
        self.disk.stand_still(true);
        let (mut under_way, mut stands): (Vec<(Act, Doing, Option<Answer>)>, bool) = (Vec::new(), false);
        for act in acts {
            let mut doing = act.of(store);
            let mut answer = begin(&mut doing).await;
            while !stands && answer.is_none() {
                stands = self.disk.is_awaited();
                if !stands {
                    tokio::task::yield_now().await;
                    answer = begin(&mut doing).await;
                }
            }
            under_way.push((act, doing, answer));
            if stands && self.first_batch == 0 {
                self.first_batch = under_way.len();
            }
        }
        self.disk.stand_still(false);
        for (act, doing, answer) in under_way {
            let answer = match answer {
                Some(answer) => answer,
                None => doing.await,
            };
            self.asked.push((act, answer));
        }
        let answered = self.asked.iter().filter(|(_, answer)| *answer != Answer::None).count();
        let all = answered == self.asked.len();
        self.tally.answered += answered as u64;
        if all {
            self.also_ask(answered).await;
        }
        all
    }

    /// Asks the reference for the first of the acts, which must answer as the store did.
    async fn also_ask(&mut self, count: usize) {
        let mut under_way = Vec::with_capacity(count);
        for (act, wanted) in self.asked.drain(..count) {
            if act.alone {
                same(std::mem::take(&mut under_way)).await;
            }
            let mut doing = act.of(&self.reference);
            let answer = begin(&mut doing).await;
            let alone = act.alone;
            under_way.push((act.name, wanted, doing, answer));
            if alone {
                same(std::mem::take(&mut under_way)).await;
            }
        }
        same(under_way).await;
        self.first_batch = self.first_batch.saturating_sub(count);
    }

    /// Compares what the store has after its disk failed: all that was answered, and of what was under way the first commit, all
    /// or nothing.
    ///
    /// Says whether it could: the disk may fail again meanwhile.
    pub(crate) async fn compare(&mut self, store: &Arc<RedbStore>) -> bool {
        let found = match Contents::of(store, &self.cast.names()).await {
            Ok(found) => found,
            Err(_) if self.disk.failed() => return false,
            Err(error) => panic!("the store cannot be read: {error}"),
        };
        let total = self.asked.len();
        let answered = self.asked.iter().take_while(|(_, answer)| *answer != Answer::None).count();
        for (act, answer) in &mut self.asked[answered..] {
            // What is refused by what is there already waits in no line.
            let refused = matches!(answer, Answer::Given(told) if told.starts_with("Err"));
            assert!(*answer == Answer::None || refused, "{}: answered before what was asked first", act.name);
            *answer = Answer::None;
        }
        self.tally.compared += found.records() as u64;
        let mut ends = vec![answered, self.first_batch.max(answered), total];
        ends.dedup();
        let (mut done, mut differences) = (0, Vec::new());
        for end in ends {
            self.also_ask(end - done).await;
            done = end;
            let wanted = self.wanted().await;
            if found == wanted {
                self.tally.under_way += (total - answered) as u64;
                self.tally.found_done += (done - answered) as u64;
                self.asked.clear();
                self.first_batch = 0;
                return true;
            }
            differences.push(format!("with {end} of {total} ({answered} answered): {}", found.difference(&wanted)));
        }
        panic!("what is found was never so:\n{}", differences.join("\n"));
    }

    async fn wanted(&self) -> Contents {
        Contents::of(&self.reference, &self.cast.names()).await.expect("the reference can be read")
    }

    /// Every run that waits is handed out once; the store closes, and nothing is wrong with it.
    pub(crate) async fn end(mut self, store: Arc<RedbStore>) -> Tally {
        let wanted = self.wanted().await.open_runs();
        let mut handed = std::collections::BTreeSet::new();
        loop {
            let claims = store.runs().claim(100).await.expect("a claim");
            if claims.is_empty() {
                break;
            }
            for claim in claims {
                self.cast.told_again(&claim);
                assert!(handed.insert(claim.run_id()), "{} is handed out twice", claim.run_id());
            }
        }
        assert_eq!(handed, wanted, "every run that waits is handed out, and no other");
        store.close().await;
        drop(store);
        self.reference.close().await;
        whole(&self.disk);
        self.tally
    }
}

/// Awaits the answers of the reference, which must be those that the store gave.
async fn same(under_way: Vec<(&'static str, Answer, Doing, Option<Answer>)>) {
    for (name, wanted, doing, answer) in under_way {
        let answer = match answer {
            Some(answer) => answer,
            None => doing.await,
        };
        assert_ne!(answer, Answer::None, "{name}: the reference is whole");
        assert!(wanted == Answer::None || wanted == answer, "{name}: answered {wanted:?} and the reference {answer:?}");
    }
}

/// Fails when the check finds anything wrong.
pub(crate) fn whole(disk: &Sim) {
    let report =
        RedbStore::check_on(Arc::new(disk.clone()), Path::new("/"), &config()).expect("the store can be checked");
    assert!(report.is_whole(), "{:?}", report.findings);
    assert!(report.closed, "it was closed");
}

/// Has an act take its place in line; its answer if it has one already.
async fn begin(doing: &mut Doing) -> Option<Answer> {
    std::future::poll_fn(|context| {
        Poll::Ready(match doing.as_mut().poll(context) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        })
    })
    .await
}
