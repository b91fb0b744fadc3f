//! What disks do to a store, by seeds: the small forms of `benches/faults.rs`, which runs the same for hours.

mod acts;
mod cast;
mod contents;
mod disk;
mod inode;
mod life;
mod power_loss;
mod bit_rot;
mod soak;
#[cfg(not(test))]
pub(crate) mod program;
