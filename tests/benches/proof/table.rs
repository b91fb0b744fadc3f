//! Everything that was measured as one text for people: the machine, the limits, the product beside them, the curves, and the
//! figures to reach.

use std::fmt::Write as _;

use serde_json::Value;

use crate::figures::Figure;

/// Curves, and what their points are counted in.
const CURVES: [(&str, &str); 4] =
    [("automations", "automations"), ("contacts", "contacts"), ("plugins", "plugins"), ("payloads", "kB")];

/// The whole table.
pub(crate) fn table(report: &Value, figures: &[Figure]) -> String {
    let mut text = heading(&report["machine"]);
    let parts = &report["parts"];
    limits(&mut text, parts, &report["bound"]);
    loads(&mut text, parts);
    inside(&mut text, parts);
    memory(&mut text, &parts["memory"]);
    for (curve, unit) in CURVES {
        growth(&mut text, &parts[curve], unit);
    }
    line(&mut text, format_args!("\n{:<54}{:>14}{:>14}   what became of it", "FIGURES", "to reach", "measured"));
    for figure in figures {
        let [name, wanted, value, mark] = figure.row();
        line(&mut text, format_args!("{name:<54}{wanted:>14}{value:>14}   {mark}"));
    }
    text
}

fn heading(machine: &Value) -> String {
    let said = |name: &str| match &machine[name] {
        Value::String(text) => text.clone(),
        Value::Null => "unknown".into(),
        other => other.to_string(),
    };
    let mut text = format!(
        "hookbox {} ({}), wasmtime {}, redb {}, hyper {}, {}\n{}, {} cores, {} MB, {}, data on {} ({}), load before {}, {}\n",
        said("hookbox"),
        said("commit"),
        said("wasmtime"),
        said("redb"),
        said("hyper"),
        said("rustc"),
        said("cpu"),
        said("cores"),
        said("memory_mb"),
        said("kernel"),
        said("data_file_system"),
        said("data_device"),
        said("load_before"),
        said("date"),
    );
    if machine["optimised"] == false {
        text.push_str("BUILT WITHOUT OPTIMISATION: no figure below says anything about the product\n");
    }
    for setting in machine["settings"].as_array().into_iter().flatten() {
        line(&mut text, format_args!("with {}", setting.as_str().unwrap_or_default()));
    }
    text
}

fn limits(text: &mut String, parts: &Value, bound: &Value) {
    line(text, format_args!("\n{:<54}{:>14}{:>14}", "LIMITS, bare", "per second", "processor µs"));
    let mut row = |name: &str, report: &Value, rate: &str, us: &str| {
        if !report.is_null() {
            line(text, format_args!("{name:<54}{:>14}{:>14}", whole(&report[rate]), tenths(&report[us])));
        }
    };
    row("(a) HTTP: bearer, JSON, answer", &parts["http"], "per_second", "server_us");
    row("(b) store: rows of a capture and its run", &parts["store"]["automations"], "per_second", "us");
    row("    of captures alone", &parts["store"]["captures"], "per_second", "us");
    row("    of runs alone", &parts["store"]["runs"], "per_second", "us");
    for action in parts["sandbox"]["actions"].as_array().into_iter().flatten() {
        let name = format!("(c) sandbox: {}, all processors", action["action"].as_str().unwrap_or_default());
        row(&name, action, "bare_per_second", "bare_us");
    }
    if !bound.is_null() {
        line(
            text,
            format_args!(
                "bound: 1 / (a + b + c) = {} a second per core; the host finished {} per core that it kept busy ({} of it).\n\
                 Of {} cores the load client took {}; with the others the bound is {} a second, of which {} was reached",
                whole(&bound["per_core"]),
                whole(&bound["finished_per_busy_core"]),
                hundredths(&bound["share_per_busy_core"]),
                bound["cores"],
                hundredths(&bound["client_cores"]),
                whole(&bound["per_second"]),
                hundredths(&bound["share"]),
            ),
        );
    }
}

fn loads(text: &mut String, parts: &Value) {
    line(
        text,
        format_args!(
            "\n{:<42}{:>11}{:>11}{:>9}{:>9}{:>11}{:>8}{:>11}{:>11}{:>9}",
            "PRODUCT",
            "answers/s",
            "finished/s",
            "p50 ms",
            "p99 ms",
            "server µs",
            "cores",
            "client µs",
            "backlog/s",
            "peak MB"
        ),
    );
    let mut row = |name: &str, report: &Value| {
        if report.is_null() {
            return;
        }
        line(
            text,
            format_args!(
                "{name:<42}{:>11}{:>11}{:>9}{:>9}{:>11}{:>8}{:>11}{:>11}{:>9}{}",
                whole(&report["per_second"]),
                whole(&report["finished_per_second"]),
                hundredths(&report["p50_ms"]),
                hundredths(&report["p99_ms"]),
                tenths(&report["server_us"]),
                hundredths(&report["server_cores"]),
                tenths(&report["client_us"]),
                whole(&report["backlog_slope_per_second"]),
                whole(&report["peak_mb"]),
                if report["is_clients_limit"] == true { "   CLIENT AT ITS LIMIT" } else { "" },
            ),
        );
    };
    row("(a) bare HTTP, for comparison", &parts["http"]);
    row("(d) captures alone", &parts["captures"]);
    let open = parts["whole"]["open_loop_per_second"].as_f64();
    let how = open.map_or("closed loop".to_owned(), |rate| format!("open loop at {rate:.0}/s"));
    row(&format!("(e) whole automations, {how}"), &parts["whole"]);
    row("    all for one contact", &parts["one"]);
    row("answer at 5,000/s, open loop", &parts["latency"]);
    row("(f) at half load, open loop", &parts["effects"]);
    for point in parts["rates"].as_array().into_iter().flatten() {
        row(&format!("    open loop at {}/s", whole(&point["rate"])), point);
    }
}

/// From a request to its committed effects, and one call of each action.
fn inside(text: &mut String, parts: &Value) {
    let effects = &parts["effects"]["effects"];
    if !effects.is_null() {
        line(
            text,
            format_args!(
                "(f) due to committed effects, told by ?wait= to the µs: p50 {} ms, p99 {} ms, p99.9 {} ms of {} requests",
                hundredths(&effects["p50_ms"]),
                hundredths(&effects["p99_ms"]),
                hundredths(&effects["p999_ms"]),
                effects["requests"],
            ),
        );
    }
    for action in parts["sandbox"]["actions"].as_array().into_iter().flatten() {
        line(
            text,
            format_args!(
                "{:<42}{} µs a call, bare wasmtime {} µs, one thread, best of {} rounds: {}×",
                action["action"].as_str().unwrap_or_default(),
                hundredths(&action["one_thread_product_us"]),
                hundredths(&action["one_thread_bare_us"]),
                parts["sandbox"]["rounds"],
                hundredths(&action["ratio"]),
            ),
        );
    }
}

fn memory(text: &mut String, memory: &Value) {
    if memory.is_null() {
        return;
    }
    line(
        text,
        format_args!(
            "(g) memory: idle {} MB, {} MB once it has made its store; start to ready: {} s for the first time, {} s on an empty store",
            whole(&memory["idle_rss_mb"]),
            whole(&memory["first_idle_rss_mb"]),
            hundredths(&memory["first_start_s"]),
            hundredths(&memory["empty_start_s"]),
        ),
    );
    for backlog in [&memory["small_backlog"], &memory["backlog"]] {
        line(
            text,
            format_args!(
                "    a backlog of {}: captured at {} a second; memory {} MB, idle before it {} MB; ready {} s after a kill with {} MB;\n    \
                 drained at {} a second, nothing else being asked, at most {} MB meanwhile",
                backlog["captures"],
                whole(&backlog["captured_per_second"]),
                whole(&backlog["rss_mb"]),
                whole(&backlog["rss_before_mb"]),
                hundredths(&backlog["start_after_kill_s"]),
                whole(&backlog["store_mb"]),
                whole(&backlog["drained_per_second"]),
                whole(&backlog["peak_draining_mb"]),
            ),
        );
    }
}

fn growth(text: &mut String, curve: &Value, unit: &str) {
    let Some(points) = curve["points"].as_array() else { return };
    line(
        text,
        format_args!(
            "\n{unit:<14}{:>12}{:>12}{:>18}{:>18}{:>12}{:>10}",
            "finished/s", "server µs", "server, of first", "time, of first", "p99 ms", "peak MB"
        ),
    );
    for point in points {
        line(
            text,
            format_args!(
                "{:<14}{:>12}{:>12}{:>18}{:>18}{:>12}{:>10}{}",
                whole(&point["at"]),
                whole(&point["per_second"]),
                tenths(&point["server_us"]),
                hundredths(&point["of_first"]),
                hundredths(&point["wall_of_first"]),
                hundredths(&point["p99_ms"]),
                whole(&point["peak_mb"]),
                if point["bends"] == true { "   BENDS" } else { "" },
            ),
        );
    }
    for left_out in curve["left_out"].as_array().into_iter().flatten() {
        line(text, format_args!("{left_out:<14}   left out for want of time"));
    }
}

fn whole(value: &Value) -> String {
    value.as_f64().map_or("–".into(), |value| format!("{value:.0}"))
}

fn tenths(value: &Value) -> String {
    value.as_f64().map_or("–".into(), |value| format!("{value:.1}"))
}

fn hundredths(value: &Value) -> String {
    value.as_f64().map_or("–".into(), |value| format!("{value:.2}"))
}

fn line(text: &mut String, written: std::fmt::Arguments<'_>) {
    writeln!(text, "{written}").expect("a text takes what is written");
}
