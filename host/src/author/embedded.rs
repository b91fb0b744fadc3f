//! What the program carries for authors: the SDK, its templates and the contract, as they were when it was built.

/// Paths from the root of the repository, and texts; sorted.
pub(crate) static FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files under a folder (`sdk/rust/`), with the rest of their paths.
pub(crate) fn under(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter_map(move |(path, text)| Some((path.strip_prefix(folder)?, *text)))
}

/// The text of one file.
pub(crate) fn text(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}
