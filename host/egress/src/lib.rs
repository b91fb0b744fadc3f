//! The way out over HTTP: the only room that calls other machines, for everyone who does.
//!
//! [`Addresses`] says which may be reached; [`client`] makes clients that reach no others, follow no redirects, know no
//! proxy, and look a name up once for each connection: what was checked is what is connected to.

mod address;
mod client;
mod networks;

pub use address::Addresses;
pub use client::{AddressForbidden, Transport, client, is_forbidden};
pub use networks::networks;
pub use reqwest::{self, Client, Response, Url};
