//! A bit of everything for a long time: audited orders with messages to a carrier, and in a workspace beside them runs that wait,
//! runs for each element, conditions, plugin state, dry runs, uploads of plugins, and pages read.
//!
//! Memory and the file are looked at once a second. How fast memory grows is the slope of the line through the looks of the second
//! half, by least squares; the first half is warm-up. What of the file is live is what a backup of it holds.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::load::{Over, Scene, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::admin::Admin;
use crate::carrier::Carrier;
use crate::documents::{automation, body, step};
use crate::frozen::variant;
use crate::guests::upload;
use crate::program::{Program, Setup};
use crate::webhook::Webhook;
use crate::world::text;

/// Memory does not grow, and the file has no more air in it than it has content.
pub const TARGETS: &[Target] =
    &[Target { figure: "memory_mb_per_h_most", at_most: 1.0 }, Target { figure: "file_to_live_most", at_most: 2.0 }];

/// Memory of the host for pages of its file, in bytes: so little that it is full when memory begins to count. Until then it grows with
/// the file, by what is configured and no more.
const CACHE_BYTES: u64 = 16 << 20;

/// What the workspace beside the audited one is called.
const WORKSPACE: &str = "beside";

/// Elements of a request of which each is a run.
const PEOPLE: usize = 5;

/// Pages that somebody looks at.
const PAGES: [&str; 6] = [
    "/api/v1/captures?limit=50",
    "/api/v1/runs?brief=true&limit=50",
    "/api/v1/contacts?limit=50",
    "/api/v1/conversations?limit=50",
    "/api/v1/stats/overview",
    "/api/v1/audit?limit=50",
];

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    lasts: Duration,
    acts_min: u64,
    senders: usize,
    /// How long a sender rests after each answer.
    rhythm: Duration,
}

/// The workspace beside the audited one.
struct Beside {
    admin: Admin,
    people: Webhook,
    counting: Webhook,
    /// The version that is active, those before it that runs kept to, and how many there were.
    plugin: String,
    kept: Vec<String>,
    versions: u32,
    runs: usize,
}

impl Size {
    /// Of a test or of a soak, of which one round takes all of the time.
    pub fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { lasts: Duration::ZERO, acts_min: 60, senders: 2, rhythm: Duration::from_millis(5) },
            Scale::Large { minutes } => Self {
                lasts: Duration::from_secs_f64(minutes * 60.0),
                acts_min: 60,
                senders: 4,
                rhythm: Duration::from_millis(20),
            },
        }
    }
}

/// One host with all of it at once.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let mut figures = Figures::default();
    let setup = loaded(setup.guests()).variable("HOOKBOX__STORE__CACHE_BYTES", CACHE_BYTES);
    let mut scene = Scene::of(setup.start(), Some(Carrier::taking()));
    scene.journal = std::mem::take(&mut scene.journal).with_rhythm(size.rhythm);
    let mut beside = Beside::of(&scene.program);
    let looks = scene.load(size.senders, |load| {
        let over = AtomicBool::new(false);
        let looks = Mutex::new(Vec::new());
        let (program, began) = (&*load.program, Instant::now());
        thread::scope(|scope| {
            let _over = Over(&over);
            scope.spawn(|| watch(program, began, &over, &looks));
            for act in 0.. {
                if act >= size.acts_min && began.elapsed() >= size.lasts {
                    break;
                }
                beside.act(act, program, moments, &mut figures);
            }
        });
        load.look();
        looks.into_inner().expect("nobody panicked with it")
    });
    figures.most("memory_peak_mb_most", mb(scene.program.memory_peak_bytes()));
    scene.settle();
    let live = backup_bytes(&scene.program);
    let file = stored_bytes(&scene.program);
    figures.most("file_mb_most", mb(file));
    figures.most("live_mb_most", mb(live));
    figures.most("file_to_live_most", file as f64 / live as f64);
    if let Some(slope) = slope_per_h(&looks[looks.len() / 2..]) {
        figures.most("memory_mb_per_h_most", slope);
    }
    scene.settle_anew(&mut figures);
    beside.judge(&scene.program.admin(), &mut figures);
    scene.audit(&mut figures);
    Round::Done(figures)
}

/// Looks at the memory of the program once a second.
fn watch(program: &Program, began: Instant, over: &AtomicBool, looks: &Mutex<Vec<(f64, f64)>>) {
    while !over.load(Ordering::Relaxed) {
        let look = (began.elapsed().as_secs_f64(), mb(program.memory_bytes()));
        looks.lock().expect("nobody panicked with it").push(look);
        thread::park_timeout(Duration::from_secs(1));
    }
}

/// The slope of the line through points of seconds and MB, by least squares, in MB an hour; none of fewer than two.
fn slope_per_h(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (at, memory) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - at).powi(2)).sum();
    let together: f64 = points.iter().map(|point| (point.0 - at) * (point.1 - memory)).sum();
    (spread > 0.0).then(|| together / spread * 3_600.0)
}

/// What the disk gives to what a backup holds too: the file of the store, whose length doubles before it is filled, and the components
/// beside it.
fn stored_bytes(program: &Program) -> u64 {
    let components = fs::read_dir(program.data().join("components")).into_iter().flatten().flatten();
    let file = fs::metadata(program.data().join("store.redb")).expect("the store has a file");
    let files = components.filter_map(|entry| entry.metadata().ok()).chain([file]);
    // `stat` counts in blocks of 512 bytes.
    files.map(|found| found.blocks() * 512).sum()
}

fn backup_bytes(program: &Program) -> u64 {
    let file = program.home().join("whole.backup");
    let output = program.run(&["backup", &file.to_string_lossy()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::metadata(&file).expect("a backup is a file").len();
    fs::remove_file(&file).expect("it can be removed");
    bytes
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

impl Beside {
    fn of(program: &Program) -> Self {
        let admin = program.admin().new_workspace(WORKSPACE);
        admin.furnish();
        let plugin = install(&admin, &upload("counting-1"));
        let mut people = automation(
            "People",
            &json!([
                {"when": "payload.people.id != 'nobody'", "action": "noting", "settings": {}},
                {"when": "payload.people.id == 'nobody'", "action": "add-to-list", "settings": {"list": "customers"}},
                {"wait": "1s"},
                step("send-message", json!({"body": "Hi {{payload.people.id}}"})),
            ]),
        );
        people["trigger"]["webhook"] = json!({
            "sample": {"people": [{"id": "a"}]},
            "each": "$.people",
            "identifier": {"field": "external_id", "from": "$.people.id"},
        });
        let people = admin.apply(&people);
        let counting = admin.apply(&automation("Counting", &json!([step("counting", json!({}))])));
        Self { admin, people, counting, plugin, kept: Vec::new(), versions: 0, runs: 0 }
    }

    /// Does one thing or another; each of them at least once in a while.
    fn act(&mut self, number: u64, program: &Program, moments: &mut Moments, figures: &mut Figures) {
        match number % 12 {
            0 | 4 | 8 => {
                let person = |place: u64| json!({"id": format!("person-{}-{place}", number % 3_000)});
                let people: Vec<Value> = (0..PEOPLE as u64).map(person).collect();
                self.people.capture(program.address(), &json!({ "people": people }));
                self.runs += PEOPLE;
            }
            2 | 6 => {
                let phone = format!("1215666{:04}", moments.below(2_000));
                self.counting.capture(program.address(), &body(&phone));
                self.runs += 1;
            }
            10 => {
                let path = format!("/api/v1/automations/{}/dry-run", self.counting.automation);
                self.admin.post(&path, &json!({"payload": body("12156660000")})).success();
                figures.count("dry_runs", 1);
            }
            _ => {
                self.admin.record(PAGES[moments.index(PAGES.len())]);
                figures.count("pages_read", 1);
            }
        }
        if number % 50 == 49 {
            self.swap();
            figures.count("plugins_uploaded", 1);
            figures.most("plugins_kept_most", self.kept.len() as f64);
        }
    }

    /// Puts a new version in the place of the active one, which is removed as soon as no run keeps to it.
    fn swap(&mut self) {
        self.versions += 1;
        let next = install(&self.admin, &variant(&upload("counting-1"), self.versions));
        self.kept.push(std::mem::replace(&mut self.plugin, next));
        self.kept.retain(|version| {
            let removed = self.admin.delete(&format!("/api/v1/plugins/{version}"));
            assert!(matches!(removed.status, 200 | 204 | 409), "{}: {}", removed.status, removed.text());
            removed.status == 409
        });
    }

    /// Every run beside ended well, and there are as many as there should be.
    fn judge(&self, operator: &Admin, figures: &mut Figures) {
        let mut found = 0;
        let workspaces = operator.all("/api/v1/workspaces");
        let own = workspaces.iter().find(|workspace| workspace["name"] == WORKSPACE).expect("it is there");
        operator.in_workspace(&text(&own["id"])).pages("/api/v1/runs", |page| {
            let ended = page.iter().all(|run| matches!(run["state"].as_str(), Some("succeeded" | "failed")));
            if ended {
                page.iter().for_each(|run| assert_eq!(run["state"], "succeeded", "{run}"));
                found += page.len();
            }
            ended
        });
        assert_eq!(found, self.runs, "every element and every request has one run");
        figures.count("runs_beside", found as u64);
    }
}

/// Uploads a component, approves what it asks and makes it the active version.
fn install(admin: &Admin, component: &[u8]) -> String {
    let id = text(&admin.upload(component).success().json()["plugin"]["id"]);
    admin.post(&format!("/api/v1/plugins/{id}/approve"), &json!({"all": true, "activate": true})).success();
    id
}

#[cfg(test)]
mod tests {
    use super::slope_per_h;

    #[test]
    fn the_slope_is_that_of_the_line_through_the_points() {
        let line: Vec<(f64, f64)> = (0..100).map(|at| (f64::from(at), 200.0 + f64::from(at) / 3_600.0)).collect();
        let slope = slope_per_h(&line).expect("a line");
        assert!((slope - 1.0).abs() < 1e-6, "{slope}");
        assert_eq!(slope_per_h(&line[..1]), None);
    }
}
