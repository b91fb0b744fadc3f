//! The allocator of the whole program. Every capture, run and commit is many small allocations on several threads.

/// mimalloc, for its short lists per thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
