//! Pictures of what was measured, as SVG: latency by throughput, and each growth curve, whose costs begin at 0, so that what is flat
//! looks flat. Latencies and what grows are on logarithmic axes.

use std::fs;
use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::chart::{ChartBuilder, SeriesLabelPosition};
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::{Circle, IntoDrawingArea, IntoLogRange, PathElement, Ranged, SVGBackend};
use plotters::series::LineSeries;
use plotters::style::{BLACK, BLUE, Color, RED, RGBColor, WHITE};
use serde_json::Value;

/// Width and height, in pixels.
const SIZE: (u32, u32) = (800, 480);

/// A line of a picture.
struct Line {
    name: &'static str,
    colour: RGBColor,
    points: Vec<(f64, f64)>,
}

/// Where the axes of a picture end and what they are called.
struct Frame<'a> {
    title: &'a str,
    x: &'a str,
    y: &'a str,
}

/// Draws what there is into `dir`.
pub(crate) fn draw(parts: &Value, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
    if let Some(points) = parts["rates"].as_array() {
        let line = |name, colour, key| Line { name, colour, points: pairs(points, "finished_per_second", key) };
        let lines = [line("p50", BLUE, "p50_ms"), line("p99", RED, "p99_ms")];
        let frame = Frame {
            title: "Latency of the answer by throughput, open loop",
            x: "whole automations a second",
            y: "milliseconds from the moment a request was due",
        };
        let (least, most) = ends(&lines);
        let latency = (least.1 / 2.0..most.1 * 2.0).log_scale();
        picture(&dir.join("latency.svg"), &frame, &lines, 0.0..most.0 * 1.05, latency)?;
    }
    for (part, title, x, y) in [
        ("automations", "One whole automation, by how many there are", "automations", "processor µs"),
        ("contacts", "One whole automation, by how many contacts there are", "contacts", "processor µs"),
        ("plugins", "Three calls of a plugin, by how many plugins there are", "plugins", "processor µs"),
        ("payloads", "One more kB of payload, by its size", "kB of payload", "processor µs for one more kB"),
    ] {
        let Some(points) = parts[part]["points"].as_array().filter(|points| points.len() > 1) else { continue };
        let lines = [Line { name: "of the host", colour: BLUE, points: pairs(points, "at", "cost_us") }];
        let (least, most) = ends(&lines);
        let frame = Frame { title, x, y };
        let grows = (least.0 * 0.9..most.0 * 1.1).log_scale();
        picture(&dir.join(format!("{part}.svg")), &frame, &lines, grows, 0.0..most.1 * 1.5)?;
    }
    Ok(())
}

fn pairs(points: &[Value], x: &str, y: &str) -> Vec<(f64, f64)> {
    points.iter().filter_map(|point| Some((point[x].as_f64()?, point[y].as_f64()?))).collect()
}

/// The least and the greatest of both axes.
fn ends(lines: &[Line]) -> ((f64, f64), (f64, f64)) {
    let all = lines.iter().flat_map(|line| &line.points);
    all.fold(((f64::MAX, f64::MAX), (0.0, 0.0)), |(least, most), point| {
        ((least.0.min(point.0), least.1.min(point.1)), (f64::max(most.0, point.0), f64::max(most.1, point.1)))
    })
}

fn picture<X, Y>(file: &Path, frame: &Frame<'_>, lines: &[Line], x: X, y: Y) -> Result<()>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let failed = |error: &dyn std::fmt::Display| anyhow!("cannot draw {}: {error}", file.display());
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE).map_err(|error| failed(&error))?;
    let mut builder = ChartBuilder::on(&root);
    builder.caption(frame.title, ("sans-serif", 20)).margin(16).x_label_area_size(48).y_label_area_size(72);
    let mut chart = builder.build_cartesian_2d(x, y).map_err(|error| failed(&error))?;
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(frame.x).y_desc(frame.y).light_line_style(WHITE);
    mesh.x_label_formatter(&|x| x.to_string())
        .y_label_formatter(&|y| y.to_string())
        .draw()
        .map_err(|error| failed(&error))?;
    for line in lines {
        let colour = line.colour;
        let drawn = chart.draw_series(LineSeries::new(line.points.iter().copied(), &colour));
        let drawn = drawn.map_err(|error| failed(&error))?;
        drawn.label(line.name).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
        let dots = line.points.iter().map(|point| Circle::new(*point, 3, colour.filled()));
        chart.draw_series(dots).map_err(|error| failed(&error))?;
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperLeft).background_style(WHITE).border_style(BLACK);
    labels.draw().map_err(|error| failed(&error))?;
    root.present().map_err(|error| failed(&error))
}
