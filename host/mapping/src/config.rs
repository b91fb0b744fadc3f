//! The limits of the mapping language: every loop over what a document or a payload says ends at one of these.

use serde::Deserialize;

/// Limits of mappings and settings. They bound what one automation can cost the others on its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The most contact fields one mapping fills. 200.
    pub fields_max: usize,
    /// The most transforms of one field, or filters of one expression. 20.
    pub transforms_max: usize,
    /// The longest JSONPath in bytes. 256.
    pub path_bytes_max: usize,
    /// The most paths of one mapping that search (wildcards, filters, `..`) instead of naming a place. 20.
    pub searches_max: usize,
    /// The longest template as written, in bytes. 64 KiB.
    pub template_source_bytes_max: usize,
    /// The longest text one template renders, and the longest text a transform takes or makes, in bytes. 64 KiB.
    pub template_bytes_max: usize,
    /// The longest JSON text that one step's settings render to, in bytes. 1 MiB.
    pub settings_bytes_max: usize,
    /// The most pieces that `split` makes. 10,000.
    pub pieces_max: usize,
    /// The most bytes of text that the transforms of one application of a mapping, or the filters of one rendering of
    /// settings, go through in all; each transform counts the text it is given. 4 MiB.
    pub work_bytes_max: usize,
    /// The most expressions (`{{…}}`) in the settings of one step. 200.
    pub expressions_max: usize,
    /// The most elements of an array that `each` makes runs of. 1,000: they begin in one transaction.
    pub each_max: usize,
    /// The longest condition in bytes. 1,000.
    pub condition_bytes_max: usize,
    /// The most operators, dots and brackets of one condition, those in its texts included. 150: they make its tree deep.
    pub condition_marks_max: usize,
    /// The deepest nesting of brackets in a condition. 12.
    pub condition_nesting_max: usize,
    /// The most bytes that one evaluation of a condition goes through: what it reads, times the parts it has. 16 MiB.
    pub condition_work_bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            fields_max: 200,
            transforms_max: 20,
            path_bytes_max: 256,
            searches_max: 20,
            template_source_bytes_max: 64 * 1024,
            template_bytes_max: 64 * 1024,
            settings_bytes_max: 1024 * 1024,
            pieces_max: 10_000,
            work_bytes_max: 4 * 1024 * 1024,
            expressions_max: 200,
            each_max: 1_000,
            condition_bytes_max: 1_000,
            condition_marks_max: 150,
            condition_nesting_max: 12,
            condition_work_bytes_max: 16 * 1024 * 1024,
        }
    }
}
