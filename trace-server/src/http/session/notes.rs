//! Who changed what of the log-ins, in the operator's log under the target `accounts`.
//!
//! No PIN, no telephone number and no name of a person stands there. It is no part of the ledger and of no backup.

/// What was changed of a log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountChange {
    /// It is new, or was added again.
    Added,
    /// The person chose another PIN.
    OwnPin,
    /// Somebody else gave it a PIN.
    GivenPin,
    /// It was closed.
    Closed,
    /// It was opened again.
    Opened,
}

impl AccountChange {
    fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::OwnPin => "own_pin",
            Self::GivenPin => "given_pin",
            Self::Closed => "closed",
            Self::Opened => "opened",
        }
    }
}

/// Who does it at the command line of the machine.
pub const OPERATOR: &str = "the command line";

/// Notes a change of this log-in by that one.
pub fn note(change: AccountChange, login: &str, by: &str) {
    tracing::info!(target: "accounts", change = change.code(), login, by, "a log-in was changed");
}
