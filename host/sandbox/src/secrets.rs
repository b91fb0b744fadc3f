//! Secrets that guests use and never see.
//!
//! A setting whose schema says `"format": "secret"` holds the name of a plugin secret. In its place the guest is handed a
//! placeholder (`hbxsecret_` and 32 hexadecimal digits, another one for each call), which the host swaps for the text in headers
//! of calls to the secret's own hosts. The host puts the text in no memory, log, record or error of a guest; a placeholder is worth
//! nothing to anybody but the call it was made for. What is not prevented: a host that the secret is for repeats it in the body of
//! an answer, or in a form that is neither the text nor the credentials of `Basic` that it was sent in.

mod places;
mod swap;

use std::collections::VecDeque;

use hookbox_model::{Grants, HttpScope, HttpTarget};
use parking_lot::Mutex;
use serde_json::Value;
use zeroize::Zeroizing;

pub(crate) use places::SecretPlaces;
pub(crate) use swap::SwapError;

use crate::CallError;
use crate::surroundings::Surroundings;

/// How placeholders begin.
const PLACEHOLDER_PREFIX: &str = "hbxsecret_";

/// Different secrets that one step may use.
const SECRETS_MAX: usize = 20;

/// The secrets of one call.
pub(crate) struct Secrets {
    all: Vec<Secret>,
    /// The last credentials that left, for answers that repeat them.
    basics: Mutex<VecDeque<swap::SentBasic>>,
}

/// A secret in the clear, and what stands for it.
struct Secret {
    name: String,
    placeholder: String,
    text: Zeroizing<String>,
    hosts: Vec<HttpScope>,
}

impl Secrets {
    /// Opens the secrets that `settings` name at `places`, and gives the settings with placeholders for them; nothing when they
    /// name none.
    ///
    /// Refused: secrets that are not granted, that do not exist, or that are too many.
    pub(crate) async fn open(
        settings: &str,
        places: &SecretPlaces,
        grants: &Grants,
        surroundings: &dyn Surroundings,
    ) -> Result<Option<(Self, String)>, CallError> {
        let wrong = |message: String| CallError::Settings { message };
        let mut settings: Value = serde_json::from_str(settings).map_err(|error| wrong(error.to_string()))?;
        let mut named = Vec::new();
        places.visit(&mut settings, &mut |place, name| named.push((place.to_owned(), name.clone())));
        let mut secrets = Self::of(Vec::new());
        for (place, name) in named {
            if secrets.named(&name).is_some() {
                continue;
            }
            if secrets.all.len() >= SECRETS_MAX {
                return Err(wrong(format!("settings{place}: a step may use {SECRETS_MAX} secrets")));
            }
            secrets.all.push(Secret::open(&place, name, grants, surroundings).await?);
        }
        if secrets.all.is_empty() {
            return Ok(None);
        }
        places.visit(&mut settings, &mut |_, name| {
            if let Some(secret) = secrets.named(name) {
                name.clone_from(&secret.placeholder);
            }
        });
        Ok(Some((secrets, settings.to_string())))
    }

    fn of(all: Vec<Secret>) -> Self {
        Self { all, basics: Mutex::default() }
    }

    fn named(&self, name: &str) -> Option<&Secret> {
        self.all.iter().find(|secret| secret.name == name)
    }
}

impl Secret {
    async fn open(
        place: &str,
        name: String,
        grants: &Grants,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, CallError> {
        grants
            .check(Grants::SECRET, &name)
            .map_err(|denied| CallError::NotGranted { capability: denied.capability, scope: denied.scope })?;
        let found = surroundings.secret(&name).await;
        let found = found.map_err(|unavailable| CallError::Unavailable { message: unavailable.to_string() })?;
        let Some(found) = found else {
            let name: String = name.chars().take(200).collect();
            return Err(CallError::Settings { message: format!("settings{place}: there is no secret {name:?}") });
        };
        Ok(Self { name, placeholder: placeholder()?, text: found.text, hosts: found.hosts })
    }

    fn may_go_to(&self, target: HttpTarget<'_>) -> bool {
        self.hosts.iter().any(|scope| scope.covers(target))
    }
}

fn placeholder() -> Result<String, CallError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| CallError::Unavailable { message: format!("the system gives no random bytes: {error}") })?;
    Ok(format!("{PLACEHOLDER_PREFIX}{:032x}", u128::from_be_bytes(random)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use hookbox_model::{Grants, HttpScope, Need, StateEntry, StateUsage};
    use serde_json::{Value, json};

    use super::{SecretPlaces, Secrets};
    use crate::{CallError, SecretText, Surroundings, Unavailable};

    /// Has the secret `crm`, and counts who asks.
    #[derive(Default)]
    struct Workspace(AtomicUsize);

    #[async_trait]
    impl Surroundings for Workspace {
        async fn state(&self, _: &str) -> Result<Option<StateEntry>, Unavailable> {
            Ok(None)
        }

        async fn state_usage(&self) -> Result<StateUsage, Unavailable> {
            Ok(StateUsage::default())
        }

        async fn secret(&self, name: &str) -> Result<Option<SecretText>, Unavailable> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let found = SecretText { text: "the text".to_owned().into(), hosts: vec![HttpScope::Anywhere] };
            match name {
                "crm" => Ok(Some(found)),
                "sealed" => Err(Unavailable("the vault is closed".into())),
                _ => Ok(None),
            }
        }
    }

    fn places() -> SecretPlaces {
        let secret = json!({"type": "string", "format": "secret"});
        let schema = json!({"properties": {"key": secret, "deep": {"properties": {"key": secret}}, "a": {}}});
        SecretPlaces::of(&schema.to_string())
    }

    async fn open(settings: Value, granted: &str) -> Result<Option<(Secrets, String)>, CallError> {
        let need = Need { capability: "secret".into(), scope: vec![granted.into()], reason: String::new() };
        Secrets::open(&settings.to_string(), &places(), &Grants::all_of(&[need]), &Workspace::default()).await
    }

    #[tokio::test]
    async fn a_guest_is_handed_a_placeholder_of_its_own_for_each_secret() {
        let settings = json!({"key": "crm", "deep": {"key": "crm"}, "a": ["crm", 1.5]});
        let mut seen = Vec::new();
        for _ in 0..2 {
            let (_, given) = open(settings.clone(), "crm").await.expect("granted").expect("it names a secret");
            let given: Value = serde_json::from_str(&given).expect("JSON");
            let placeholder = given["key"].as_str().expect("a text").to_owned();
            assert!(placeholder.starts_with("hbxsecret_") && placeholder.len() == 42, "{placeholder}");
            assert_eq!(given, json!({"key": placeholder, "deep": {"key": placeholder}, "a": ["crm", 1.5]}));
            seen.push(placeholder);
        }
        assert_ne!(seen[0], seen[1]);
        assert!(open(json!({"a": "crm", "deep": {"key": null}}), "crm").await.expect("nothing to open").is_none());
    }

    #[tokio::test]
    async fn a_secret_that_is_not_granted_or_not_there_is_named() {
        let refused = open(json!({"key": "crm"}), "other").await.err().expect("not granted");
        assert_eq!(refused.to_string().split(';').next(), Some("not granted: secret for \"crm\""));
        let missing = open(json!({"deep": {"key": "gone"}}), "*").await.err().expect("there is none");
        assert!(missing.to_string().contains("settings/deep/key: there is no secret \"gone\""), "{missing}");
        let closed = open(json!({"key": "sealed"}), "*").await.err().expect("it cannot be opened");
        assert_eq!(closed.code(), "unavailable");
    }
}
