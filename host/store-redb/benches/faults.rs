//! The faults of `tests/faults` for as long as one likes: `cargo bench -p hookbox-store-redb --bench faults -- power-loss --count
//! 1000000`. The kinds are `power-loss`, `errors` and `bit-rot`, and `lying-disk`, which must be found out; `--seed` says where to
//! begin, `--minutes` ends early, `--report FILE` keeps the outcome as JSON. Ends with status 1 when anything was found that must
//! not be.

#[path = "../tests/faults/children.rs"]
mod children;
#[path = "../tests/faults/program.rs"]
mod program;
#[path = "../tests/faults/shared.rs"]
mod shared;

fn main() -> std::process::ExitCode {
    program::main()
}
