//! What the tests and the program of `benches/faults.rs` share.

mod acts;
mod cast;
mod contents;
mod disk;
mod inode;
mod noted;
pub(crate) mod bit_rot;
pub(crate) mod life;
pub(crate) mod power_loss;
pub(crate) mod soak;
