//! What this program asks of the server's settings, and sets for its own sessions.
//!
//! It changes no setting that belongs to the operator: a server that may lose what it acknowledged is refused, with
//! the words to put into its configuration.

use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};

use super::failure::{Failure, words};
use crate::store::StoreError;

/// A server that does not answer within this is down: a person is waiting at a form.
const CONNECT_SECONDS_MAX: u64 = 10;

/// Unanswered bytes for this long mean that the machine at the other end is gone; the kernel's own limit is 15
/// minutes, in which every append of this process would hang.
const UNANSWERED_SECONDS_MAX: u64 = 30;

/// For every session, in the form of the server's command line. They stand before the options of the address, so
/// that an operator can overrule them there.
/// - `idle_in_transaction_session_timeout`: a process that stops in the middle of an append (a suspended machine, a
///   cut cable) holds the head; after 30 s the server frees it, so that the other processes go on.
/// - `lock_timeout`: waiting longer than that for the head means that the first limit failed; an error says so.
/// - the rest: every statement here looks rows up by keys that it has, or reads a table in the order of its key. Before
///   the first `ANALYZE` of a new database the planner takes each step of a walk for a large set, reads whole tables
///   for it, and compiles or spreads over processes what runs for milliseconds. A walk back through a merge of 500
///   took 200 ms so; on indices it takes a few, whatever the statistics say.
const SESSION_OPTIONS: &str = "-c idle_in_transaction_session_timeout=30s -c lock_timeout=30s -c jit=off \
                               -c max_parallel_workers_per_gather=0 -c enable_seqscan=off -c enable_hashjoin=off \
                               -c enable_mergejoin=off";

/// Reads the address, which the named setting gave, and adds the settings of sessions.
///
/// # Errors
/// [`StoreError::Unfit`] if it is no address, or asks for TLS. The address is not repeated: it may hold a password.
pub fn configure(setting: &str, url: &str) -> Result<Config, StoreError> {
    let mut config: Config = url.parse().map_err(|error| {
        StoreError::Unfit(format!(
            "{setting} is no address of a PostgreSQL database ({}); it must be postgres://USER@HOST/NAME",
            words(&error)
        ))
    })?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(StoreError::Unfit(format!(
            "{setting} asks for sslmode=require, which this program does not speak; reach the server over its socket, \
             a private network or a tunnel, and leave sslmode out"
        )));
    }
    let options =
        config.get_options().map_or_else(|| SESSION_OPTIONS.to_owned(), |own| format!("{SESSION_OPTIONS} {own}"));
    config.options(options);
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(UNANSWERED_SECONDS_MAX));
    }
    if config.get_application_name().is_none() {
        config.application_name("trace-server");
    }
    Ok(config)
}

/// The settings on which "durable on return" rests.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of the server, which has them as booleans")]
struct Settings {
    fsync: bool,
    full_page_writes: bool,
    synchronous_commit: String,
    has_standbys: bool,
    encoding: String,
    is_replica: bool,
}

impl Settings {
    /// What must be changed, or nothing.
    fn fault(&self) -> Option<&'static str> {
        if self.is_replica {
            Some("the PostgreSQL server is a replica, which takes no records; name the primary in TRACE_DATABASE_URL")
        } else if !self.fsync {
            Some(
                "the PostgreSQL server runs with fsync = off and loses acknowledged records with the power; set fsync = on",
            )
        } else if !self.full_page_writes {
            Some(
                "the PostgreSQL server runs with full_page_writes = off and can be damaged by a loss of power; set \
                 full_page_writes = on",
            )
        } else if self.synchronous_commit == "off" {
            Some(
                "the PostgreSQL server acknowledges before it has written (synchronous_commit = off, on the server, \
                 the database or the role); set synchronous_commit = on",
            )
        } else if self.has_standbys && self.synchronous_commit == "local" {
            Some(
                "the PostgreSQL server has synchronous standbys but acknowledges without them \
                 (synchronous_commit = local): a failover would lose records; set synchronous_commit = on",
            )
        } else if self.encoding != "UTF8" {
            Some("the PostgreSQL database cannot hold Chinese; create it with ENCODING 'UTF8'")
        } else {
            None
        }
    }
}

/// Refuses a server whose acknowledgement does not mean durable.
///
/// # Errors
/// [`StoreError::Unfit`] with what to set; a failure to ask.
pub(super) async fn check(client: &Client) -> Result<(), Failure> {
    let row = client
        .query_one(
            "-- read_settings
             SELECT current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on',
                    current_setting('synchronous_commit'), current_setting('synchronous_standby_names') <> '',
                    current_setting('server_encoding'), pg_is_in_recovery()",
            &[],
        )
        .await?;
    let settings = Settings {
        fsync: row.try_get(0)?,
        full_page_writes: row.try_get(1)?,
        synchronous_commit: row.try_get(2)?,
        has_standbys: row.try_get(3)?,
        encoding: row.try_get(4)?,
        is_replica: row.try_get(5)?,
    };
    settings.fault().map_or(Ok(()), |fault| Err(StoreError::Unfit(fault.to_owned()).into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn good() -> Settings {
        Settings {
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".to_owned(),
            has_standbys: false,
            encoding: "UTF8".to_owned(),
            is_replica: false,
        }
    }

    #[test]
    fn only_a_server_that_keeps_its_word_is_taken() {
        assert_eq!(good().fault(), None);
        assert_eq!(Settings { synchronous_commit: "local".to_owned(), ..good() }.fault(), None);
        assert_eq!(Settings { has_standbys: true, ..good() }.fault(), None);
        for (settings, to_set) in [
            (Settings { fsync: false, ..good() }, "set fsync = on"),
            (Settings { full_page_writes: false, ..good() }, "set full_page_writes = on"),
            (Settings { synchronous_commit: "off".to_owned(), ..good() }, "set synchronous_commit = on"),
            (
                Settings { synchronous_commit: "local".to_owned(), has_standbys: true, ..good() },
                "set synchronous_commit = on",
            ),
            (Settings { encoding: "SQL_ASCII".to_owned(), ..good() }, "ENCODING 'UTF8'"),
            (Settings { is_replica: true, ..good() }, "name the primary"),
        ] {
            let fault = settings.fault().unwrap();
            assert!(fault.contains(to_set), "{settings:?}: {fault}");
        }
    }

    #[test]
    fn an_address_keeps_its_own_options_and_never_shows_its_password() {
        let config =
            configure("TRACE_DATABASE_URL", "postgres://u@h/d?options=-c%20lock_timeout%3D5s&connect_timeout=3")
                .unwrap();
        assert_eq!(config.get_options(), Some(format!("{SESSION_OPTIONS} -c lock_timeout=5s").as_str()));
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        assert_eq!(config.get_application_name(), Some("trace-server"));

        for wrong in [
            "postgres://u:secret@h:port/d",
            "postgres://u:secret@h/d?sslmode=require",
            "postgres://u:secret@h/d?pool=3",
        ] {
            let error = configure("TRACE_DATABASE_URL", wrong).unwrap_err();
            assert!(matches!(error, StoreError::Unfit(_)), "{error:?}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
