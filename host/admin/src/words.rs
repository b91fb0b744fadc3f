//! What the OpenAPI document calls an operation. Everything else it says is derived from the handler's types.

use aide::transform::TransformOperation;

/// The operation's id, unique in the document, and what it does in a few words.
pub(crate) fn words(
    id: &'static str,
    summary: &'static str,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| operation.id(id).summary(summary)
}
