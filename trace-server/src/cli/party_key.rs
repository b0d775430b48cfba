//! `key party`: the pair with which a party signs its records, away from any server. It makes one, shows its public
//! half, and signs what `prepare` answered.
//!
//! The file is PKCS #8 in PEM (RFC 8410), so that OpenSSL and the libraries of an ERP read it, too. It opens no database
//! and no socket: the private half need never be where a server runs. The keys of the log are another matter (`key.rs`).

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::{Args, Subcommand};
use ed25519_dalek::{Signer as _, SigningKey};
use serde::Deserialize;
use serde_json::{Value, json};
use trace_core::id::RecordId;
use trace_core::record::sealed::Opening;
use trace_core::record::{Beside, Record, Signature};

use crate::ledger::{Item, random};

/// `PrivateKeyInfo` of an Ed25519 key up to its 32 bytes: RFC 8410, section 7, with nothing optional.
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

const PEM: (&str, &str) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");

#[derive(Debug, Subcommand)]
pub(super) enum PartyKey {
    /// Makes a key in a new file that its owner alone can read, and prints the public half.
    New(File),
    /// Prints the public half, to be registered with a record of kind `register_key`.
    Show(File),
    /// Signs what `POST /api/v1/records/prepare` answered, and prints what to post to `/api/v1/records`.
    Sign(Sign),
}

#[derive(Debug, Args)]
pub(super) struct File {
    /// The key file.
    #[arg(value_name = "KEY_FILE")]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The answer of `prepare`; `-` reads it from standard input.
    #[arg(value_name = "PREPARED")]
    prepared: PathBuf,
    /// The key file.
    #[arg(long, value_name = "KEY_FILE")]
    key: PathBuf,
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command answers on standard output, with hints beside"
)]
pub(super) fn party_key(command: PartyKey) -> anyhow::Result<()> {
    match command {
        PartyKey::New(File { file }) => {
            let key = SigningKey::from_bytes(&random::<32>().context("no key can be made")?);
            write_new(&file, &key)?;
            println!("{}", public_half(&key));
            eprintln!("{} holds the private half: back it up, and give it to nobody", file.display());
        }
        PartyKey::Show(File { file }) => println!("{}", public_half(&read(&file)?)),
        PartyKey::Sign(Sign { prepared, key }) => {
            let key = read(&key)?;
            let (body, said) = signed(&text_of(&prepared)?, &key)?;
            for line in said {
                eprintln!("{line}");
            }
            println!("{body}");
        }
    }
    Ok(())
}

fn public_half(key: &SigningKey) -> RecordId {
    RecordId::from_bytes(key.verifying_key().to_bytes())
}

/// Writes the file, and never over another one: an overwritten key is lost for good.
fn write_new(path: &Path, key: &SigningKey) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("making the key file {}", path.display()))?;
    let text = format!("{}\n{}\n{}\n", PEM.0, STANDARD.encode([&PKCS8[..], &key.to_bytes()].concat()), PEM.1);
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("writing {}", path.display()))
}

fn read(path: &Path) -> anyhow::Result<SigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading the key file {}", path.display()))?;
    let wrong = || {
        format!(
            "{} is no Ed25519 key in PKCS #8 (PEM, unencrypted): `trace-server key party new` and `openssl genpkey \
             -algorithm ed25519` make such files",
            path.display()
        )
    };
    let inner = text.trim().strip_prefix(PEM.0).and_then(|rest| rest.strip_suffix(PEM.1)).with_context(wrong)?;
    let inner: String = inner.split_whitespace().collect();
    let bytes = STANDARD.decode(inner).ok().with_context(wrong)?;
    let seed = bytes.strip_prefix(&PKCS8).and_then(|seed| seed.try_into().ok()).with_context(wrong)?;
    Ok(SigningKey::from_bytes(seed))
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// The answer of `prepare`.
#[derive(Deserialize)]
struct Prepared {
    records: Vec<PreparedRecord>,
}

#[derive(Deserialize)]
struct PreparedRecord {
    id: String,
    record: Value,
    bytes: String,
    #[serde(default)]
    openings: Vec<Value>,
}

/// What to post, and a line for each record that says what is signed. The answer comes over a network: nothing is signed
/// before bytes, id, record and opened values say the same.
fn signed(prepared: &str, key: &SigningKey) -> anyhow::Result<(Value, Vec<String>)> {
    let prepared: Prepared = serde_json::from_str(prepared).context("this is no answer of /api/v1/records/prepare")?;
    ensure!(!prepared.records.is_empty(), "there is no record to sign");
    let (mut bodies, mut said) = (Vec::new(), Vec::new());
    for (i, one) in prepared.records.iter().enumerate() {
        let (body, line) = sign_one(one, key).with_context(|| format!("/records/{i}"))?;
        bodies.push(body);
        said.push(line);
    }
    match <[Value; 1]>::try_from(bodies) {
        Ok([body]) => Ok((body, said)),
        Err(bodies) => Ok((json!({"group": bodies}), said)),
    }
}

fn sign_one(one: &PreparedRecord, key: &SigningKey) -> anyhow::Result<(Value, String)> {
    let record = Record::from_value(one.record.clone())?;
    let bytes = URL_SAFE_NO_PAD.decode(&one.bytes).context("/bytes is not base64url without padding")?;
    if bytes != record.bytes() || one.id != record.id().to_string() {
        bail!("/bytes or /id are not those of /record, whose id is {}; nothing is signed", record.id());
    }
    let signature =
        Signature { key: public_half(key), value: URL_SAFE_NO_PAD.encode(key.sign(record.bytes()).to_bytes()) };
    let openings: Vec<Opening> = one.openings.iter().cloned().map(serde_json::from_value).collect::<Result<_, _>>()?;
    let mut body = json!({"record": one.record, "signatures": [&signature]});
    if !one.openings.is_empty() {
        // An empty list is refused, as everywhere.
        body["openings"] = one.openings.clone().into();
    }
    let (kind, actor, day) = (record.details.stated().kind(), record.actor, record.occurred_at);
    let mut line = format!("signed {}: '{kind}' of {actor}, {day}", record.id());
    if let Item::Signed { completed, .. } = Item::signed(record, openings, vec![signature])? {
        let amounts = &completed.amounts;
        let beside = Beside::ALL.iter().filter_map(|which| amounts.beside(*which));
        let all = amounts.inputs.iter().chain(&amounts.outputs).chain(beside);
        let typed: Vec<&str> = all.map(trace_core::quantity::Stated::typed).collect();
        if !typed.is_empty() {
            line = format!("{line}: {}", typed.join(", "));
        }
    }
    Ok((body, line))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    /// The key of RFC 8410, section 10.3, and its public half of section 10.1.
    #[test]
    fn reads_the_standards_own_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let text = format!("{}\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n{}\n", PEM.0, PEM.1);
        std::fs::write(&path, &text).unwrap();
        let key = read(&path).unwrap();
        let public = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        assert_eq!(public_half(&key).to_string(), public);
        let copy = folder.path().join("copy.pem");
        write_new(&copy, &key).unwrap();
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), text);
        assert!(write_new(&copy, &key).is_err(), "a key was overwritten");
        for wrong in ["", "MC4CAQ", &text.replace("VwBCIE", "VuBCIE"), &text.replace("1hK1b", "")] {
            std::fs::write(&path, wrong).unwrap();
            let said = read(&path).unwrap_err().to_string();
            assert!(said.contains("PKCS #8") && !said.contains("TuctvT5"), "{said}");
        }
    }
}
