//! Who may sign in to a demonstration, and `demo.json`, which remembers it: the PINs and tokens are random, made once
//! for each folder, and found again on the next start.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use trace_core::state::{Key, Row};
use trace_core::tianma::PartyRole;

use super::fixtures::{self, User};
use super::labels;
use crate::app::AppState;
use crate::http::access::{new_token, secret_digest};
use crate::http::session::{hash_pin, new_pin};
use crate::store::{Store, TokenRow, UserRow};

/// Name of the file in the data folder.
pub(super) const FILE: &str = "demo.json";

/// What `demo.json` holds. It has secrets: only its owner may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoFile {
    /// Where the service answers.
    pub base_url: String,
    /// The address in the QR code of the package that is shown.
    pub consumer_url: String,
    /// That package's code.
    pub package_code: String,
    /// Its sale batch.
    pub sale_batch: String,
    /// Number of its code issue.
    pub code_issue: u32,
    /// Verifier key of the log, by which its checkpoints are checked (C2SP signed-note).
    pub log_vkey: String,
    /// API tokens.
    pub tokens: Tokens,
    /// Who may sign in.
    pub logins: Vec<Login>,
}

/// One API token for each role that has work to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the token of the role that it is named after")]
pub struct Tokens {
    pub farmer: String,
    pub agent: String,
    pub processor: String,
    pub seller: String,
    pub lab: String,
    pub office: String,
}

/// A person's way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// As what: farmer, agent, factory, nursery, processor, seller, lab, office.
    pub role: String,
    /// What to type as name.
    pub login: String,
    /// What may be typed in its place; empty in files of an earlier program.
    #[serde(default)]
    pub telephone: String,
    /// What to type as PIN.
    pub pin: String,
}

impl DemoFile {
    /// The file of a folder, if an earlier start wrote one.
    fn read(data_dir: &Path) -> anyhow::Result<Option<Self>> {
        let path = data_dir.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| format!("{}", path.display()))?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{}", path.display())),
        }
    }

    /// Writes it beside and puts it in its place, so that nobody reads half a file.
    pub(super) fn write(&self, data_dir: &Path) -> anyhow::Result<()> {
        let (path, beside) = (data_dir.join(FILE), data_dir.join("demo.json.new"));
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&beside)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)
        };
        write().with_context(|| format!("writing {}", path.display()))
    }
}

/// The people of the fixtures with their PINs and tokens, not yet in the store.
pub(super) struct People {
    /// With the hash of the PIN, for those that the store does not have.
    people: Vec<(User, Login, Option<String>)>,
    tokens: Option<Tokens>,
}

/// Reads or makes PINs and tokens, and hashes the new PINs, one at a time: each takes 19 MiB.
pub(super) async fn hashed(store: &dyn Store, data_dir: &Path) -> anyhow::Result<People> {
    let (before, users) = (DemoFile::read(data_dir)?, fixtures::users()?);
    let logins = before.iter().flat_map(|file| &file.logins);
    let known: BTreeMap<String, String> = logins.map(|login| (login.login.clone(), login.pin.clone())).collect();
    // One that an earlier program admitted without its telephone number is admitted again.
    let whole = |user: UserRow| user.telephone_mac.map(|_| user.login);
    let admitted: BTreeSet<String> = store.users().await?.into_iter().filter_map(whole).collect();
    let hashing = move || -> anyhow::Result<Vec<(User, Login, Option<String>)>> {
        let mut people = Vec::with_capacity(users.len());
        for user in users {
            let (pin, hash) = match known.get(&user.login) {
                Some(pin) if admitted.contains(&user.login) => (pin.clone(), None),
                Some(pin) => (pin.clone(), Some(hash_pin(pin)?)),
                None => {
                    let pin = new_pin()?;
                    let hash = hash_pin(&pin)?;
                    (pin, Some(hash))
                }
            };
            let (role, login) = (role_word(&user.party).to_owned(), user.login.clone());
            let login = Login { role, login, telephone: user.telephone.clone(), pin };
            people.push((user, login, hash));
        }
        Ok(people)
    };
    let people = tokio::task::spawn_blocking(hashing).await.context("hashing the PINs")??;
    Ok(People { people, tokens: before.map(|file| file.tokens) })
}

impl People {
    /// Puts users and tokens into the store.
    pub(super) async fn admit(&self, state: &AppState) -> anyhow::Result<Tokens> {
        let store = &**state.ledger.store();
        for (user, _, pin_hash) in &self.people {
            let Some(pin_hash) = pin_hash.clone() else { continue };
            let role = role_of(store, &user.party).await?;
            let row = UserRow {
                login: user.login.clone(),
                telephone_mac: state.gate.telephones().mac(&user.telephone),
                display_name: user.display_name.clone(),
                party: labels::party(&user.party),
                role,
                pin_hash,
                active: true,
            };
            state.ledger.admit(row).await?;
        }
        let tokens = match &self.tokens {
            Some(tokens) => tokens.clone(),
            None => Tokens::make()?,
        };
        for (word, token) in tokens.by_role() {
            let of_role = |(user, ..): &&(User, Login, Option<String>)| role_word(&user.party) == word;
            let Some((user, ..)) = self.people.iter().find(of_role) else { continue };
            let row = TokenRow {
                digest: secret_digest(token),
                party: labels::party(&user.party),
                role: role_of(store, &user.party).await?,
                label: format!("demo {word}"),
                expires_at: None,
            };
            store.put_token(&row).await?;
        }
        Ok(tokens)
    }

    /// For `demo.json`.
    pub(super) fn logins(&self) -> Vec<Login> {
        self.people.iter().map(|(_, login, _)| login.clone()).collect()
    }
}

impl Tokens {
    fn make() -> anyhow::Result<Self> {
        let token = || new_token().map(|(token, _)| token);
        Ok(Self {
            farmer: token()?,
            agent: token()?,
            processor: token()?,
            seller: token()?,
            lab: token()?,
            office: token()?,
        })
    }

    fn by_role(&self) -> [(&'static str, &str); 6] {
        [
            ("farmer", &self.farmer),
            ("agent", &self.agent),
            ("processor", &self.processor),
            ("seller", &self.seller),
            ("lab", &self.lab),
            ("office", &self.office),
        ]
    }
}

async fn role_of(store: &dyn Store, label: &str) -> anyhow::Result<PartyRole> {
    let (rows, _) = store.load(&[Key::Party(labels::party(label))].into()).await?;
    match rows.into_iter().next() {
        Some(Row::Party(row)) => Ok(row.role),
        _ => anyhow::bail!("users.csv names {label}, and no such party is registered"),
    }
}

/// The role in the words of `demo.json`, from the kind of party that a label begins with.
fn role_word(label: &str) -> &'static str {
    match label.split('-').next() {
        Some("hh") => "farmer",
        Some("coop") => "agent",
        Some("factory") => "factory",
        Some("nursery") => "nursery",
        Some("processor") => "processor",
        Some("seller") => "seller",
        Some("lab") => "lab",
        _ => "office",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;
    use crate::http::session::TelephoneKey;

    fn sample() -> DemoFile {
        DemoFile {
            base_url: "http://127.0.0.1:8080".to_owned(),
            consumer_url: "HTTP://127.0.0.1:8080/T/X".to_owned(),
            package_code: "X".to_owned(),
            sale_batch: "R".to_owned(),
            code_issue: 3,
            log_vkey: "log.example/one+00000000+AA==".to_owned(),
            tokens: Tokens::make().unwrap(),
            logins: vec![Login {
                role: "farmer".to_owned(),
                login: "a".to_owned(),
                telephone: "10000000001".to_owned(),
                pin: new_pin().unwrap(),
            }],
        }
    }

    #[test]
    fn the_file_is_its_owners_alone_and_reads_back() {
        let folder = std::env::temp_dir().join(format!("demo-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert_eq!(DemoFile::read(&folder).unwrap(), None);
        let file = sample();
        file.write(&folder).unwrap();
        file.write(&folder).unwrap();
        assert_eq!(DemoFile::read(&folder).unwrap(), Some(file));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(folder.join(FILE), "{").unwrap();
        assert!(DemoFile::read(&folder).unwrap_err().to_string().contains(FILE));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn everybody_has_a_telephone_number_and_every_token_its_role() {
        let users = fixtures::users().unwrap();
        let key = TelephoneKey::from_bytes([1; 32]);
        let numbers: BTreeSet<_> = users.iter().map(|user| key.mac(&user.telephone).unwrap()).collect();
        assert_eq!(numbers.len(), users.len(), "two have the same number");
        for (word, _) in sample().tokens.by_role() {
            assert!(users.iter().any(|user| role_word(&user.party) == word), "{word}");
        }
    }
}
