//! The string literals of a Rust source (Rust reference, "Tokens"), each with the number of the line on which it begins.
//!
//! It lacks everything else of the language: escapes stay as they are written.

/// All string literals; comments and character literals are left out.
pub fn of_rust(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (size, text) = token(rest, first);
        if let Some(text) = text {
            found.push((line, text.to_owned()));
        }
        line += rest[..size].matches('\n').count();
        rest = &rest[size..];
    }
    found
}

/// How many bytes the next token has, and what stands between its quotes if it is a string.
fn token(rest: &str, first: char) -> (usize, Option<&str>) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (rest.find("*/").map_or(rest.len(), |at| at + 2), None);
    }
    if first == '"' {
        let end = closing(rest, '"');
        return (end, rest.get(1..end.saturating_sub(1)));
    }
    if first == '\'' {
        // A lifetime has no second quote right behind its first character.
        let after = rest.chars().nth(1).unwrap_or_default();
        let closed = after == '\\' || rest[1..].chars().nth(1) == Some('\'');
        return (if closed { closing(rest, '\'') } else { 1 }, None);
    }
    if first.is_alphanumeric() || first == '_' {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if matches!(&rest[..word], "r" | "br") {
            let hashes = rest[word..].chars().take_while(|c| *c == '#').count();
            let begin = word + hashes + 1;
            if rest[word + hashes..].starts_with('"') {
                let close = format!("\"{}", "#".repeat(hashes));
                let end = rest[begin..].find(&close).map_or(rest.len(), |at| begin + at);
                return ((end + close.len()).min(rest.len()), rest.get(begin..end));
            }
        }
        return (word, None);
    }
    (first.len_utf8(), None)
}

/// Bytes up to and with the closing quote of what begins with one.
fn closing(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn strings_are_found_and_nothing_else() {
    let source = "fn f<'a>(x: &'a str) { // \"no\"\n let c = '\"'; let d = '\\''; g(\"one \\\" 1\",\n r#\"two \"2\"\"#, br\"three\"); }";
    let found: Vec<_> = of_rust(source);
    let expected = [(2, "one \\\" 1"), (3, "two \"2\""), (3, "three")];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
}
