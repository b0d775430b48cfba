//! The rule that the commands in the guides exist.
//!
//! It reads ```` ```sh ```` blocks line by line, and `` `trace-server …` `` in running text. It runs nothing: that
//! a command also works is for the tests of that command.

use crate::tree::{Offence, Tree};
use crate::words::contains_word;

/// The files in which a stranger finds commands to type.
const GUIDES: [&str; 3] = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"];

const CARGO_COMMANDS: [&str; 11] =
    ["bench", "build", "check", "clippy", "doc", "fmt", "fuzz", "install", "nextest", "run", "test"];

/// Every command of the guides names things that exist.
pub fn exist(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in GUIDES.iter().filter_map(|path| tree.get(path)) {
        for (number, command) in commands(&file.text) {
            let words: Vec<&str> = command.split_whitespace().collect();
            for missing in missing_in(tree, &words) {
                offences.push(file.offence(number, format!("{missing}, in `{command}`")));
            }
        }
    }
    offences
}

/// The commands of a Markdown text with their lines: in shell blocks, and in spans that begin with the service's
/// name.
fn commands(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut in_block, mut in_shell) = (false, false);
    let mut unfinished: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            in_block = !in_block;
            in_shell = in_block && matches!(language.trim(), "sh" | "bash" | "shell" | "console");
        } else if in_shell {
            let (start, before) = unfinished.take().unwrap_or((number, String::new()));
            let code = line.split(" #").next().unwrap_or_default();
            let code = code.strip_prefix("$ ").unwrap_or(code);
            match code.strip_suffix('\\') {
                Some(part) => unfinished = Some((start, before + part)),
                None => split_commands(&(before + code), start, &mut found),
            }
        } else if !in_block {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.filter(|span| span.starts_with("trace-server ")).map(|span| (number, span.to_owned())));
        }
    }
    found
}

/// Adds the single commands of a shell line; comments and blank lines hold none.
fn split_commands(line: &str, number: usize, found: &mut Vec<(usize, String)>) {
    if line.starts_with('#') {
        return;
    }
    let parts = line.split("&&").flat_map(|part| part.split(['|', ';'])).map(str::trim);
    found.extend(parts.filter(|part| !part.is_empty()).map(|part| (number, part.to_owned())));
}

/// What a command names and the tree lacks.
fn missing_in(tree: &Tree, words: &[&str]) -> Vec<String> {
    // `NAME=value command` sets a variable for it.
    let assignments = words.iter().take_while(|word| word.contains('=') && !word.starts_with('-')).count();
    let Some((program, arguments)) = words[assignments..].split_first() else {
        return Vec::new();
    };
    let program = program.strip_prefix("./").unwrap_or(program);
    match program {
        "cargo" => missing_in_cargo(tree, arguments),
        "trace-server" => missing_subcommand(tree, arguments),
        "bash" | "sh" => missing_in(tree, arguments),
        _ if program.starts_with("target/") && program.ends_with("/trace-server") => {
            missing_subcommand(tree, arguments)
        }
        _ if program.contains('/') && !program.starts_with(['/', '~', '$']) => match tree.get(program) {
            None => vec![format!("no file is called {program}")],
            Some(script) => missing_steps(program, &script.text, arguments),
        },
        _ => Vec::new(),
    }
}

/// Steps of `tests/run` that it does not have.
fn missing_steps(program: &str, script: &str, arguments: &[&str]) -> Vec<String> {
    if program != "tests/run" {
        return Vec::new();
    }
    let steps = arguments.iter().filter(|word| !word.starts_with('-'));
    steps
        .filter(|step| !script.contains(&format!("step_{step}()")))
        .map(|step| format!("tests/run has no step {step}"))
        .collect()
}

/// What a cargo command names and the workspace lacks: the command, a package, an example, a bench, a subcommand.
fn missing_in_cargo(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let split = arguments.iter().position(|word| *word == "--").unwrap_or(arguments.len());
    let (own, rest) = arguments.split_at(split);
    let mut missing = Vec::new();
    match own.first() {
        Some(command) if CARGO_COMMANDS.contains(command) || command.starts_with(['-', '+']) => {}
        Some(command) => missing.push(format!("cargo has no command {command}")),
        None => missing.push("cargo is given nothing to do".to_owned()),
    }
    let package = value_of(own, &["-p", "--package"]);
    if let Some(package) = package.filter(|package| !is_package(tree, package)) {
        missing.push(format!("no package is called {package}"));
    }
    for (flag, folder) in [("--example", "examples"), ("--bench", "benches"), ("--test", "tests")] {
        if let Some(name) = value_of(own, &[flag]).filter(|name| !is_target(tree, folder, name)) {
            missing.push(format!("no file {folder}/{name}.rs"));
        }
    }
    if own.first() == Some(&"run") && package == Some("trace-server") && !rest.is_empty() {
        missing.extend(missing_subcommand(tree, &rest[1..]));
    }
    missing
}

/// The word after one of `flags`, or after its `=`.
fn value_of<'a>(words: &[&'a str], flags: &[&str]) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
        Some((flag, value)) if flags.contains(&flag) => Some(value),
        None if flags.contains(word) => words.get(at + 1).copied(),
        _ => None,
    })
}

fn is_package(tree: &Tree, name: &str) -> bool {
    let line = format!("name = \"{name}\"");
    tree.files()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .any(|manifest| manifest.text.lines().any(|found| found == line))
}

fn is_target(tree: &Tree, folder: &str, name: &str) -> bool {
    ["trace-core", "trace-server", "tests"].iter().any(|package| {
        let path = format!("{package}/{folder}/{name}");
        tree.contains(&format!("{path}.rs")) || tree.contains(&format!("{path}/main.rs"))
    })
}

/// The service's subcommand where the sources of its command line know none of that name, neither as an enum's
/// variant (`CodeKey` for `code-key`) nor as a string.
fn missing_subcommand(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let Some(name) = arguments.first().filter(|name| is_plain_word(name)) else {
        return Vec::new();
    };
    let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
    let variant: String = name.split('-').map(capital).collect();
    let quoted = format!("\"{name}\"");
    let known = tree
        .below("trace-server/src/cli")
        .any(|file| file.lines().any(|(_, line)| is_variant(line, &variant) || line.contains(&quoted)));
    if known { Vec::new() } else { vec![format!("trace-server has no command {name}")] }
}

/// `demo` and `code-key`, but neither `--help` nor `FILE` nor `-`.
fn is_plain_word(word: &str) -> bool {
    word.split('-').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Whether a line of code declares the variant: it begins with the name, and no comment.
fn is_variant(line: &str, variant: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(variant) && contains_word(line, variant)
}

#[cfg(test)]
mod tests {
    //! A command that went away is found in each spelling; what exists, or is not ours, passes.
    use super::*;

    fn found(guide: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("README.md", guide),
            ("tests/run", "step_fmt() { :; }\nstep_unit() {\n"),
            ("trace-core/Cargo.toml", "[package]\nname = \"trace-core\"\n"),
            ("trace-core/examples/lineage.rs", "//! x"),
            ("trace-server/Cargo.toml", "[package]\nname = \"trace-server\"\n"),
            ("trace-server/src/cli.rs", "enum Command {\n    /// Not Restore.\n    Demo(Demo),\n    CodeKey,\n}\n"),
        ]);
        exist(&tree).iter().map(ToString::to_string).collect()
    }

    fn in_shell(line: &str) -> Vec<String> {
        found(&format!("# Guide\n```sh\n{line}\n```\n"))
    }

    #[test]
    fn what_exists_passes() {
        for line in [
            "tests/run",
            "./tests/run fmt unit   # two steps",
            "$ bash tests/run --help",
            "TRACE_TEST_POSTGRES=postgres://u@h/p tests/run unit",
            "cargo run -p trace-server -- demo --listen 127.0.0.1:8080",
            "cargo run --release --package=trace-server -- code-key",
            "cargo run -p trace-core --example lineage",
            "cargo build --release && target/release/trace-server demo",
            "git clone https://example.org/a/b && cd b",
            "cargo run \\\n  -p trace-server -- demo",
            "# tests/gone",
            "trace-server --help",
        ] {
            assert!(in_shell(line).is_empty(), "{line}: {:?}", in_shell(line));
        }
        assert!(found("```json\ntests/gone\n```\nSee `trace-server demo` and `tests/gone`.").is_empty());
    }

    #[test]
    fn what_is_gone_is_found() {
        for line in [
            "tests/gone",
            "tests/run gone",
            "cd x && tests/gone",
            "cargo gone",
            "cargo run -p gone",
            "cargo run -p trace-core --example gone",
            "cargo bench --bench=gone",
            "cargo run -p trace-server -- restore",
            "cargo run \\\n  -p trace-server -- restore",
            "target/release/trace-server restore x",
            "trace-server restore FILE",
        ] {
            assert_eq!(in_shell(line).len(), 1, "{line}: {:?}", in_shell(line));
        }
        assert_eq!(
            found("One.\n\nThen `trace-server restore FILE`."),
            ["README.md:3: trace-server has no command restore, in `trace-server restore FILE`"]
        );
    }
}
