//! The vault: the only room that encrypts secrets at rest, signs with them and checks signatures.
