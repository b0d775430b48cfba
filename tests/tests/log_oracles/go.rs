//! A log of 70,000 entries, written as the files that a server would serve, checked by the program in `tests/go`.
//!
//! The program shares no code with this project; its tree, notes and signatures are Go's. It needs `go` and the package
//! golang-golang-x-mod-dev, which `tests/run` installs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use trace_core::log::{
    Checkpoint, Frontier, Hash, KeyType, Node, SigningKey, TilePath, TlogProof, bundles_of, encode_bundle, leaf_hash,
    prove_consistency, prove_inclusion, tiles_of,
};

/// The sizes at which the log was signed: both sides of every tile boundary, and past the second level.
const SIZES: [u64; 8] = [1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000];

/// Entries for which the folder holds proof files, for each size that has them.
const PROVEN: [u64; 6] = [0, 255, 256, 65_535, 65_536, 69_999];

fn entry(index: u64) -> Vec<u8> {
    format!("{{\"number\":{index},\"what\":\"{}\"}}", "tianma ".repeat(usize::try_from(index % 7).unwrap()))
        .into_bytes()
}

fn keys() -> [SigningKey; 2] {
    let log = SigningKey::new("log.example/yiliang", KeyType::Ed25519, &[11; 32]).unwrap();
    [log, SigningKey::new("witness.example/w1", KeyType::Cosignature, &[12; 32]).unwrap()]
}

/// Every node of the tree, level by level, as a store keeps them.
#[derive(Default)]
struct Nodes(Vec<Vec<Hash>>);

impl Nodes {
    fn take(&mut self, node: Node, hash: Hash) {
        let level = usize::from(node.level());
        if self.0.len() == level {
            self.0.push(Vec::new());
        }
        assert_eq!(self.0[level].len() as u64, node.index(), "nodes come in order");
        self.0[level].push(hash);
    }

    fn read(&self, node: Node) -> Result<Hash, std::convert::Infallible> {
        Ok(self.0[usize::from(node.level())][usize::try_from(node.index()).unwrap()])
    }
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Writes everything that the log ever published.
fn publish(folder: &Path) {
    let [log, witness] = keys();
    let (mut frontier, mut nodes) = (Frontier::new(), Nodes::default());
    let mut tiles = BTreeSet::new();
    for size in SIZES {
        while frontier.size() < size {
            let leaf = leaf_hash(&entry(frontier.size()));
            frontier.push_with(leaf, |node, hash| nodes.take(node, hash));
        }
        let checkpoint = Checkpoint::new("log.example/yiliang", size, frontier.root()).unwrap();
        let note = checkpoint.sign(&log).unwrap().with(checkpoint.cosign(&witness, 1_763_600_000 + size).unwrap());
        let note = note.unwrap();
        write(folder, &format!("checkpoint.{size}"), note.to_string());
        for index in PROVEN.into_iter().filter(|index| *index < size) {
            let hashes = prove_inclusion(index, size, |node| nodes.read(node)).unwrap();
            let proof = TlogProof::new(index, hashes, note.clone()).unwrap();
            write(folder, &format!("{size}.{index}.tlog-proof"), proof.to_string());
            write(folder, &format!("{size}.{index}.entry"), entry(index));
        }
        for old in SIZES.into_iter().filter(|old| *old <= size) {
            let hashes = prove_consistency(old, size, |node| nodes.read(node)).unwrap();
            let lines: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
            write(folder, &format!("consistency.{old}.{size}"), lines);
        }
        tiles.extend(tiles_of(size).chain(bundles_of(size)));
    }
    for path in tiles {
        write(folder, &path.to_string(), served(path, &nodes));
    }
}

fn served(path: TilePath, nodes: &Nodes) -> Vec<u8> {
    match path.level() {
        Some(_) => path.nodes().flat_map(|node| *nodes.read(node).unwrap().as_bytes()).collect(),
        None => encode_bundle(path.places().unwrap().map(entry)).unwrap(),
    }
}

/// Builds the Go program once; the runs are then cheap.
fn build(folder: &Path) -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("go/main.go");
    let program = folder.join("go-verifier");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(sources)
        .env("GO111MODULE", "off")
        .env("GOFLAGS", "")
        .env("GOPATH", format!("{}:/usr/share/gocode", folder.join("gopath").display()))
        .env("GOCACHE", folder.join("gocache"))
        .output()
        .expect("`go` is needed: `tests/run unit` installs it, or apt-get install golang-go golang-golang-x-mod-dev");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}

fn run(program: &Path, folder: &Path) -> Output {
    let [log, witness] = keys();
    let keys = [log.verifier().to_string(), witness.verifier().to_string()];
    Command::new(program).arg(folder).args(keys).output().expect("the program runs")
}

#[test]
fn go_believes_the_log_and_nothing_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (log, tools) = (folder.path().join("log"), folder.path().join("tools"));
    fs::create_dir_all(&tools).unwrap();
    publish(&log);
    let program = build(&tools);
    let output = run(&program, &log);
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complained}");
    // 8 checkpoints alone and 32 more inside proof files.
    let entries: u64 = SIZES.iter().sum();
    let proofs: usize = SIZES.iter().map(|size| PROVEN.iter().filter(|index| *index < size).count()).sum();
    for line in [
        format!("checkpoints {}", SIZES.len() + proofs),
        format!("consistencies {}", SIZES.len() * (SIZES.len() + 1) / 2),
        format!("entries {entries}"),
        format!("proof files {proofs}"),
        format!("roots {}", SIZES.len()),
    ] {
        assert!(said.lines().any(|found| found == line), "no line `{line}` in\n{said}");
    }

    for name in [
        "checkpoint.257",
        "consistency.256.65537",
        "65537.65536.tlog-proof",
        "65537.65536.entry",
        "tile/0/000",
        "tile/0/255.p/255",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/000.p/1",
        "tile/entries/128",
        "tile/entries/273.p/112",
    ] {
        let good = fs::read(log.join(name)).unwrap();
        let mut changed = good.clone();
        changed[good.len() / 3] ^= 2;
        write(&log, name, &changed);
        assert!(!run(&program, &log).status.success(), "a changed byte in {name} was believed");
        write(&log, name, &good);
    }
    assert!(run(&program, &log).status.success(), "everything is as it was");
}
