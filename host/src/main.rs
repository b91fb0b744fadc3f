//! The program `hookbox`. Everything it does is in the library beside it, so that the tests run the same program.

use std::process::ExitCode;

fn main() -> ExitCode {
    hookbox::main()
}
