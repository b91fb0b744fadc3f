//! The files of the page: those that the program carries, joined and packed once each; or those of a folder, read each time.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use axum::http::HeaderValue;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hookbox_model::Digest;
use rust_embed::RustEmbed;

use super::DOCUMENT;
use super::joined::{Texts, joined};
use super::media::media_type;

/// What stands in `host/admin/ui` when the program is built.
#[derive(RustEmbed)]
#[folder = "ui/"]
struct Embedded;

/// Below this size, in bytes, packing saves nothing worth a header.
const PACKED_BYTES_MIN: usize = 512;

/// How many digits of a digest name a version or a content.
const TAG_DIGITS: usize = 20;

/// Where files come from.
#[derive(Debug)]
pub(super) enum Files {
    /// The program.
    Embedded {
        /// By their names below `ui`.
        files: BTreeMap<String, Arc<File>>,
        /// What is answered in place of some of them at addresses of this version: they with all that they import.
        joined: BTreeMap<String, Arc<File>>,
        /// What their addresses are named after: it changes with any of them.
        version: String,
    },
    /// A folder, which somebody works in.
    Folder(PathBuf),
}

/// One file.
#[derive(Debug)]
pub(super) struct File {
    bytes: Bytes,
    media_type: &'static str,
    tag: HeaderValue,
    packed: OnceLock<Option<Bytes>>,
}

impl Files {
    /// Those of the folder, or those that the program carries where none is named.
    pub(super) fn of(folder: &Path) -> Self {
        if !folder.as_os_str().is_empty() {
            return Self::Folder(folder.to_owned());
        }
        let mut texts: Texts = Embedded::iter()
            .filter_map(|name| {
                Some((name.to_string(), String::from_utf8(Embedded::get(&name)?.data.into_owned()).ok()?))
            })
            .collect();
        let version = version_of(&texts);
        if let Some(document) = texts.get_mut(DOCUMENT) {
            *document = named_after(document, &version);
        }
        let joined = joined(&texts).expect("what the program carries is what a test of it has joined");
        Self::Embedded { files: of_texts(texts), joined: of_texts(joined), version }
    }

    /// What the addresses of files are named after; nothing in a folder, where they change.
    pub(super) fn version(&self) -> Option<&str> {
        match self {
            Self::Embedded { version, .. } => Some(version),
            Self::Folder(_) => None,
        }
    }

    /// The file of this name, if there is one; with all that it imports where its address is of this version.
    pub(super) async fn get(&self, name: &str, of_version: bool) -> Option<Arc<File>> {
        match self {
            Self::Embedded { files, joined, .. } => {
                joined.get(name).filter(|_| of_version).or_else(|| files.get(name)).cloned()
            }
            Self::Folder(folder) => {
                // Checked before it is looked for: no name leads out of the folder.
                if !name.split('/').all(is_plain) || media_type(name).is_none() {
                    return None;
                }
                let bytes = tokio::fs::read(folder.join(name)).await.ok()?;
                File::new(name, bytes.into()).map(Arc::new)
            }
        }
    }
}

impl File {
    /// A file of a kind that the page has; nothing for any other.
    fn new(name: &str, bytes: Bytes) -> Option<Self> {
        let media_type = media_type(name)?;
        let tag = format!("W/\"{}\"", short(&Digest::of(&bytes)));
        let tag = HeaderValue::from_str(&tag).expect("a digest in hexadecimal digits is a header value");
        Some(Self { bytes, media_type, tag, packed: OnceLock::new() })
    }

    /// Its content.
    pub(super) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Its media type.
    pub(super) fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// What tells this content from another.
    pub(super) fn tag(&self) -> &HeaderValue {
        &self.tag
    }

    /// The content as gzip, made when it is first asked for; nothing where that is no smaller.
    pub(super) fn packed(&self) -> Option<Bytes> {
        self.packed.get_or_init(|| packed(&self.bytes)).clone()
    }
}

fn packed(bytes: &Bytes) -> Option<Bytes> {
    if bytes.len() < PACKED_BYTES_MIN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < bytes.len()).then(|| packed.into())
}

/// Files of these texts, by their names.
fn of_texts(texts: Texts) -> BTreeMap<String, Arc<File>> {
    let file = |(name, text): (String, String)| Some((name.clone(), Arc::new(File::new(&name, text.into())?)));
    texts.into_iter().filter_map(file).collect()
}

/// A digest of all names and contents.
fn version_of(texts: &Texts) -> String {
    let lines: String = texts.iter().map(|(name, text)| format!("{name} {}\n", Digest::of(text.as_bytes()))).collect();
    short(&Digest::of(lines.as_bytes()))
}

/// The document with the addresses of files below a folder that is named after their content. What they import is relative,
/// so it is there too.
fn named_after(document: &str, version: &str) -> String {
    document.replace("\"/ui/", &format!("\"/ui/@{version}/"))
}

/// The first digits of a digest: enough to tell what one program has carried from the rest.
fn short(digest: &Digest) -> String {
    digest.to_string().chars().take(TAG_DIGITS).collect()
}

/// Whether a part of a name is one that files of the page have.
fn is_plain(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
}
