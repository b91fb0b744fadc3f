//! Inputs in parts: texts stand in lines of their own, so that a kept input can be read and a mutation keeps to its part.

/// The first `COUNT` lines of an input and what is behind them. Parts that are not there are empty; what is no UTF-8 has characters
/// in its place.
pub(crate) fn split<const COUNT: usize>(input: &[u8]) -> ([String; COUNT], &[u8]) {
    let mut rest = input;
    let lines = std::array::from_fn(|_| {
        let (line, behind) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, &[][..]),
        };
        rest = behind;
        String::from_utf8_lossy(line).into_owned()
    });
    (lines, rest)
}
