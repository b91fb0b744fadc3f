//! Phone numbers: one spelling (E.164) for one number, on write and on look-up.
//!
//! All rules are libphonenumber's (a port of it, with its metadata); none is ours. What we decide is the order of
//! reading: as someone in the workspace's country would dial it, then, if that is no number, as an international
//! number whose `+` was lost. So `12155556677` is American for a workspace in the US, `4930901820` is German there,
//! because 493 is no American area code, and `+49 30 901820` is German everywhere.
//!
//! Where both readings are numbers of the same country, the national one counts only as it is written there. In Germany
//! `491701234567` is the mobile number: in the town of the area code 04917, where libphonenumber alone would put it, one
//! would write `04917…`, and `+491701234567` would be another contact.
//!
//! A number must be *valid* for libphonenumber, not only *possible*: the possible ones are told by length alone, and
//! by length `4930901820` is American. The price is that a number range opened after the metadata was published is
//! refused until the crate is updated.
//!
//! Letters are refused: libphonenumber would dial `1-800-FLOWERS`, drop an extension and find a number inside a
//! sentence, and each of these would make two people one contact.

use std::ops::RangeInclusive;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};

/// The longest text that is looked at, in characters. The longest number has 15 digits.
const CHARACTERS_MAX: usize = 64;

/// How many digits a number may have as it is written: six in the smallest countries, fifteen after a `00` at most.
const POSSIBLE_DIGITS: RangeInclusive<usize> = 6..=17;

/// A text is not a phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// There is nothing but blanks.
    #[error("it is empty")]
    Empty,
    /// It is too long to be a phone number.
    #[error("it is longer than {CHARACTERS_MAX} characters")]
    TooLong,
    /// It contains something that no phone number contains.
    #[error("it contains characters other than digits, `+` and the usual separators")]
    Character,
    /// libphonenumber does not know it.
    #[error(
        "it is not a valid phone number{}; send it with `+` and the country code",
        place(.country)
    )]
    NotValid {
        /// The country it was read in; empty for none.
        country: String,
    },
    /// The country is not one.
    #[error("`{country}` is not a country; use two letters of ISO 3166 such as `US`")]
    UnknownCountry {
        /// What was given.
        country: String,
    },
}

fn place(country: &str) -> String {
    if country.is_empty() { String::new() } else { format!(", neither in {country} nor written internationally") }
}

/// The number in E.164 (`+12155556677`).
///
/// `country` is the two letters (ISO 3166, either case) that a number without a country code is read in; empty if
/// there is no such country, and then only international numbers are understood.
pub fn e164(text: &str, country: &str) -> Result<String, PhoneError> {
    let region = region(country)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(PhoneError::Empty);
    }
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        return Err(PhoneError::TooLong);
    }
    if !text.chars().all(is_written_in_numbers) {
        return Err(PhoneError::Character);
    }
    read(text, region)
        .or_else(|| {
            lost_plus(text).and_then(|international| valid(&international, None)).map(|number| e164_of(&number))
        })
        .ok_or_else(|| PhoneError::NotValid { country: country.to_ascii_uppercase() })
}

/// Whether a text has the characters and the length of a phone number, in whatever country.
pub(crate) fn is_possible(text: &str) -> bool {
    let text = text.trim();
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    POSSIBLE_DIGITS.contains(&digits) && text.len() <= CHARACTERS_MAX && text.chars().all(is_written_in_numbers)
}

/// Whether [`e164`] can read national numbers of this country.
pub fn knows_country(country: &str) -> bool {
    matches!(region(country), Ok(Some(_)))
}

/// Makes the first [`e164`] of this country as quick as the later ones.
///
/// The tables and each country's patterns are built when first used, which takes milliseconds; call this when the
/// host starts or a workspace is loaded. Does nothing for an unknown country.
pub fn warm(country: &str) {
    if let Ok(Some(region)) = region(country)
        && let Ok(number) = PHONE_NUMBER_UTIL.get_example_number(region)
    {
        PHONE_NUMBER_UTIL.is_valid_number(&number);
        // No number of any country begins so, hence every pattern of this one is tried.
        drop(valid("0000000000", Some(region)));
    }
}

fn region(country: &str) -> Result<Option<Region>, PhoneError> {
    if country.is_empty() {
        return Ok(None);
    }
    country
        .to_ascii_uppercase()
        .parse::<Region>()
        .ok()
        .filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some())
        .map(Some)
        .ok_or_else(|| PhoneError::UnknownCountry { country: country.chars().take(8).collect() })
}

/// The number as somebody in the country writes it.
fn read(text: &str, region: Option<Region>) -> Option<String> {
    let number = valid(text, region)?;
    let code = number.country_code.to_string();
    let stored = e164_of(&number);
    let code_follows_code = stored[1..].strip_prefix(&*code).is_some_and(|national| national.starts_with(&*code));
    if !code_follows_code || is_national_form(text, &number) {
        return Some(stored);
    }
    let with_plus = lost_plus(text).and_then(|international| valid(&international, None));
    Some(with_plus.filter(|other| other.country_code == number.country_code).map_or(stored, |other| e164_of(&other)))
}

fn is_national_form(text: &str, number: &PhoneNumber) -> bool {
    let digits = |text: &str| PHONE_NUMBER_UTIL.normalize_digits_only(text);
    digits(text) == digits(&PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::National))
}

fn valid(text: &str, region: Option<Region>) -> Option<PhoneNumber> {
    PHONE_NUMBER_UTIL.parse(text, region).ok().filter(|number| PHONE_NUMBER_UTIL.is_valid_number(number))
}

fn e164_of(number: &PhoneNumber) -> String {
    PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).into_owned()
}

/// The text with its `+` put back, unless it has one. `00` is how most of the world dials `+`.
fn lost_plus(text: &str) -> Option<String> {
    (!text.starts_with(['+', '＋'])).then(|| format!("+{}", text.strip_prefix("00").unwrap_or(text)))
}

/// Digits of any script, and the separators libphonenumber skips, without its `x` and `~`.
fn is_written_in_numbers(c: char) -> bool {
    c.is_numeric()
        || c.is_whitespace()
        || matches!(c, '+' | '＋' | '-' | '.' | '/' | '(' | ')' | '[' | ']' | '（' | '）' | '［' | '］' | '．' | '／')
        || matches!(
            c,
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' | '\u{FF0D}' | '\u{AD}' | '\u{200B}' | '\u{2060}'
        )
}
