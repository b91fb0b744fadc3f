//! Rust text taken apart as far as the checks need it: what is code, what is comment, what is inside quotes, and which
//! lines are tests. No parser: a check that has to understand types belongs into clippy.

/// One file's text three times, each as long as the file and with the same line breaks; what does not belong is blank.
#[derive(Debug, Clone)]
pub struct Code {
    /// Code only: comments are blank, quoted texts keep their quotes and lose their content.
    pub code: String,
    /// Comments only.
    pub comments: String,
    /// Code outside of `#[cfg(test)]` modules.
    pub shipped: String,
    /// Code inside of `#[cfg(test)]` modules.
    pub tests: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Quoted,
}

impl Code {
    /// Takes `text` apart.
    pub fn of(text: &str) -> Self {
        let parts = parts(text.as_bytes());
        let code = keep(text, &parts, Part::Code);
        let comments = keep(text, &parts, Part::Comment);
        let (shipped, tests) = split_tests(&code);
        Self { code, comments, shipped, tests }
    }
}

/// The line of a byte, counted from 1.
pub fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Whether the byte can be part of a name.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Where `word` stands as a whole word in `text`.
pub fn words_at<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = text.as_bytes();
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let before = at.checked_sub(1).is_some_and(|before| is_word(bytes[before]));
        let after = bytes.get(at + word.len()).is_some_and(|byte| is_word(*byte));
        !before && !after
    })
}

/// The byte after the brace that closes the one at `open`, or the end of the text.
pub fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

fn keep(text: &str, parts: &[Part], wanted: Part) -> String {
    let kept = text.bytes().zip(parts).map(|(byte, part)| if *part == wanted || byte == b'\n' { byte } else { b' ' });
    String::from_utf8_lossy(&kept.collect::<Vec<u8>>()).into_owned()
}

fn split_tests(code: &str) -> (String, String) {
    const MARK: &str = "#[cfg(test)]";
    let (mut shipped, mut tests) = (code.as_bytes().to_vec(), blank(code.as_bytes()));
    let mut from = 0;
    while let Some(found) = code[from..].find(MARK) {
        let start = from + found;
        let rest = &code[start..];
        // Whichever comes first: the body of a module or function, or the end of a `use` or `mod name;`.
        let end = match (rest.find('{'), rest.find(';')) {
            (Some(open), semicolon) if semicolon.is_none_or(|at| open < at) => block_end(code, start + open),
            (_, Some(semicolon)) => start + semicolon + 1,
            (_, None) => code.len(),
        };
        tests[start..end].copy_from_slice(&code.as_bytes()[start..end]);
        let emptied = blank(&code.as_bytes()[start..end]);
        shipped[start..end].copy_from_slice(&emptied);
        from = end;
    }
    (String::from_utf8_lossy(&shipped).into_owned(), String::from_utf8_lossy(&tests).into_owned())
}

fn blank(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }).collect()
}

fn parts(text: &[u8]) -> Vec<Part> {
    let mut parts = vec![Part::Code; text.len()];
    let mut at = 0;
    while at < text.len() {
        let (end, part, edge) = match &text[at..] {
            [b'/', b'/', ..] => (line_end(text, at), Part::Comment, 0),
            [b'/', b'*', ..] => (comment_end(text, at), Part::Comment, 0),
            [b'"', ..] => (quote_end(text, at), Part::Quoted, 1),
            [b'r', b'"' | b'#', ..] if !raw_prefix_is_name(text, at) => match raw_end(text, at) {
                Some(end) => (end, Part::Quoted, 0),
                None => (at + 1, Part::Code, 0),
            },
            [b'\'', ..] => match char_end(text, at) {
                Some(end) => (end, Part::Quoted, 1),
                None => (at + 1, Part::Code, 0),
            },
            _ => (at + 1, Part::Code, 0),
        };
        let end = end.min(text.len());
        // The quotes themselves stay code: a quoted text is an argument like another.
        let (first, last) = (at + edge, end.saturating_sub(edge));
        if first < last {
            parts[first..last].fill(part);
        }
        at = end;
    }
    parts
}

fn line_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |length| at + length)
}

fn comment_end(text: &[u8], start: usize) -> usize {
    let (mut depth, mut at) = (0usize, start);
    while at + 1 < text.len() {
        match &text[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth = depth.saturating_sub(1),
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn quote_end(text: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// `br"` is raw, `for"` would not be; a name that ends in `r` is no prefix.
fn raw_prefix_is_name(text: &[u8], at: usize) -> bool {
    match at.checked_sub(1).map(|before| text[before]) {
        Some(b'b' | b'c') => at.checked_sub(2).is_some_and(|before| is_word(text[before])),
        Some(byte) => is_word(byte),
        None => false,
    }
}

fn raw_end(text: &[u8], at: usize) -> Option<usize> {
    let hashes = text[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    if text.get(at + 1 + hashes) != Some(&b'"') {
        return None;
    }
    let mut closing = vec![b'"'];
    closing.resize(1 + hashes, b'#');
    let body = at + 2 + hashes;
    let length = text[body..].windows(closing.len()).position(|window| window == closing);
    Some(length.map_or(text.len(), |length| body + length + closing.len()))
}

/// The end of a character literal; `None` for a lifetime.
fn char_end(text: &[u8], quote: usize) -> Option<usize> {
    if text.get(quote + 1) == Some(&b'\\') {
        let close = text.get(quote + 3..)?.iter().position(|byte| *byte == b'\'')?;
        return Some(quote + 3 + close + 1);
    }
    let length = match text.get(quote + 1)? {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (text.get(quote + 1 + length) == Some(&b'\'')).then_some(quote + 2 + length)
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn comments_quotes_and_tests_are_told_from_code() {
        let text = "fn a<'x>() { let b = \"// no\"; } // yes\n#[cfg(test)]\nmod tests { fn c() { r#\"}\"#; '}'; } }\nfn d() {}\n";
        let parts = Code::of(text);
        assert!(parts.code.contains("fn a<'x>()") && !parts.code.contains("no"));
        assert_eq!(parts.comments.trim(), "// yes");
        assert!(parts.tests.contains("fn c") && !parts.tests.contains("fn d"));
        assert!(parts.shipped.contains("fn d") && !parts.shipped.contains("fn c"));
        assert_eq!(parts.code.len(), text.len());
    }
}
