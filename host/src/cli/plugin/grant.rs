//! What is granted, as the command line says it: a capability and what it is granted for.

use serde::Serialize;

/// A capability and one scope, as `contacts.tag hot` or `http POST https://api.example.com`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Grant {
    capability: String,
    scope: [String; 1],
}

/// The grant that a text says.
pub(super) fn grant(text: &str) -> Result<Grant, String> {
    let parts = text.trim().split_once(' ').map(|(capability, scope)| (capability, scope.trim()));
    let Some((capability, scope)) = parts else {
        return Err("say the capability and what it is granted for, like 'contacts.tag hot'".to_owned());
    };
    Ok(Grant { capability: capability.to_owned(), scope: [scope.to_owned()] })
}

#[cfg(test)]
mod tests {
    use super::grant;

    #[test]
    fn a_grant_is_a_capability_and_all_that_follows() {
        let grant_of = |text: &str| grant(text).map(|grant| (grant.capability, grant.scope[0].clone()));
        let call = ("http".to_owned(), "POST https://api.example.com".to_owned());
        assert_eq!(grant_of("http POST https://api.example.com"), Ok(call));
        assert!(grant("http").is_err());
    }
}
