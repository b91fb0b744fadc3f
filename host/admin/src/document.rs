//! Documents: read from JSON or YAML, checked whole, written back.
//!
//! Whoever saves a document is told everything that is wrong with it at once. It goes through three gates: `syntax` (is it
//! JSON or YAML), `structure` (are the keys and types right) and `meaning` (do the names exist, do the paths compile, do the
//! settings suit their plugins). The last two look at the same value, the third without what the second found wrong and can be
//! left out, so that a misspelt key does not hide a wrong path.

mod directory;
mod lines;
mod meaning;
mod naming;
mod place;
mod pointer;
mod preview;
mod ranges;
mod reads;
mod sample;
mod settings;
mod spec;
mod steps;
mod structure;
mod syntax;
mod texts;
mod tree;
mod webhook;
mod writing;

use std::borrow::Cow;
use std::sync::Arc;

use hookbox_model::{Document, Workspace};
use hookbox_store::{Store, StoreError};
use serde_json::Value;

pub(crate) use lines::Lines;
pub(crate) use naming::{Naming, Taken, refuse_if_named};
pub(crate) use pointer::pointer;
pub(crate) use preview::{Preview, preview};
pub(crate) use syntax::Language;
pub(crate) use writing::{draft_yaml, yaml};

use self::tree::Tree;
use crate::config::Config;
use crate::refusal::{Fault, Refusal};

/// The document that a text says, if nothing is wrong with it.
pub(crate) async fn checked(
    text: &[u8],
    language: Language,
    store: &dyn Store,
    workspace: &Workspace,
    config: &Config,
) -> Result<Document, Refusal> {
    let value = read(text, language, config).map_err(|fault| Refusal::Faults(vec![fault]))?;
    let faults = faults(&value, store, workspace, config).await?;
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    // From the text and not from its value: the sample is kept to the letter.
    let json = in_json(text, language, config).map_err(|fault| Refusal::Faults(vec![fault]))?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&json)).map_err(|error| {
        let at = error.path().to_string();
        Refusal::Faults(vec![Fault::new(
            if at == "." { "body".to_owned() } else { at },
            error.into_inner().to_string(),
        )])
    })
}

/// A document from YAML, which cannot say how a sample spells its texts and numbers: with the sample of the document before it, if that
/// says the same in the same order.
pub(crate) fn with_sample_of(document: &Arc<Document>, before: &Document) -> Arc<Document> {
    let tree = |document: &Document| {
        let text = document.trigger.webhook.sample.text()?;
        serde_json::from_str::<Tree>(text).ok()
    };
    if tree(document).is_none_or(|says| tree(before).as_ref() != Some(&says)) {
        return Arc::clone(document);
    }
    let mut kept = Document::clone(document);
    kept.trigger.webhook.sample = before.trigger.webhook.sample.clone();
    Arc::new(kept)
}

/// What a text says, whether it is a document or not. The fault is at a line and a column.
pub(crate) fn read(text: &[u8], language: Language, config: &Config) -> Result<Value, Fault> {
    syntax::value(text, language, config)
}

/// What a text that can be read says, in JSON, its members in the order that they were written in.
pub(crate) fn in_json<'t>(text: &'t [u8], language: Language, config: &Config) -> Result<Cow<'t, str>, Fault> {
    syntax::json(text, language, config)
}

/// Everything that is wrong with what a text says, in the order of places.
pub(crate) async fn faults(
    value: &Value,
    store: &dyn Store,
    workspace: &Workspace,
    config: &Config,
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = structure::faults(value);
    faults.extend(meaning::faults(&structure::legible(value), store, workspace, config).await?);
    faults.sort_by(|one, other| one.at.cmp(&other.at));
    faults.dedup();
    faults.truncate(config.faults_max.max(1));
    Ok(faults)
}
