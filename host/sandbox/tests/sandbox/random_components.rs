//! Thousands of random components, and of honest ones with random damage, through the inspection: no panic, no hang, bounded
//! memory.

use arbitrary::Unstructured;
use bytes::Bytes;
use hookbox_sandbox::{Config, Sandbox};

use crate::binary::{core_module, nested};
use crate::call::strict;
use crate::guest::Guest;

/// How many of each kind.
const COMPONENTS: u32 = 1_500;
const MODULES: u32 = 300;
const DAMAGED: u32 = 2_000;

/// What peak memory may grow by, in KiB.
const GROWTH_KIB_MAX: u64 = 768 * 1024;

/// Random bytes that are the same in every run.
struct Seeded(u64);

impl Seeded {
    /// The next of a sequence (SplitMix64).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).take(count).collect()
    }
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Inspects a file; whatever comes of it, it is an answer, and the file is not kept.
async fn inspect(sandbox: &Sandbox, file: Vec<u8>) -> &'static str {
    let report = sandbox.inspect(Bytes::from(file), &|_| {}).await;
    sandbox.forget(report.digest);
    report.faults.first().map_or("good", |fault| fault.code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_components_are_refused_or_run_and_nothing_else() {
    let sandbox = Sandbox::new(Config { describe_ms: 50, ..strict() }).expect("a sandbox");
    let mut random = Seeded(4);
    let mut seen = std::collections::BTreeMap::<_, u32>::new();
    let before = peak_kib();
    for _ in 0..COMPONENTS {
        let bytes = random.bytes(4_096);
        let config = wasm_smith::Config { reference_types_enabled: true, ..wasm_smith::Config::default() };
        let Ok(made) = wasm_smith::Component::new(config, &mut Unstructured::new(&bytes)) else { continue };
        let made = made.to_bytes();
        // Alone it exports nothing of use; inside a plugin it is compiled.
        *seen.entry(inspect(&sandbox, made.clone()).await).or_default() += 1;
        let within = [Guest::default().component(), nested(&made)].concat();
        *seen.entry(inspect(&sandbox, within).await).or_default() += 1;
    }
    for _ in 0..MODULES {
        let bytes = random.bytes(2_048);
        let Ok(made) = wasm_smith::Module::new(wasm_smith::Config::default(), &mut Unstructured::new(&bytes)) else {
            continue;
        };
        let within = [Guest::default().component(), core_module(&made.to_bytes())].concat();
        *seen.entry(inspect(&sandbox, within).await).or_default() += 1;
    }
    let honest = Guest::default().component();
    for _ in 0..DAMAGED {
        let mut damaged = honest.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(damaged.len());
            damaged[at] = random.next() as u8;
        }
        *seen.entry(inspect(&sandbox, damaged).await).or_default() += 1;
    }
    let grown = peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_KIB_MAX, "{grown} KiB more at the peak; {seen:?}");
    let reached = ["good", "missing-export", "invalid", "truncated"];
    assert!(reached.iter().all(|code| seen.contains_key(code)), "{seen:?}");
    let honest = inspect(&sandbox, honest).await;
    assert_eq!(honest, "good", "the sandbox still serves");
}
