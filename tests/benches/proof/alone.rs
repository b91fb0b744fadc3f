//! `proof load URL`: the load client alone, against anything that answers HTTP; the scripts in `tests/peers` use it, so that
//! others are measured by what measures us.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hookbox_tests::documents::JOHN;

use crate::load::{Contacts, Length, Load, Target};
use crate::options::number;

/// Distinct contacts in the body.
const CONTACTS: u64 = 10_000;

/// Sends the load that the arguments ask for and prints what was seen, as one line of JSON.
#[expect(clippy::print_stdout, reason = "the line is what it is for")]
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut rest = arguments.iter();
    let url = rest.next().context("load wants a URL")?;
    let (mut key, mut body, mut connections, mut seconds, mut rate) = (None, JOHN.to_owned(), 64, 10, None);
    while let Some(name) = rest.next() {
        let value = rest.next().with_context(|| format!("{name} wants a value"))?;
        match name.as_str() {
            "--bearer" => key = Some(value.as_str()),
            "--body" => body = fs::read_to_string(value)?.trim_end().to_owned(),
            "--connections" => connections = usize::try_from(number(name, value)?.max(1))?,
            "--seconds" => seconds = number(name, value)?.max(1),
            "--rate" => rate = Some(number(name, value)?.max(1) as f64),
            _ => bail!("{name} means nothing to load; --help says what does"),
        }
    }
    let address = url.strip_prefix("http://").context("load speaks plain HTTP: http://HOST:PORT/PATH")?;
    let (address, path) = address.split_once('/').unwrap_or((address, ""));
    let load = Load {
        address: address.to_owned(),
        targets: vec![Target::new(address, &format!("/{path}"), key, &body)],
        waiting: None,
        connections,
        threads: 1,
        contacts: Contacts::InTurn { first: 0, count: CONTACTS },
        length: Length::For(Duration::from_secs(seconds)),
        per_second: rate,
    };
    println!("{}", load.run()?.report());
    Ok(())
}
