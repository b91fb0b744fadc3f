//! The guests of the end-to-end tests, built once.

use std::path::Path;
use std::sync::LazyLock;

use bytes::Bytes;

/// Counts its calls under the key `calls`; version 1.0.0 tags `v1`, version 2.0.0 tags `v2`.
pub(crate) static COUNTING: LazyLock<[Bytes; 2]> = LazyLock::new(|| built(["counting-1", "counting-2"]));

/// `slow` loops for ever while the payload says `{"loop": true}`; `trapping` traps.
pub(crate) static FAULTY: LazyLock<[Bytes; 2]> = LazyLock::new(|| built(["slow", "trapping"]));

fn built<const N: usize>(packages: [&str; N]) -> [Bytes; N] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = hookbox_build::target_dir_beside(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let built =
        hookbox_build::components(&root.join("tests/guests"), &packages, &target).expect("the guests are built");
    let components = built.iter().map(|path| std::fs::read(path).expect("a component").into()).collect::<Vec<_>>();
    components.try_into().expect("one for each package")
}
