//! Email addresses: one spelling for one address, on write and on look-up.
//!
//! Lower case, one `@`, a sane local part and a domain with a dot. Quoted local parts, comments, `Name <address>` and
//! addresses at bare IP numbers are refused: they are legal and never what a form meant.

/// The longest address in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
const ADDRESS_BYTES_MAX: usize = 254;
/// The longest local part in bytes (RFC 5321 §4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// The longest label of a domain in bytes (RFC 1035 §2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// A text is not an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is nothing but blanks.
    #[error("it is empty")]
    Empty,
    /// It is too long for any mail server.
    #[error("it is longer than {ADDRESS_BYTES_MAX} bytes, or its part before `@` longer than {LOCAL_BYTES_MAX}")]
    TooLong,
    /// None, or several.
    #[error("it must have exactly one `@`")]
    At,
    /// What is before the `@`.
    #[error("the part before `@` is not one that mail servers accept")]
    Local,
    /// What is after the `@`.
    #[error("the part after `@` is not a domain name like `example.com`")]
    Domain,
}

/// The address in the form it is stored and looked up by.
pub fn email(text: &str) -> Result<String, EmailError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(EmailError::Empty);
    }
    let address = text.to_lowercase();
    let (local, domain) = address.split_once('@').ok_or(EmailError::At)?;
    if domain.contains('@') {
        return Err(EmailError::At);
    }
    if address.len() > ADDRESS_BYTES_MAX || local.len() > LOCAL_BYTES_MAX {
        return Err(EmailError::TooLong);
    }
    if !local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(in_atom)) {
        return Err(EmailError::Local);
    }
    if !is_domain(domain) {
        return Err(EmailError::Domain);
    }
    Ok(address)
}

/// RFC 5322 `atext`, and letters of other scripts (RFC 6531).
fn in_atom(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c) || "!#$%&'*+/=?^_`{|}~-".contains(c)
}

fn is_domain(domain: &str) -> bool {
    let labels = domain.split('.').collect::<Vec<_>>();
    labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.len() <= LABEL_BYTES_MAX
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || is_mark(c) || c == '-')
        })
        && labels.last().is_some_and(|top| top.chars().any(char::is_alphabetic))
}

/// The dot that lower-casing `İ` leaves behind, so that the stored form is accepted again.
fn is_mark(c: char) -> bool {
    c == '\u{307}'
}

#[cfg(test)]
mod tests {
    use super::{EmailError, email};

    fn check(text: &str, expected: Result<&str, EmailError>) {
        assert_eq!(email(text), expected.map(str::to_owned), "{text:?}");
        if let Ok(address) = expected {
            assert_eq!(email(address).as_deref(), Ok(address), "the stored form of {text:?} is looked up as itself");
        }
    }

    #[test]
    fn addresses_have_one_spelling_and_nonsense_is_refused() {
        check(" John.Smith@Example.COM ", Ok("john.smith@example.com"));
        check("o'neil+orders@mail.example.co.uk", Ok("o'neil+orders@mail.example.co.uk"));
        check("jörg@müller.example", Ok("jörg@müller.example"));
        check("İ@example.com", Ok("i\u{307}@example.com"));
        check("x@xn--mller-kva.example", Ok("x@xn--mller-kva.example"));
        check("  ", Err(EmailError::Empty));
        check("john", Err(EmailError::At));
        check("a@b@example.com", Err(EmailError::At));
        check("@example.com", Err(EmailError::Local));
        check("a..b@example.com", Err(EmailError::Local));
        check(".a@example.com", Err(EmailError::Local));
        check("a b@example.com", Err(EmailError::Local));
        check("John <john@example.com>", Err(EmailError::Local));
        check("\"a b\"@example.com", Err(EmailError::Local));
        check("a\u{0}@example.com", Err(EmailError::Local));
        check("john@example", Err(EmailError::Domain));
        check("john@127.0.0.1", Err(EmailError::Domain));
        check("john@[127.0.0.1]", Err(EmailError::Domain));
        check("john@-example.com", Err(EmailError::Domain));
        check("john@example..com", Err(EmailError::Domain));
        check("john@example.com.", Err(EmailError::Domain));
        check("john@exa mple.com", Err(EmailError::Domain));
        check(&format!("{}@example.com", "a".repeat(65)), Err(EmailError::TooLong));
        check(&format!("a@{}.com", "a.".repeat(130)), Err(EmailError::TooLong));
        check(&format!("a@{}.com", "a".repeat(64)), Err(EmailError::Domain));
    }
}
