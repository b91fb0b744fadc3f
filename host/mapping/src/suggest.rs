//! Proposes a mapping for a sample by the names of its members: `phoneNumber` is a phone, `customer.email` an email.
//!
//! A proposal is looked at by a person before it is saved, so it may be wrong; but what it says compiles, fits the
//! sample, and is the same for the same sample. `admin` calls this while an automation is written.

mod meaning;
mod place;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::IdentifierKind;
use meaning::Target;
use place::{Found, Place};

/// The most declared fields that are looked for.
const FIELDS_MAX: usize = 1_000;
/// The most arrays whose elements are looked at.
const ARRAYS_MAX: usize = 20;
/// What finds a contact, in the order of preference: whoever is written to is best known by phone.
const IDENTIFIERS: [IdentifierKind; 3] = [IdentifierKind::Phone, IdentifierKind::Email, IdentifierKind::ExternalId];
/// Fields that are proposed whether they are declared or not.
const KNOWN_FIELDS: [&str; 2] = ["first_name", "last_name"];

/// A proposed mapping. Its words are the document's: it can be written into `trigger.webhook` as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The array whose elements are one contact each, if no contact is found outside of arrays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// What finds the contact; `None` if nothing in the sample looks like it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<SuggestedIdentifier>,
    /// What else is known about the contact; no field twice, and none that is the identifier.
    pub map: Vec<SuggestedField>,
}

/// A proposed identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestedIdentifier {
    /// Which it is.
    pub field: IdentifierKind,
    /// Where it is: RFC 9535 JSONPath.
    pub from: String,
}

/// A proposed field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestedField {
    /// The contact field to write.
    pub field: String,
    /// Where its value is: RFC 9535 JSONPath.
    pub from: String,
    /// What should be done to the value, in order: names of transforms without arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<&'static str>,
}

/// Proposes a mapping for payloads like `sample`. `fields` are the names that the workspace declares.
pub fn suggest(sample: &Value, fields: &[&str]) -> Suggestion {
    let targets = targets(fields);
    let found = Place::whole(sample).look();
    let outside = propose(&found.scalars, &targets);
    if outside.identifier.is_some() {
        return outside;
    }
    let Found { scalars, elements } = found;
    let in_elements = elements.into_iter().take(ARRAYS_MAX).filter_map(|element| {
        let each = element.path.clone();
        let scalars: Vec<_> = scalars.iter().cloned().chain(element.look().scalars).collect();
        let proposed = propose(&scalars, &targets);
        let rank = {
            let kind = proposed.identifier.as_ref()?.field;
            IDENTIFIERS.iter().position(|known| *known == kind)?
        };
        Some((rank, Suggestion { each: Some(each), ..proposed }))
    });
    in_elements.min_by_key(|(rank, _)| *rank).map_or(outside, |(_, best)| best)
}

/// The known fields, then the declared ones in their order; none that contacts are found by.
fn targets<'f>(fields: &[&'f str]) -> Vec<Target<'f>> {
    let mut seen = BTreeSet::new();
    let declared = fields.iter().take(FIELDS_MAX).filter(|field| IdentifierKind::of_field(field).is_none());
    let declared: Vec<_> = declared.filter(|field| seen.insert(**field)).map(|field| Target::field(field)).collect();
    // A workspace that declares `First Name` means that one.
    let known = KNOWN_FIELDS.into_iter().map(Target::field);
    let known: Vec<_> = known.filter(|known| !declared.iter().any(|field| field.is_like(known))).collect();
    known.into_iter().chain(declared).collect()
}

fn propose(scalars: &[Place<'_>], targets: &[Target<'_>]) -> Suggestion {
    let found = IDENTIFIERS.into_iter().filter_map(|kind| {
        let target = Target::identifier(kind);
        let costs = scalars.iter().filter_map(|place| Some((target.cost(place)?, place.names.len(), &place.path)));
        let (.., from) = costs.min()?;
        Some(SuggestedIdentifier { field: kind, from: from.clone() })
    });
    let mut found = found.collect::<Vec<_>>().into_iter();
    let identifier = found.next();
    let others = found.map(|other| SuggestedField {
        field: other.field.field().to_owned(),
        from: other.from,
        transforms: Vec::new(),
    });
    Suggestion { each: None, identifier, map: fields(scalars, targets).chain(others).collect() }
}

/// The best place for each target, in the order of the targets; no place is taken twice.
fn fields<'a>(scalars: &'a [Place<'_>], targets: &'a [Target<'_>]) -> impl Iterator<Item = SuggestedField> + 'a {
    let mut pairs: Vec<_> = targets
        .iter()
        .enumerate()
        .flat_map(|(index, target)| {
            let costs = scalars.iter().filter_map(|place| Some((target.cost(place)?, place)));
            costs.map(move |(cost, place)| (cost, place.names.len(), &place.path, index, place))
        })
        .collect();
    pairs.sort_by(|one, other| (one.0, one.1, one.2, one.3).cmp(&(other.0, other.1, other.2, other.3)));
    let mut taken = BTreeSet::new();
    let mut chosen: Vec<Option<&Place<'_>>> = vec![None; targets.len()];
    for (_, _, path, index, place) in pairs {
        if chosen[index].is_none() && taken.insert(path) {
            chosen[index] = Some(place);
        }
    }
    targets.iter().zip(chosen).filter_map(|(target, place)| {
        let place = place?;
        Some(SuggestedField {
            field: target.field.to_owned(),
            from: place.path.clone(),
            transforms: target.transforms(place.value),
        })
    })
}
