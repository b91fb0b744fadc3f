//! A program that only compiles, as the tests of this crate need one: a host gives its own binary this work.
//!
//! Arguments: `--memory-bytes N --cpu-s N --code-bytes N INPUT OUTPUT`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use hookbox_sandbox::{CompileLimits, compile_component};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let number = |text: &String| text.parse::<u64>().ok();
    let [_, _, memory, _, cpu, _, code, input, output] = args.as_slice() else { return ExitCode::from(2) };
    let (Some(memory_bytes), Some(cpu_s), Some(code_bytes)) = (number(memory), number(cpu), number(code)) else {
        return ExitCode::from(2);
    };
    let limits = CompileLimits { memory_bytes, cpu_s, code_bytes };
    let came_of_it = compile_component(limits, Path::new(input), Path::new(output));
    let said = serde_json::to_string(&came_of_it).map_err(io::Error::other);
    match said.and_then(|said| writeln!(io::stdout(), "{said}")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
