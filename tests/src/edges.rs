//! The program dies at every edge of a commit, at the first, the second or a later passing of it, and is started again.
//!
//! Only with the feature `failpoints`: then the program under test has the fail points of `hookbox_store_redb::Edge`.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, abort};
use std::sync::atomic::{AtomicU64, Ordering};

use hookbox_store_redb::Edge;
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::carrier::Carrier;
use crate::deadline::eventually;
use crate::documents::{automation, step};
use crate::faults::Figures;
use crate::faults::load::{Scene, loaded};
use crate::faults::moments::Moments;
use crate::frozen::variant;
use crate::guests::upload;
use crate::journal::sha256;
use crate::program::{Program, Setup, TOKEN};
use crate::webhook::{Request, Webhook};
use crate::world::text;

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

/// How many changes by an admin there are in a start.
const CHANGES: u64 = 4;

/// How many files are written in a start that is to die of it, at least.
const FILES_MAX: u64 = 3;

/// A workspace beside the audited one: what is done there is not repeated until it is answered, and has to be whole or absent.
struct Beside {
    workspace: String,
    split: Webhook,
    /// The plugin that is uploaded in ever new versions, and how often it was.
    plugin: Vec<u8>,
    uploads: u32,
    /// The versions since the last look, and whether their uploads were answered.
    asked: Vec<(Vec<u8>, bool)>,
}

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
pub fn round(setup: Setup, times: usize, moments: &mut Moments, figures: &mut Figures) {
    let mut scene = Scene::of(loaded(setup).start(), Some(Carrier::taking()));
    let mut beside = Beside::new(&scene.program.admin());
    for edge in Edge::ALL {
        for _ in 0..times {
            dies_at(&mut scene, edge, moments, figures, &mut beside);
            figures.count("deaths", 1);
            // What is in its last state now has to stay as it is.
            scene.witness.look(&scene.program.admin());
            beside.look(&scene.program, figures);
        }
        eprintln!("{}: {times} deaths, {} captures acknowledged", edge.name(), scene.journal.answered());
    }
    scene.settle();
    beside.judge(&scene.program.admin(), figures);
    scene.audit(figures);
}

impl Beside {
    fn new(operator: &Admin) -> Self {
        operator.new_workspace("Beside");
        let workspaces = operator.all("/api/v1/workspaces");
        let own = workspaces.iter().find(|workspace| workspace["name"] == "Beside").expect("it was made");
        let workspace = text(&own["id"]);
        let admin = operator.in_workspace(&workspace);
        admin.furnish();
        let mut split = automation("Elements", &json!([step("add-to-list", json!({"list": "customers"}))]));
        split["trigger"]["webhook"] = json!({
            "sample": {"people": [{"id": "a"}]},
            "each": "$.people",
            "identifier": {"field": "external_id", "from": "$.people.id"},
        });
        let split = admin.apply(&split);
        Self { workspace, split, plugin: upload("counting-1"), uploads: 0, asked: Vec::new() }
    }

    /// Asks for everything once. Whether it is answered is nobody's business, for the program may die of it at any time.
    fn ask(&mut self, program: &Program, edge: Edge) {
        let people: Vec<Value> = (0..ELEMENTS).map(|number| json!({"id": format!("person-{number}")})).collect();
        let people = self.split.request(json!({ "people": people }).to_string());
        drop(people.try_send(program.address()));
        let path = format!("/api/v1/workspaces/{}", self.workspace);
        for number in 0..CHANGES {
            let change = self.admin("PATCH", &path, json!({ "name": format!("Beside {number}") }).to_string());
            drop(change.header("content-type", "application/json").try_send(program.address()));
        }
        let uploads = match edge {
            Edge::ComponentKept | Edge::ComponentRecorded => 1,
            // Each writes a file or more.
            Edge::FileWritten | Edge::FileRenamed => FILES_MAX,
            _ => 0,
        };
        for _ in 0..uploads {
            self.uploads += 1;
            let component = variant(&self.plugin, self.uploads);
            let request = self.admin("POST", "/api/v1/plugins", &component).header("content-type", "application/wasm");
            let answered = request.try_send(program.address()).map(|answer| answer.success()).is_ok();
            self.asked.push((component, answered));
        }
    }

    /// A request of an admin that may get no answer.
    fn admin(&self, method: &str, path: &str, body: impl AsRef<[u8]>) -> Request {
        let request = self.split.request(body).method(method).path(path);
        request.header("authorization", format!("Bearer {TOKEN}")).header("hookbox-workspace", &self.workspace)
    }

    /// An upload that was answered is there, and one that is there is whole: it can be uploaded again, which changes nothing. Then
    /// it is removed.
    fn look(&mut self, program: &Program, figures: &mut Figures) {
        let admin = program.admin().in_workspace(&self.workspace);
        let found = uploaded(&admin);
        for (component, answered) in self.asked.drain(..) {
            let there = found.iter().find(|plugin| plugin["digest"] == sha256(&component));
            assert!(there.is_some() || !answered, "an answered upload is lost");
            figures.count("uploads", 1);
            let Some(plugin) = there else { continue };
            let again = admin.upload(&component).success();
            assert_eq!((again.status, &again.json()["plugin"]["id"]), (200, &plugin["id"]), "{}", again.text());
            admin.delete(&format!("/api/v1/plugins/{}", text(&plugin["id"]))).success();
            figures.count("uploads_found", 1);
        }
        assert_eq!(uploaded(&admin), Vec::<Value>::new(), "only what was uploaded is there");
    }

    /// Every capture has a run for each element, and a plugin can be uploaded as ever.
    fn judge(&self, operator: &Admin, figures: &mut Figures) {
        let admin = operator.in_workspace(&self.workspace);
        for capture in admin.all("/api/v1/captures") {
            let path = format!("/api/v1/captures/{}", text(&capture["id"]));
            let runs = || admin.record(&path)["runs"].as_array().map_or(0, Vec::len);
            eventually("a run for each element", || (runs() == ELEMENTS).then_some(()));
            figures.count("captures_split", 1);
        }
        admin.upload(&self.plugin).success();
        assert_eq!(uploaded(&admin).len(), 1, "only what was uploaded and not removed is there");
    }
}

/// The plugins of this workspace alone.
fn uploaded(admin: &Admin) -> Vec<Value> {
    admin.all("/api/v1/plugins").into_iter().filter(|plugin| plugin["origin"] == "uploaded").collect()
}

/// Starts the program so that it dies at the edge, has it work until it did, and starts it again.
fn dies_at(scene: &mut Scene, edge: Edge, moments: &mut Moments, figures: &mut Figures, beside: &mut Beside) {
    let passing = match edge {
        Edge::Opened | Edge::Marked | Edge::Closing | Edge::ComponentKept | Edge::ComponentRecorded => 1,
        Edge::SplitApplied | Edge::CountApplied => 1,
        Edge::FileWritten | Edge::FileRenamed => 1 + moments.below(FILES_MAX),
        Edge::AuditWritten => 1 + moments.below(CHANGES),
        _ => 1 + moments.below(20),
    };
    scene.program.kill();
    scene.program.vary(VARIABLE, Some(format!("{}:{passing}", edge.name())));
    let died = (0..STARTS_MAX).any(|_| {
        let status = match scene.program.try_start() {
            Err(status) => Some(status),
            Ok(()) => worked(scene, edge, beside),
        };
        figures.count("starts", 1);
        status.is_some_and(|status| {
            assert_eq!(status.signal(), Some(SIGABRT), "{}: it ends otherwise: {status}", edge.name());
            true
        })
    });
    assert!(died, "the program never comes to the edge {} for the time {passing}", edge.name());
    scene.program.vary(VARIABLE, None);
    scene.start(figures);
}

/// Works until the program has died, or long enough; how it died.
fn worked(scene: &mut Scene, edge: Edge, beside: &mut Beside) -> Option<ExitStatus> {
    scene.load(SENDERS, |load| {
        beside.ask(load.program, edge);
        if edge == Edge::Closing {
            load.program.terminate();
            return Some(load.program.ended());
        }
        // A capture that is split comes to its turn, however many others are answered before.
        let enough =
            if edge == Edge::SplitApplied { usize::MAX } else { load.journal.answered().saturating_add(ANSWERS_MAX) };
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
