//! From a file to a plugin: what is refused, and what the cache of compiled code keeps and notices.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hookbox_model::Digest;
use hookbox_sandbox::{CallError, Config, LoadError, Sandbox};

use crate::call::{called, invoke, load, strict};
use crate::guest::Guest;

async fn refusal(component: &[u8]) -> LoadError {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    sandbox.load(Digest::of(component), component).await.expect_err("it is refused")
}

#[tokio::test]
async fn what_an_inspection_refuses_is_not_loaded_either() {
    let component = Guest::default().component();
    for (bytes, expected) in [
        (&b"(component)"[..], "WebAssembly text"),
        (&component[..component.len() / 2], "not a valid component"),
        (&wat::parse_str("(component)").expect("right"), "does not export the function \"describe\""),
    ] {
        let refusal = refusal(bytes).await.to_string();
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[tokio::test]
async fn other_bytes_than_announced_are_refused() {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let component = Guest::default().component();
    let refused = sandbox.load(Digest::of(b"other"), &component).await.expect_err("another digest");
    assert!(matches!(refused, LoadError::Digest { .. }));
}

fn cached(dir: &Path) -> Config {
    Config { cache_dir: Some(dir.to_owned()), ..strict() }
}

#[tokio::test]
async fn components_that_are_not_called_leave_memory_and_come_back_when_they_are() {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(Config { loaded_max: 2, ..cached(dir.path()) }).expect("a sandbox");
    let versions = ["1.0.0", "2.0.0", "3.0.0", "4.0.0"];
    let mut loaded = Vec::new();
    for version in versions {
        loaded.push(load(&sandbox, &Guest { version, ..Guest::default() }).await);
    }
    let in_memory = |all: &[std::sync::Arc<hookbox_sandbox::Loaded>]| -> Vec<bool> {
        all.iter().map(|loaded| loaded.is_in_memory()).collect()
    };
    assert_eq!(in_memory(&loaded), [false, false, true, true]);
    assert!(matches!(invoke(&sandbox, &loaded[0], 1).await.result, Ok(Ok(_))));
    assert_eq!(in_memory(&loaded), [true, false, false, true]);
    for loaded in &loaded {
        assert!(matches!(invoke(&sandbox, loaded, 1).await.result, Ok(Ok(_))));
        assert!(!loaded.was_compiled() || sandbox.loaded(loaded.digest()).is_some());
    }

    let sandbox = Sandbox::new(Config { loaded_bytes_max: 1, ..cached(dir.path()) }).expect("a sandbox");
    let first = load(&sandbox, &Guest { version: "1.0.0", ..Guest::default() }).await;
    assert!(first.is_in_memory(), "the one that was used last stays, however large it is");
    let second = load(&sandbox, &Guest { version: "2.0.0", ..Guest::default() }).await;
    assert_eq!((first.is_in_memory(), second.is_in_memory()), (false, true));
}

#[tokio::test]
async fn a_component_whose_code_is_gone_from_the_cache_is_loaded_from_its_bytes_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(Config { loaded_max: 1, ..cached(dir.path()) }).expect("a sandbox");
    let first = load(&sandbox, &Guest::default()).await;
    assert!(matches!(invoke(&sandbox, &first, 1).await.result, Ok(Ok(_))));
    fs::remove_file(compiled_file(dir.path())).expect("it was there");
    load(&sandbox, &Guest { version: "2.0.0", ..Guest::default() }).await;
    let called = invoke(&sandbox, &first, 1).await;
    assert!(matches!(called.result, Err(CallError::Unavailable { .. })), "{called:?}");
    assert!(sandbox.loaded(first.digest()).is_none());
    let again = load(&sandbox, &Guest::default()).await;
    assert!(matches!(invoke(&sandbox, &again, 1).await.result, Ok(Ok(_))));
}

#[tokio::test]
async fn a_removed_version_leaves_nothing_in_the_cache_and_its_calls_end_on_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(cached(dir.path())).expect("a sandbox");
    let loaded = load(&sandbox, &Guest::default()).await;
    let other = load(&sandbox, &Guest { version: "2.0.0", ..Guest::default() }).await;
    sandbox.remove(loaded.digest()).await;
    assert!(sandbox.loaded(loaded.digest()).is_none());
    let name = compiled_file(dir.path());
    assert!(name.to_string_lossy().contains(&other.digest().to_string()), "only the other one is left");
    assert!(matches!(invoke(&sandbox, &loaded, 1).await.result, Ok(Ok(_))));
}

#[tokio::test]
async fn what_no_start_will_read_again_is_removed_from_the_cache() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(Sandbox::new(cached(dir.path())).expect("a sandbox"));
    for name in ["17-0.code.part", "00-0123456789abcdef.compiled", "notes.txt"] {
        fs::write(dir.path().join(name), "left").expect("writable");
    }
    drop(Sandbox::new(cached(dir.path())).expect("a sandbox"));
    let entries = fs::read_dir(dir.path()).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    let mut left: Vec<_> = entries.collect();
    left.sort();
    assert_eq!(left, ["key", "notes.txt"]);
}

#[tokio::test]
async fn a_large_component_may_use_more_memory() {
    let grow = "(if (i32.eq (memory.grow (i32.const 100)) (i32.const -1)) (then unreachable))";
    for (large_component_bytes, is_large) in [(1_000_000, false), (100, true)] {
        let config = Config { memory_bytes: 1 << 20, large_component_bytes, ..strict() };
        let called = called(config, &Guest { run: grow, ..Guest::default() }).await;
        assert_eq!(matches!(called.result, Ok(Ok(_))), is_large, "{called:?}");
    }
}

fn compiled_file(dir: &Path) -> PathBuf {
    let files = fs::read_dir(dir).expect("the cache folder").map(|entry| entry.expect("an entry").path());
    let mut compiled = files.filter(|path| path.extension().is_some_and(|extension| extension == "compiled"));
    compiled.next().expect("a compiled file")
}

#[tokio::test]
async fn a_second_start_takes_the_compiled_code_from_disk() {
    let dir = tempfile::tempdir().expect("a folder");
    let cache = dir.path().join("compiled");
    for was_compiled in [true, false] {
        let sandbox = Sandbox::new(cached(&cache)).expect("a sandbox");
        let loaded = load(&sandbox, &Guest::default()).await;
        assert_eq!(loaded.was_compiled(), was_compiled);
        assert!(matches!(invoke(&sandbox, &loaded, 1).await.result, Ok(Ok(_))));
    }
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&cache), mode(&cache.join("key"))), (0o700, 0o600));
    assert_eq!(mode(&compiled_file(&cache)), 0o600);
}

#[tokio::test]
async fn a_cache_that_others_could_have_written_is_not_trusted() {
    let dir = tempfile::tempdir().expect("a folder");
    let key = dir.path().join("key");
    let compile = async || {
        let sandbox = Sandbox::new(cached(dir.path())).expect("a sandbox");
        let was_compiled = load(&sandbox, &Guest::default()).await.was_compiled();
        (was_compiled, fs::read(&key).expect("a key"))
    };
    let set_mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    let (_, mut known) = compile().await;
    for (spoil, how) in [
        (&(|| set_mode(dir.path(), 0o770)) as &dyn Fn(), "the group may write to the folder"),
        (&|| set_mode(dir.path(), 0o702), "everybody may write to the folder"),
        (&|| set_mode(&key, 0o640), "the group may read the key"),
        (
            &|| {
                fs::rename(&key, dir.path().join("elsewhere")).expect("moved");
                std::os::unix::fs::symlink("elsewhere", &key).expect("a link");
            },
            "the key is a link",
        ),
    ] {
        spoil();
        let (was_compiled, made) = compile().await;
        assert!(was_compiled, "{how}");
        assert_ne!(made, known, "{how}");
        assert_eq!(compile().await, (false, made.clone()), "{how}");
        known = made;
    }
}

#[tokio::test]
async fn changed_compiled_code_is_noticed_and_compiled_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let compile = async || {
        let sandbox = Sandbox::new(cached(dir.path())).expect("a sandbox");
        load(&sandbox, &Guest::default()).await.was_compiled()
    };
    assert!(compile().await);
    let file = compiled_file(dir.path());
    let right = fs::read(&file).expect("it is there");
    for at in [0, 31, 32, right.len() / 2, right.len() - 1] {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        fs::write(&file, wrong).expect("writable");
        assert!(compile().await, "byte {at}");
        assert!(!compile().await, "it was mended");
    }
    fs::write(&file, &right[..10]).expect("writable");
    assert!(compile().await, "cut off");
    fs::write(dir.path().join("key"), [0; 32]).expect("writable");
    assert!(compile().await, "another key");
}
