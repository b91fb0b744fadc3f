//! Passwords: argon2id, few at once because each takes memory, and which ones are taken at all.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use hookbox_model::PasswordHash;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::config::LoginConfig;
use crate::refusal::{Fault, Refusal};

/// The longest password in bytes: more adds nothing, and is work.
const PASSWORD_BYTES_MAX: usize = 200;

/// A password as somebody typed it. It has no way into a log.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(inline, extend("format" = "password"))]
pub(crate) struct Password(String);

/// Hashes and verifies passwords.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// Those that may be hashed at once.
    hashing: Arc<Semaphore>,
    /// Those that may be hashed or wait for it; further ones are told to come again.
    asking: Arc<Semaphore>,
    asking_max: usize,
    chars_min: usize,
}

impl Passwords {
    /// With these costs and limits. Costs that argon2 cannot have are raised to the least it can.
    pub(crate) fn new(config: &LoginConfig) -> Self {
        let memory = config.hash_memory_kib.max(Params::MIN_M_COST);
        let params = Params::new(memory, config.hash_rounds.max(Params::MIN_T_COST), 1, None);
        let params = params.expect("both are within the bounds of argon2, and one lane is");
        let asking_max = config.hashes_max.saturating_add(config.hashes_waiting_max).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            hashing: Arc::new(Semaphore::new(config.hashes_max.clamp(1, Semaphore::MAX_PERMITS))),
            asking: Arc::new(Semaphore::new(asking_max)),
            asking_max,
            chars_min: config.password_chars_min,
        }
    }

    /// Why a user with this address cannot have that password.
    pub(crate) fn fault(&self, at: &str, password: &Password, email: &str) -> Option<Fault> {
        let message = if password.0.chars().count() < self.chars_min {
            format!("a password has at least {} characters", self.chars_min)
        } else if password.0.len() > PASSWORD_BYTES_MAX {
            format!("a password has at most {PASSWORD_BYTES_MAX} bytes")
        } else if password.0.to_lowercase() == email {
            "a password is not the address".to_owned()
        } else {
            return None;
        };
        Some(Fault::new(at, message))
    }

    /// The hash of a password, salted with these random bytes.
    pub(crate) async fn hash(&self, password: Password, salt: [u8; 16]) -> Result<PasswordHash, Refusal> {
        let argon2 = self.argon2.clone();
        let hashed = self.aside(move || argon2.hash_password_with_salt(password.0.as_bytes(), &salt)).await?;
        let hash = hashed.map_err(|error| Refusal::BrokenOff { what: "hash", reason: error.to_string() })?;
        Ok(PasswordHash::new(hash.to_string()))
    }

    /// Whether it is the password of this hash. Without a hash it is not, after the same work.
    pub(crate) async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, Refusal> {
        let argon2 = self.argon2.clone();
        self.aside(move || match hash {
            Some(hash) => argon2.verify_password(password.0.as_bytes(), hash.as_phc()).is_ok(),
            None => {
                // Not left out, though nothing comes of it.
                let worked = argon2.hash_password_with_salt(password.0.as_bytes(), &[0; 16]);
                std::hint::black_box(worked.is_ok());
                false
            }
        })
        .await
    }

    /// Works on a thread that may take its time, when there is room.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let asking = Arc::clone(&self.asking).try_acquire_owned();
        let asking = asking.map_err(|_| Refusal::Crowded { what: "passwords", max: self.asking_max })?;
        let room = Arc::clone(&self.hashing).acquire_owned().await.expect("the semaphore is never closed");
        let worked = tokio::task::spawn_blocking(move || {
            // Kept also when nobody waits for the answer any more: the memory is taken till then.
            let _kept = (asking, room);
            work()
        });
        worked.await.map_err(|error| Refusal::BrokenOff { what: "hash", reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Poll;

    use super::{Password, Passwords};
    use crate::config::LoginConfig;
    use crate::refusal::Refusal;

    fn passwords() -> Passwords {
        Passwords::new(&LoginConfig { hash_memory_kib: 8, hash_rounds: 1, ..LoginConfig::default() })
    }

    fn password(text: &str) -> Password {
        Password(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_itself_is_it() {
        let passwords = passwords();
        let hash = passwords.hash(password("correct horse"), [7; 16]).await.expect("a hash");
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", hash.as_phc());
        for (text, hash, expected) in [
            ("correct horse", Some(hash.clone()), true),
            ("correct horse ", Some(hash), false),
            ("correct horse", None, false),
            ("correct horse", Some(hookbox_model::PasswordHash::new("damaged".into())), false),
        ] {
            assert_eq!(passwords.verify(password(text), hash).await.ok(), Some(expected), "{text}");
        }
    }

    #[tokio::test]
    async fn no_more_passwords_are_hashed_at_once_than_there_is_memory_for() {
        let config = LoginConfig { hashes_max: 1, hashes_waiting_max: 1, hash_memory_kib: 8, ..LoginConfig::default() };
        let passwords = Passwords::new(&config);
        let room = Arc::clone(&passwords.hashing).acquire_owned().await.expect("the one there is");
        let first = passwords.verify(password("correct horse"), None);
        let held = Arc::clone(&passwords.asking).acquire_owned().await.expect("one of two");
        let mut first = std::pin::pin!(first);
        let waits = poll_fn(|context| Poll::Ready(first.as_mut().poll(context).is_pending())).await;
        assert!(waits, "for the memory");
        let further = passwords.verify(password("correct horse"), None).await;
        assert!(matches!(further, Err(Refusal::Crowded { max: 2, .. })), "who comes on top is told to come again");
        drop((room, held));
        assert!(matches!(first.await, Ok(false)));
    }

    #[test]
    fn a_password_is_long_enough_and_not_the_address() {
        let check = |text: &str| passwords().fault("password", &password(text), "ann@example.com").is_none();
        assert!(check("twelve chars") && check("zwölf Zeiche") && check(&"x".repeat(200)));
        assert!(!check("eleven char") && !check(&"x".repeat(201)) && !check("Ann@example.com"));
    }
}
