//! The program dies at every edge of a commit, at the first, the second or a later passing of it, and is started again.
//!
//! Only with the feature `failpoints`: then the program under test has the fail points of `hookbox_store_redb::Edge`.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, abort};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use hookbox_store_redb::Edge;
use serde_json::json;

use crate::carrier::Carrier;
use crate::deadline::eventually;
use crate::documents::{automation, step};
use crate::faults::Figures;
use crate::faults::load::{Scene, loaded};
use crate::faults::moments::Moments;
use crate::guests::upload;
use crate::program::{Program, Setup};

/// Where the program under test is told at which passing of which edge it dies: `BatchReady:3`.
const VARIABLE: &str = "HOOKBOX_TEST_ABORT";

/// The signal of `abort`.
const SIGABRT: i32 = 6;

/// After so many answers without the edge the program is killed, so that the next start has something to recover.
const ANSWERS_MAX: usize = 400;

/// So often an edge is looked for.
const STARTS_MAX: usize = 6;

/// How many senders there are.
const SENDERS: usize = 4;

/// How many elements a request has that is split.
const ELEMENTS: usize = 5;

/// Has this process die as its environment says. Called first of all by the program under test.
pub fn arm() {
    let Ok(told) = std::env::var(VARIABLE) else { return };
    let (name, passing) = told.split_once(':').expect("an edge and a number");
    let passing: u64 = passing.parse().expect("a number");
    let passed = AtomicU64::new(0);
    let die = move || {
        if passed.fetch_add(1, Ordering::SeqCst) + 1 == passing {
            abort();
        }
    };
    fail::cfg_callback(name, die).expect("a fail point can be set");
}

/// One store whose program dies `times` times at each edge, and what the auditor says of it at the end.
pub fn round(setup: Setup, times: usize, moments: &mut Moments) -> Figures {
    let mut figures = Figures::default();
    let mut scene = Scene::of(loaded(setup).start(), Some(Carrier::taking()));
    let elsewhere = scene.program.admin().new_workspace("Elsewhere");
    let mut split = automation("Elements", &json!([step("add-to-list", json!({"list": "customers"}))]));
    split["trigger"]["webhook"] = json!({
        "sample": {"people": [{"id": "a"}]},
        "each": "$.people",
        "identifier": {"field": "external_id", "from": "$.people.id"},
    });
    elsewhere.furnish();
    let split = elsewhere.apply(&split);
    let people: Vec<_> = (0..ELEMENTS).map(|number| json!({"id": format!("person-{number}")})).collect();
    let people = split.request(json!({ "people": people }).to_string());
    for edge in Edge::ALL {
        for _ in 0..times {
            dies_at(&mut scene, edge, moments, &mut figures, |program| {
                // Whether these are answered is nobody's business; what came of them has to be whole.
                let (admin, address) = (program.admin(), program.address().to_owned());
                drop(people.try_send(&address));
                drop(thread::spawn(move || admin.upload(&upload("counting-1"))).join());
            });
            figures.count("deaths", 1);
        }
        eprintln!("{}: {times} deaths, {} captures acknowledged", edge.name(), scene.journal.answered());
    }
    let admin = scene.program.admin();
    scene.settle();
    for capture in elsewhere.all("/api/v1/captures") {
        let path = format!("/api/v1/captures/{}", capture["id"].as_str().expect("a capture has an id"));
        let runs = || elsewhere.record(&path)["runs"].as_array().map_or(0, Vec::len);
        eventually("a run for each element", || (runs() == ELEMENTS).then_some(()));
    }
    let plugins = admin.all("/api/v1/plugins");
    figures.count("plugins", plugins.len() as u64);
    scene.audit(&mut figures);
    figures
}

/// Starts the program so that it dies at the edge, has it work until it did, and starts it again.
fn dies_at(
    scene: &mut Scene,
    edge: Edge,
    moments: &mut Moments,
    figures: &mut Figures,
    further: impl Fn(&Program) + Sync,
) {
    let passing = match edge {
        Edge::Opened | Edge::Marked | Edge::Closing | Edge::ComponentKept | Edge::ComponentRecorded => 1,
        Edge::SplitApplied | Edge::CountApplied => 1,
        Edge::FileWritten | Edge::FileRenamed => 1 + moments.below(3),
        _ => 1 + moments.below(20),
    };
    scene.program.kill();
    scene.program.vary(VARIABLE, Some(format!("{}:{passing}", edge.name())));
    let died = (0..STARTS_MAX).any(|_| {
        let status = match scene.program.try_start() {
            Err(status) => Some(status),
            Ok(()) => worked(scene, edge, &further),
        };
        figures.count("starts", 1);
        status.is_some_and(|status| {
            assert_eq!(status.signal(), Some(SIGABRT), "{}: it ends otherwise: {status}", edge.name());
            true
        })
    });
    assert!(died, "the program never comes to the edge {}", edge.name());
    scene.program.vary(VARIABLE, None);
    scene.start(figures);
}

/// Works until the program has died, or long enough; how it died.
fn worked(scene: &mut Scene, edge: Edge, further: &(impl Fn(&Program) + Sync)) -> Option<ExitStatus> {
    scene.load(SENDERS, |load| {
        further(load.program);
        if edge == Edge::Closing {
            load.program.terminate();
            return Some(load.program.ended());
        }
        let enough = load.journal.answered() + ANSWERS_MAX;
        let died = eventually("the program to die at its edge, or to work on", || {
            let ended = load.program.has_ended();
            if ended { Some(true) } else { (load.journal.answered() >= enough).then_some(false) }
        });
        if died {
            return Some(load.program.ended());
        }
        load.program.kill();
        None
    })
}
