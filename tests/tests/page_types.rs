//! The page's scripts against the API's own document: what they read and write is there, as TypeScript's compiler sees it.
//!
//! Where node or Chromium is missing it says that it was skipped, as the tests of the page do.

use std::path::Path;
use std::process::{Command, Stdio};

use hookbox_tests::browser::Browser;
use hookbox_tests::program::Setup;
use hookbox_tests::source::repository;

/// Where packages are kept.
const CACHES: &str = env!("CARGO_TARGET_TMPDIR");

#[test]
fn the_page_takes_the_api_for_what_it_is() {
    let Some(browser) = Browser::ready(Path::new(CACHES)) else { return };
    let program = Setup::new(env!("CARGO_BIN_EXE_hookbox-under-test")).start();
    let mut check = Command::new("bash");
    check.arg("check").arg(program.url()).arg(repository().join("host/admin/ui"));
    let output = check.current_dir(browser.folder()).stdin(Stdio::null()).output().expect("bash is there");
    let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    assert!(output.status.success(), "{said}");
}
