//! What disks do to a store, by seeds: the small forms of `benches/faults.rs`, which runs the same for hours.

#[path = "shared.rs"]
mod shared;
mod small;
