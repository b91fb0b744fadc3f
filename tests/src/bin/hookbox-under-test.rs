//! The program `hookbox` as a binary of this package, so that Cargo builds it for these tests and tells them where it is.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    hookbox_tests::edges::arm();
    hookbox::main()
}
