//! Places in a document as faults write them: `steps[1].settings.list`.

use jsonschema::paths::{Location, LocationSegment};

/// A JSON Schema location below `outer` (which may be empty) as a place.
pub(super) fn place(outer: &str, location: &Location) -> String {
    let mut place = outer.to_owned();
    for segment in location.segments() {
        match segment {
            LocationSegment::Property(name) => push(&mut place, &name),
            LocationSegment::Index(index) => place.push_str(&format!("[{index}]")),
        }
    }
    place
}

/// The place of a property of what is at `outer`.
pub(super) fn property(outer: &str, name: &str) -> String {
    let mut place = outer.to_owned();
    push(&mut place, name);
    place
}

fn push(place: &mut String, name: &str) {
    if !place.is_empty() {
        place.push('.');
    }
    place.push_str(name);
}
