//! The way out over HTTP: the only room that calls other machines, for everyone who does.
//!
//! [`Addresses`] says which may be reached; [`client`] makes clients that reach no others, follow no redirects, know no
//! proxy, and look a name up once for each connection: what was checked is what is connected to. [`Clients`] has one for each
//! workspace.

mod address;
mod client;
mod clients;
mod failure;
mod names;
mod networks;

pub use address::Addresses;
pub use client::{AddressForbidden, Transport, client, client_with};
pub use clients::{ClientLimits, Clients, ClientsError};
pub use failure::{Failure, causes, is_forbidden};
pub use names::{Names, SystemNames};
pub use networks::networks;
pub use reqwest::{self, Client, Response, Url};
