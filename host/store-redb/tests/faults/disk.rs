//! A disk in memory that behaves as bad as disks may: it can lose power, refuse to sync, and stand still.
//!
//! What is written lies in a cache until it is synced. When the power goes, each sector that was not synced holds any of the
//! contents that it had since the last sync, a file has any of its lengths since then, and of the changes of names the first few
//! were made.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use hookbox_store_redb::Disk;
use parking_lot::{Condvar, Mutex};
use redb::{Builder, Database, DatabaseError, StorageBackend};

use super::inode::{Inode, Survival};

/// The store's file.
pub(crate) const STORE: &str = "store.redb";
/// The high-water mark.
pub(crate) const MARK: &str = "store.hwm";

/// A disk; clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Sim {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// When something goes wrong, counted in acts on the store's file or in those on the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The power goes at this act on the store's file.
    PowerAtStore(u64),
    /// The power goes at this act on another file.
    PowerElsewhere(u64),
    /// From this act on the store's file on, syncs fail, or writes too: all of them, or only the first, after which the disk says
    /// that all is well. What was not synced then reached the disk or did not.
    Errors { at: u64, writes: bool, once: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    Off,
}

/// A change of names that is not safe yet.
#[derive(Debug, Clone)]
enum Naming {
    Is(PathBuf, usize),
    Gone(PathBuf),
}

impl Naming {
    fn name(&self) -> &Path {
        match self {
            Self::Is(name, _) | Self::Gone(name) => name,
        }
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Is(name, inode) => drop(names.insert(name, inode)),
            Self::Gone(name) => drop(names.remove(&name)),
        }
    }
}

#[derive(Debug)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    safe_names: BTreeMap<PathBuf, usize>,
    unsafe_names: Vec<Naming>,
    power: Power,
    trouble: Option<Trouble>,
    chance: Rng,
    store_acts: u64,
    other_acts: u64,
    /// An error was given since trouble was expected.
    erred: bool,
    /// Whoever changes the store's file waits.
    stands_still: bool,
    /// Somebody waits.
    awaited: bool,
    /// Syncs are said to be done and are not.
    lies: bool,
}

fn gone() -> io::Error {
    io::Error::other("the power is gone")
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl State {
    fn new(inodes: Vec<Inode>, names: BTreeMap<PathBuf, usize>) -> Self {
        Self {
            inodes,
            safe_names: names.clone(),
            names,
            unsafe_names: Vec::new(),
            power: Power::On,
            trouble: None,
            chance: Rng::with_seed(0),
            store_acts: 0,
            other_acts: 0,
            erred: false,
            stands_still: false,
            awaited: false,
            lies: false,
        }
    }

    fn powered(&self) -> io::Result<()> {
        if self.power == Power::On { Ok(()) } else { Err(gone()) }
    }

    /// Counts an act on the store's file; says whether it fails with an error.
    fn store_act(&mut self, is_sync: bool) -> bool {
        self.store_acts += 1;
        match self.trouble {
            Some(Trouble::PowerAtStore(at)) if self.store_acts >= at => {
                self.power = Power::Off;
                false
            }
            Some(Trouble::Errors { at, writes, once }) => {
                let fails = self.store_acts >= at && (is_sync || writes) && !(once && self.erred);
                self.erred |= fails;
                fails
            }
            Some(Trouble::PowerAtStore(_) | Trouble::PowerElsewhere(_)) | None => false,
        }
    }

    fn other_act(&mut self) {
        self.other_acts += 1;
        if matches!(self.trouble, Some(Trouble::PowerElsewhere(at)) if self.other_acts >= at) {
            self.power = Power::Off;
        }
    }

    fn rename_to(&mut self, naming: Naming) {
        naming.clone().apply(&mut self.names);
        self.unsafe_names.push(naming);
    }
}

impl Sim {
    /// An empty disk.
    pub(crate) fn new() -> Self {
        Self::with(State::new(Vec::new(), BTreeMap::new()))
    }

    fn with(state: State) -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }) }
    }

    /// Another disk with what this one holds, all of it safe.
    pub(crate) fn copy(&self) -> Self {
        let state = self.shared.state.lock();
        let inodes = state.inodes.iter().map(|inode| Inode::of(inode.now().to_vec())).collect();
        Self::with(State::new(inodes, state.names.clone()))
    }

    /// What goes wrong from now on, by this chance.
    pub(crate) fn expect(&self, trouble: Option<Trouble>, chance: Rng) {
        let mut state = self.shared.state.lock();
        (state.trouble, state.chance, state.store_acts, state.other_acts) = (trouble, chance, 0, 0);
        state.erred = false;
    }

    /// Nothing goes wrong any more, as after a restart of the machine's disk; what was lost stays lost.
    pub(crate) fn heal(&self) {
        let mut state = self.shared.state.lock();
        (state.trouble, state.erred) = (None, false);
    }

    /// From now on syncs of the store's file are said to be done and are not.
    pub(crate) fn lie(&self) {
        self.shared.state.lock().lies = true;
    }

    /// The power goes now.
    pub(crate) fn cut(&self) {
        self.shared.state.lock().power = Power::Off;
        self.shared.changed.notify_all();
    }

    /// Whether the disk has failed since trouble was expected.
    pub(crate) fn failed(&self) -> bool {
        let state = self.shared.state.lock();
        state.power == Power::Off || state.erred
    }

    /// Whoever changes the store's file waits from now on, or goes on.
    pub(crate) fn stand_still(&self, still: bool) {
        self.shared.state.lock().stands_still = still;
        self.shared.changed.notify_all();
    }

    /// Whether somebody waits to change the store's file; waits a moment for it.
    pub(crate) fn is_awaited(&self) -> bool {
        let mut state = self.shared.state.lock();
        if !state.awaited && state.power == Power::On {
            self.shared.changed.wait_for(&mut state, Duration::from_micros(200));
        }
        state.awaited || state.power == Power::Off
    }

    /// The disk as it is found when the power is back.
    pub(crate) fn found(&self, survival: Survival, chance: &mut Rng) -> Self {
        let state = self.shared.state.lock();
        let mut names = state.safe_names.clone();
        let made = match survival {
            Survival::Safe => 0,
            Survival::All => state.unsafe_names.len(),
            Survival::First | Survival::Any { .. } => chance.usize(0..=state.unsafe_names.len()),
        };
        for naming in state.unsafe_names.iter().take(made) {
            naming.clone().apply(&mut names);
        }
        let inodes = state.inodes.iter().map(|inode| Inode::of(inode.found(survival, chance))).collect();
        Self::with(State::new(inodes, names))
    }

    /// The content of a file as it is read now.
    pub(crate) fn content(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.shared.state.lock();
        state.names.get(Path::new(name)).map(|inode| state.inodes[*inode].now().to_vec())
    }

    /// Puts another content into a file behind the store's back, and all of it is safe.
    pub(crate) fn overwrite(&self, name: &str, content: Vec<u8>) {
        let mut state = self.shared.state.lock();
        let at = state.inodes.len();
        state.inodes.push(Inode::of(content));
        state.names.insert(name.into(), at);
        state.safe_names.insert(name.into(), at);
    }

    /// One act on the store's file, when it may be done.
    fn act<T>(&self, inode: usize, is_sync: bool, act: impl FnOnce(&mut Inode) -> T) -> io::Result<T> {
        let mut state = self.shared.state.lock();
        while state.stands_still && state.power == Power::On {
            state.awaited = true;
            self.shared.changed.notify_all();
            self.shared.changed.wait(&mut state);
        }
        state.awaited = false;
        state.powered()?;
        if state.store_act(is_sync) {
            if is_sync {
                let mut chance = state.chance.clone();
                state.inodes[inode].drop_unsynced(&mut chance);
                state.chance = chance;
            }
            return Err(io::Error::other("input/output error"));
        }
        if state.power == Power::Off {
            // What was under way may still be done in part; a sync is not.
            if !is_sync {
                act(&mut state.inodes[inode]);
            }
            self.shared.changed.notify_all();
            return Err(gone());
        }
        Ok(act(&mut state.inodes[inode]))
    }

    /// One act on another file.
    fn elsewhere<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.shared.state.lock();
        state.powered()?;
        state.other_act();
        if state.power == Power::Off {
            // It was under way: it may still be done, and nothing of it is safe.
            drop(act(&mut state));
            self.shared.changed.notify_all();
            return Err(gone());
        }
        act(&mut state)
    }
}

impl Disk for Sim {
    fn open(&self, name: &Path, builder: &Builder) -> Result<Database, DatabaseError> {
        let inode = self.elsewhere(|state| {
            if let Some(inode) = state.names.get(name) {
                return Ok(*inode);
            }
            state.inodes.push(Inode::default());
            let inode = state.inodes.len() - 1;
            state.rename_to(Naming::Is(name.into(), inode));
            Ok(inode)
        })?;
        builder.create_with_backend(Handle { disk: self.clone(), inode })
    }

    fn bytes(&self) -> io::Result<u64> {
        let state = self.shared.state.lock();
        Ok(state.names.get(Path::new(STORE)).map_or(0, |inode| state.inodes[*inode].now().len() as u64))
    }

    fn make_folder(&self, _folder: &Path) -> io::Result<()> {
        self.elsewhere(|_| Ok(()))
    }

    fn read(&self, name: &Path) -> io::Result<Vec<u8>> {
        let state = self.shared.state.lock();
        state.powered()?;
        let inode = state.names.get(name).ok_or_else(missing)?;
        Ok(state.inodes[*inode].now().to_vec())
    }

    fn write(&self, name: &Path, content: &[u8]) -> io::Result<()> {
        self.elsewhere(|state| {
            let mut inode = Inode::default();
            inode.write(0, content);
            // When the power goes now, the content is as unsafe as the name.
            if state.power == Power::On {
                inode.sync();
            }
            state.inodes.push(inode);
            let at = state.inodes.len() - 1;
            state.rename_to(Naming::Is(name.into(), at));
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.elsewhere(|state| {
            let inode = *state.names.get(from).ok_or_else(missing)?;
            state.rename_to(Naming::Is(to.into(), inode));
            state.rename_to(Naming::Gone(from.into()));
            Ok(())
        })
    }

    fn remove(&self, name: &Path) -> io::Result<()> {
        self.elsewhere(|state| {
            if !state.names.contains_key(name) {
                return Err(missing());
            }
            state.rename_to(Naming::Gone(name.into()));
            Ok(())
        })
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let state = self.shared.state.lock();
        state.powered()?;
        let inside = state.names.keys().filter(|name| name.parent() == Some(folder));
        Ok(inside.filter_map(|name| name.file_name().map(PathBuf::from)).collect())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.elsewhere(|state| {
            if state.power == Power::Off {
                return Ok(());
            }
            let (here, elsewhere): (Vec<_>, Vec<_>) =
                state.unsafe_names.drain(..).partition(|naming| naming.name().parent() == Some(folder));
            state.unsafe_names = elsewhere;
            here.into_iter().for_each(|naming| naming.apply(&mut state.safe_names));
            Ok(())
        })
    }
}

/// The store's file as redb sees it.
#[derive(Debug)]
struct Handle {
    disk: Sim,
    inode: usize,
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        let state = self.disk.shared.state.lock();
        state.powered()?;
        Ok(state.inodes[self.inode].now().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.disk.shared.state.lock();
        state.powered()?;
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start.checked_add(out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        let content = state.inodes[self.inode].now().get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(content);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        // A damaged file may ask for more than there is; a disk has an end.
        if len > 1 << 30 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.disk.act(self.inode, false, |inode| inode.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        let lies = self.disk.shared.state.lock().lies;
        self.disk.act(self.inode, true, |inode| {
            if !lies {
                inode.sync();
            }
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let at = usize::try_from(offset).map_err(io::Error::other)?;
        self.disk.act(self.inode, false, |inode| inode.write(at, data))
    }
}
