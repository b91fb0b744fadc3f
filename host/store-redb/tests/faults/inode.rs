//! The content of one file: what is read, what is safe, and what may be found of it when the power is back.

use std::collections::BTreeMap;

use fastrand::Rng;

/// A change that is not safe yet.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// A file.
#[derive(Debug, Default)]
pub(crate) struct Inode {
    safe: Vec<u8>,
    now: Vec<u8>,
    unsynced: Vec<Change>,
}

/// What is found of changes that were not safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survival {
    /// Nothing.
    Safe,
    /// Everything.
    All,
    /// The first few, and of the next one the first few sectors.
    First,
    /// Of each sector any content that it had, the newest in so many of 100.
    Any {
        /// So many bytes are written whole or not at all.
        sector: usize,
        /// How many of 100 have the newest content.
        newest: u8,
    },
}

impl Survival {
    /// One by chance.
    pub(crate) fn by(chance: &mut Rng) -> Self {
        let sector = if chance.bool() { 512 } else { 4_096 };
        match chance.u8(0..10) {
            0 => Self::Safe,
            1 => Self::All,
            2 | 3 => Self::First,
            4.. => Self::Any { sector, newest: [5, 50, 95][chance.usize(0..3)] },
        }
    }
}

fn write(content: &mut Vec<u8>, at: usize, data: &[u8]) {
    if content.len() < at + data.len() {
        content.resize(at + data.len(), 0);
    }
    content[at..at + data.len()].copy_from_slice(data);
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(at, data) => write(content, *at, data),
        Change::Length(len) => content.resize(*len, 0),
    }
}

impl Inode {
    /// A file with this content, which is safe.
    pub(crate) fn of(content: Vec<u8>) -> Self {
        Self { safe: content.clone(), now: content, unsynced: Vec::new() }
    }

    /// What is read.
    pub(crate) fn now(&self) -> &[u8] {
        &self.now
    }

    pub(crate) fn write(&mut self, at: usize, data: &[u8]) {
        write(&mut self.now, at, data);
        self.unsynced.push(Change::Write(at, data.to_vec()));
    }

    pub(crate) fn set_len(&mut self, len: usize) {
        self.now.resize(len, 0);
        self.unsynced.push(Change::Length(len));
    }

    /// Everything is safe.
    pub(crate) fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            apply(&mut self.safe, &change);
        }
    }

    /// A sync failed: what was not safe reached the disk or did not, and is never written again. It is still read.
    ///
    /// Of its length the next sync that succeeds makes sure: that stands in the file system's journal, and a file system that cannot
    /// write its journal stops, so that no later sync succeeds (Rebello et al., "Can applications recover from fsync failures?",
    /// USENIX ATC 2020: ext4, XFS and Btrfs mark pages clean whose write failed, and go down where metadata could not be written).
    pub(crate) fn drop_unsynced(&mut self, chance: &mut Rng) {
        self.safe = self.found(Survival::by(chance), chance);
        self.unsynced = vec![Change::Length(self.now.len())];
    }

    /// What is found when the power is back.
    pub(crate) fn found(&self, survival: Survival, chance: &mut Rng) -> Vec<u8> {
        match survival {
            Survival::Safe => self.safe.clone(),
            Survival::All => {
                let mut content = self.safe.clone();
                self.unsynced.iter().for_each(|change| apply(&mut content, change));
                content
            }
            Survival::First => self.first(chance),
            Survival::Any { sector, newest } => self.any(sector, newest, chance),
        }
    }

    fn first(&self, chance: &mut Rng) -> Vec<u8> {
        let mut content = self.safe.clone();
        let whole = chance.usize(0..=self.unsynced.len());
        self.unsynced[..whole].iter().for_each(|change| apply(&mut content, change));
        if let Some(Change::Write(at, data)) = self.unsynced.get(whole) {
            let torn = chance.usize(0..=data.len()) / 512 * 512;
            write(&mut content, *at, &data[..torn]);
        }
        content
    }

    fn any(&self, sector: usize, newest: u8, chance: &mut Rng) -> Vec<u8> {
        let mut content = self.safe.clone();
        let mut lengths = vec![content.len()];
        let mut length = content.len();
        // The writes to each sector, in their order.
        let mut writes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, change) in self.unsynced.iter().enumerate() {
            match change {
                Change::Write(at, data) => {
                    length = length.max(at + data.len());
                    let last = (at + data.len()).saturating_sub(1);
                    (at / sector..=last / sector).for_each(|touched| writes.entry(touched).or_default().push(number));
                }
                Change::Length(len) => length = *len,
            }
            lengths.push(length);
        }
        let length = lengths[chance.usize(0..lengths.len())];
        for (touched, numbers) in writes {
            let is_newest = chance.u8(0..100) < newest;
            let count = if is_newest { numbers.len() } else { chance.usize(0..=numbers.len()) };
            for number in &numbers[..count] {
                let Change::Write(at, data) = &self.unsynced[*number] else { continue };
                let (start, end) = (touched * sector, (touched + 1) * sector);
                let (from, to) = (start.max(*at), end.min(at + data.len()));
                write(&mut content, from, &data[from - at..to - at]);
            }
        }
        content.resize(length, 0);
        content
    }
}
