//! Networks as configuration has them.

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

/// Networks as one text with commas between them, the same in a file and in an environment variable.
pub fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    texts.map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}
