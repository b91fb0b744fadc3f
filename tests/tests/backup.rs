//! Backups with the real program: taken while requests come in, refused when they are damaged, restored, and what a restored host
//! does with what was unfinished.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hookbox_tests::auditor::{self, Witness, assert_clean, audit_host};
use hookbox_tests::carrier::{Carrier, Reply};
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{automation, body, step};
use hookbox_tests::journal::{Journal, Order};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// How many senders there are.
const SENDERS: usize = 4;

/// How many backups are taken while they send.
const BACKUPS: usize = 3;

/// Runs a restore into `data`.
fn restore(file: &Path, data: &Path, further: &[&str]) -> Output {
    let (file, data) = (path_text(file), path_text(data));
    let arguments = [&["restore", &file, "--data", &data, "--json"], further].concat();
    Setup::new(PROGRAM).command(&arguments).output().expect("the program under test can be started")
}

/// The same for one that has to succeed.
#[track_caller]
fn restored(file: &Path, data: &Path, further: &[&str]) -> Value {
    let output = restore(file, data, further);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// Says why a command failed, which has to.
#[track_caller]
fn refused(output: &Output, status: i32) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{told}");
    told
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Takes a backup of a host, and gives its file and what was told of it.
#[track_caller]
fn taken(program: &Program, name: &str) -> (PathBuf, Value) {
    let file = program.home().join(name);
    let told = program.run_json(&["backup", &path_text(&file), "--json"]);
    (file, told)
}

/// The key of secrets of a host.
fn key(program: &Program) -> String {
    path_text(&program.data().join("secret.key"))
}

#[test]
fn a_backup_under_load_holds_what_was_answered_before_it_and_passes_the_auditor_when_it_is_restored() {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let webhook = program.admin().apply(&auditor::automation());
    let (journal, address) = (Journal::default(), program.address().to_owned());
    let mut backups = Vec::new();
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| journal.send(&webhook, &address));
        }
        for number in 1..=BACKUPS {
            eventually("answers under load", || (journal.answered() >= number * 100).then_some(()));
            let before: BTreeSet<String> = journal.orders().into_iter().filter_map(|order| order.capture).collect();
            backups.push((before, taken(&program, &format!("{number}.backup"))));
        }
        journal.pause();
    });
    journal.settle(&webhook, &address);
    let noted = program.admin().all("/api/v1/audit?of=host&act=host.backup");
    assert_eq!(noted.len(), BACKUPS, "{noted:?}");
    assert!(noted.iter().all(|entry| text(&entry["by"]).starts_with("tok_")), "the log says who: {noted:?}");
    for (before, (file, told)) in backups {
        assert_eq!((&told["damaged"], &told["components_missing"]), (&json!(0), &json!(0)), "{told}");
        holds(&program, &journal.orders(), &before, &file);
    }
}

/// A host that goes on from a backup: everything answered before it is there, whatever came later is there whole or not at all.
fn holds(program: &Program, orders: &[Order], before: &BTreeSet<String>, file: &Path) {
    let key = key(program);
    let (mut copy, told) = Setup::new(PROGRAM).start_on(|data| restored(file, data, &["--continue", "--key", &key]));
    assert_eq!((&told["findings"], &told["set_aside"]), (&json!([]), &Value::Null), "{told}");
    let captures: BTreeSet<String> =
        copy.admin().all("/api/v1/captures").iter().map(|capture| text(&capture["id"])).collect();
    let lost: Vec<_> = before.difference(&captures).collect();
    assert_eq!(lost, Vec::<&String>::new(), "answered before the backup and not in it");
    eventually("every run to end", || {
        let ended = |state: &str| copy.admin().all(&format!("/api/v1/runs?state={state}")).len();
        (ended("succeeded") + ended("failed") >= captures.len()).then_some(())
    });
    let of = |order: &&Order| order.capture.as_ref().is_some_and(|capture| captures.contains(capture));
    let kept: Vec<Order> = orders.iter().filter(of).cloned().collect();
    eventually("every message to leave", || copy.admin().all("/api/v1/messages?outbox=true").is_empty().then_some(()));
    assert_clean(&audit_host(&kept, &copy.admin(), None, &Witness::default()));
    assert!(copy.stop().success());
    let data = path_text(&copy.data());
    assert_eq!(copy.run_json(&["check-store", "--data", &data, "--json"])["findings"], json!([]));
}

#[test]
fn a_restored_host_sends_nothing_twice_unless_somebody_decides_so() {
    let takes = std::sync::Arc::new(AtomicBool::new(false));
    let carrier = Carrier::answering({
        let takes = takes.clone();
        move |number, _| match takes.load(Ordering::SeqCst) {
            true => Reply::Status(200, json!({ "id": format!("carrier-{number}") })),
            false => Reply::Status(503, json!({})),
        }
    });
    let setup = Setup::new(PROGRAM).variable("HOOKBOX__DISPATCH__ALLOWED_NETWORKS", "127.0.0.1/32");
    let setup = setup.variable("HOOKBOX__DISPATCH__RETRY_BASE_MS", "50");
    let program = setup.clone().start();
    let admin = program.admin();
    admin.furnish();
    let inbox = text(&admin.all("/api/v1/inboxes")[0]["id"]);
    let channel = json!({"channel": {"webhook": {"url": carrier.url()}}});
    admin.patch(&format!("/api/v1/inboxes/{inbox}"), &channel).success();
    let webhook = admin.apply(&automation("Text", &json!([step("send-message", json!({"body": "Hi"}))])));
    let later = admin.apply(&automation("Later", &json!([{"wait": "1h"}])));
    admin.final_run(&webhook.capture(program.address(), &body("12155556677")));
    let waits = later.capture(program.address(), &body("12155556677"));
    admin.run_when(&waits, "to wait", |run| run["state"] == "waiting");
    carrier.request(1);
    let (file, _) = taken(&program, "a.backup");

    takes.store(true, Ordering::SeqCst);
    let messages = |program: &Program| program.admin().all("/api/v1/messages");
    let sent = eventually("the message to be sent", || {
        messages(&program).into_iter().find(|message| message["state"] == "sent")
    });
    let tries = carrier.received().len();
    let key = key(&program);
    let (copy, told) = setup.start_on(|data| restored(&file, data, &["--key", &key]));
    assert_eq!(told["set_aside"], json!({"runs": 0, "messages": 1}), "{told}");
    let doubted = &messages(&copy)[0];
    assert_eq!((&doubted["state"], &doubted["id"]), (&json!("unknown"), &sent["id"]), "{doubted}");
    let run = copy.admin().run_when(&waits, "to be there", |_| true);
    assert_eq!(run["state"], "waiting", "what nobody did yet goes on: {run}");
    assert_eq!(carrier.received().len(), tries, "the copy sent nothing by itself");

    let id = text(&doubted["id"]);
    copy.admin().post(&format!("/api/v1/messages/{id}/decision"), &json!({"decision": "send"})).success();
    let again = carrier.request(tries + 1).json();
    assert_eq!(again["id"], sent["id"], "the carrier can tell that it is the same message: {again}");
}

#[test]
fn a_backup_that_is_damaged_or_of_something_else_is_refused_and_nothing_is_written() {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let (file, told) = taken(&program, "a.backup");
    let (home, key) = (program.home().to_owned(), key(&program));
    let whole = fs::read(&file).expect("the backup");
    assert_eq!(told["bytes"], json!(whole.len()), "{told}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("the backup").permissions());
    assert_eq!(mode & 0o777, 0o600, "it is its owner's alone");
    let data = home.join("new");
    let middle = whole.len() / 2;
    let mut flipped = whole.clone();
    flipped[middle] ^= 1;
    for (what, bytes) in [("cut off", &whole[..middle]), ("damaged", &flipped), ("no backup", b"PK")] {
        let spoilt = home.join("spoilt.backup");
        fs::write(&spoilt, bytes).expect("a writable folder");
        let told = refused(&restore(&spoilt, &data, &["--key", &key]), 1);
        assert!(told.contains(what), "{told}");
        let left = fs::read_dir(&data).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{what}: nothing is left of the attempt");
    }
    fs::create_dir_all(&data).expect("a folder");
    fs::write(data.join("something"), "of somebody").expect("a writable folder");
    let told = refused(&restore(&file, &data, &["--key", &key]), 1);
    assert!(told.contains("not empty"), "{told}");
}

#[test]
fn the_key_of_secrets_is_asked_for_and_a_wrong_one_is_refused() {
    let program = Setup::new(PROGRAM).start();
    let (file, told) = taken(&program, "a.backup");
    let fingerprint = text(&told["key"]);
    let held = fs::read(&file).expect("the backup");
    let secret = fs::read_to_string(key(&program)).expect("the key");
    let secret = secret.trim().as_bytes();
    assert!(!held.windows(secret.len()).any(|bytes| bytes == secret), "the key is not in the backup");
    let data = program.home().join("new");
    let told = refused(&restore(&file, &data, &[]), 2);
    assert!(told.contains(&fingerprint) && told.contains("--key"), "{told}");
    let other = Setup::new(PROGRAM).start();
    let told = refused(&restore(&file, &data, &["--key", &key(&other)]), 1);
    assert!(told.contains("another key"), "{told}");
    let arguments = ["restore", &path_text(&file), "--data", &path_text(&data), "--key", &key(&program)];
    let other = Setup::new(PROGRAM).variable("HOOKBOX_SECRET_KEY", "7a".repeat(32));
    let output = other.command(&arguments).output().expect("the program under test can be started");
    let told = refused(&output, 1);
    assert!(told.contains("HOOKBOX_SECRET_KEY"), "a start would take that one: {told}");
    let told = restored(&file, &data, &["--without-key"]);
    assert_eq!(told["has_key"], json!(false), "{told}");
    assert!(!data.join("secret.key").exists());
}

#[test]
fn only_who_keeps_the_host_takes_backups_and_a_refused_one_leaves_no_file() {
    let program = Setup::new(PROGRAM).start();
    let made = program.run_json(&["token", "create", "ci", "--scope", "admin", "--json"]);
    let folder = program.home().join("backups");
    fs::create_dir(&folder).expect("a folder");
    let file = path_text(&folder.join("a.backup"));
    let told = refused(&program.run(&["backup", &file, "--token", &text(&made["token"])]), 1);
    assert!(told.contains("operator"), "{told}");
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0, "nothing is left of it");
    let data = path_text(&program.data());
    let told = refused(&program.run(&["backup", &file, "--data", &data]), 1);
    assert!(told.contains("leave --data out"), "a host runs on it: {told}");
    assert_eq!(program.admin().all("/api/v1/audit?of=host&act=host.backup"), Vec::<Value>::new());
}

#[test]
fn a_directory_that_no_host_uses_is_backed_up_too() {
    let mut program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    assert!(program.stop().success());
    let (file, data) = (path_text(&program.home().join("a.backup")), path_text(&program.data()));
    let told = program.run_json(&["backup", &file, "--data", &data, "--json"]);
    assert_eq!(told["tables"]["inboxes"], json!(1), "{told}");
    let key = key(&program);
    let (copy, _) = Setup::new(PROGRAM).start_on(|data| restored(Path::new(&file), data, &["--key", &key]));
    assert_eq!(text(&copy.admin().all("/api/v1/inboxes")[0]["name"]), "support");
}

#[test]
fn an_interrupted_restore_keeps_a_host_from_an_empty_store_and_is_done_again() {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let (file, _) = taken(&program, "a.backup");
    let (key, home) = (key(&program), program.home().to_owned());
    let whole = home.join("whole");
    restored(&file, &whole, &["--key", &key]);
    // As it is when the power goes before the store takes its place.
    let data = home.join("cut");
    let partial = data.join("restore.partial");
    fs::create_dir_all(&partial).expect("a folder");
    fs::rename(whole.join("store.redb"), partial.join("store.redb")).expect("the store is not there yet");
    for name in ["store.hwm", "secret.key", "components"] {
        fs::rename(whole.join(name), data.join(name)).expect("this is in its place");
    }
    let serve = ["serve", "--data", &path_text(&data), "--listen", "127.0.0.1:0"];
    let output = Setup::new(PROGRAM).command(&serve).output().expect("the program under test can be started");
    assert!(!output.status.success(), "{output:?}");
    assert!(!data.join("store.redb").exists(), "no empty store is begun");
    let (copy, _) = Setup::new(PROGRAM).start_on(|new| {
        restored(&file, &data, &["--key", &key]);
        fs::remove_dir_all(new).or_else(|error| if new.exists() { Err(error) } else { Ok(()) }).expect("nothing there");
        fs::rename(&data, new)
    });
    assert_eq!(text(&copy.admin().all("/api/v1/inboxes")[0]["name"]), "support");
}
