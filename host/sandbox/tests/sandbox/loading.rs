//! From a file to a plugin: what is refused, and what the cache of compiled code keeps and notices.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hookbox_model::Digest;
use hookbox_sandbox::{Config, LoadError, Sandbox};

use crate::call::{invoke, load, strict};
use crate::guest::Guest;

async fn refusal(component: &[u8]) -> LoadError {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    sandbox.load(Digest::of(component), component).await.expect_err("it is refused")
}

#[tokio::test]
async fn what_is_no_component_is_refused() {
    let component = Guest::default().component();
    let engine = wasmtime::Engine::default();
    let precompiled = engine.precompile_component(&component).expect("it compiles");
    let core = wat::parse_str("(module)").expect("right");
    for (bytes, expected) in [
        (&precompiled[..], "precompiled code"),
        (b"(component)", "WebAssembly text"),
        (&core, "a core module"),
        (b"", "no WebAssembly"),
        (b"PK\x03\x04", "zip"),
        (&component[..component.len() / 2], "not a valid component"),
        (&component[..component.len() - 1], "not a valid component"),
    ] {
        let refusal = refusal(bytes).await.to_string();
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[tokio::test]
async fn a_component_of_another_kind_is_refused_by_what_it_lacks() {
    let assembled = |text: &str| wat::parse_str(text).expect("right");
    for (component, expected) in [
        (assembled("(component)"), "does not export \"describe\""),
        (assembled("(component (import \"wasi:sockets/tcp@0.2.0\" (instance)))"), "does not offer wasi:sockets/tcp"),
        (assembled("(component (import \"acme:x/y\" (instance)))"), "nothing offers acme:x/y"),
        (
            assembled("(component (import \"hookbox:plugin/lists@1.4.0\" (instance)))"),
            "built for hookbox:plugin 1.4, this host has 1.0",
        ),
        (
            assembled(
                r#"(component
                    (core module $m (func (export "f")))
                    (core instance $i (instantiate $m))
                    (func $f (canon lift (core func $i "f")))
                    (export "describe" (func $f))
                    (export "run" (func $f)))"#,
            ),
            "does not fit the contract",
        ),
    ] {
        let refusal = refusal(&component).await.to_string();
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[tokio::test]
async fn state_and_http_are_refused_because_this_version_does_not_offer_them() {
    let state = Guest {
        extra: r#"(import "hookbox:plugin/state@1.0.0" "delete" (func $delete (param i32 i32 i32)))"#,
        run: "(call $delete (i32.const 0) (i32.const 0) (i32.const 64))",
        ..Guest::default()
    };
    let refused = refusal(&state.component()).await;
    assert_eq!(refused, LoadError::NotOffered { import: "hookbox:plugin/state@1.0.0".into() });
}

#[tokio::test]
async fn a_file_that_is_too_large_to_compile_is_refused_before() {
    let component = Guest::default().component();
    let load = async |config: Config| {
        let sandbox = Sandbox::new(config).expect("a sandbox");
        sandbox.load(Digest::of(&component), &component).await.expect_err("too large").to_string()
    };
    for (config, expected) in [
        (Config { component_bytes_max: 100, ..strict() }, "the file is past 100 bytes"),
        (Config { functions_max: 2, ..strict() }, "the number of functions is past 2"),
        (Config { function_bytes_max: 2, ..strict() }, "a function is past 2 bytes"),
        (Config { nesting_max: 1, ..strict() }, "the nesting is past 1"),
    ] {
        let refusal = load(config).await;
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
