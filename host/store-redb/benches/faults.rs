//! The faults of `tests/faults` for as long as one likes: `cargo bench -p hookbox-store-redb --bench faults -- power-loss --count
//! 1000000`. The kinds are `power-loss`, `errors` and `bit-rot`; `--seed` says where to begin, `--minutes` ends early, `--report
//! FILE` keeps the outcome as JSON. Ends with status 1 when anything was found that must not be.

#[path = "../tests/faults/main.rs"]
mod faults;

fn main() -> std::process::ExitCode {
    faults::program::main()
}
