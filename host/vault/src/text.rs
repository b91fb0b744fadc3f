//! A secret text in the clear (a password, a token of another system): in memory only, overwritten when it is dropped.

use std::fmt;

use hookbox_model::PluginSecret;
use zeroize::Zeroizing;

/// A text that plugins use without seeing it.
pub struct Text(Zeroizing<String>);

/// A text cannot be kept as a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is none.
    #[error("it is empty")]
    Empty,
    /// It is too long.
    #[error("it has more than {max} bytes", max = PluginSecret::TEXT_BYTES_MAX)]
    TooLong,
    /// It could not stand in a header, which is where secrets go.
    #[error("it has line breaks or other control characters, which no header can hold")]
    Control,
}

impl Text {
    /// A text that can be kept.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long or could not stand in a header. Nothing of the text is in it.
    pub fn new(text: Zeroizing<String>) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > PluginSecret::TEXT_BYTES_MAX {
            return Err(TextError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(TextError::Control);
        }
        Ok(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, TextError};

    #[test]
    fn a_text_that_no_header_could_hold_is_refused_and_none_is_shown() {
        let check = |text: &str, expected: Result<(), TextError>| {
            assert_eq!(Text::new(text.to_owned().into()).map(drop), expected, "{text}");
        };
        check("Bearer abc def", Ok(()));
        check(&"x".repeat(4096), Ok(()));
        check(&"x".repeat(4097), Err(TextError::TooLong));
        check("", Err(TextError::Empty));
        check("a\nb", Err(TextError::Control));
        let shown = format!("{:?}", Text::new("geheim".to_owned().into()));
        assert_eq!(shown, "Ok(Text(…))");
    }
}
