//! Why the log refuses to sign: what would fork it, or has already.

use trace_core::log::{Hash, PolicyError};

/// A state of the database in which signing would, or could, contradict what was signed before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The database lost entries that were signed.
    #[error(
        "the database holds {size} entries, and a checkpoint of {signed} was signed: an old backup was restored, or a \
         failover lost entries; bring back the database that holds all of them"
    )]
    Behind {
        /// What the database holds.
        size: u64,
        /// What was signed.
        signed: u64,
    },
    /// Other entries than those that were signed.
    #[error("the first {size} entries have the root {root}, and {signed} was signed for them: the log was forked")]
    Forked {
        /// The size of the checkpoint.
        size: u64,
        /// The root by the database.
        root: Hash,
        /// The root that was signed.
        signed: Hash,
    },
    /// A new entry's stored hash is not that of its bytes.
    #[error("entry {index} does not have the leaf hash that is stored with it: the database was damaged or changed")]
    Leaf {
        /// The entry.
        index: u64,
    },
    /// The entries do not give the stored right edge.
    #[error(
        "the entries up to {size} do not give the stored right edge of the tree: the database was damaged or changed"
    )]
    Edge {
        /// How many entries were hashed.
        size: u64,
    },
    /// The database was signed from elsewhere.
    #[error(
        "this database's checkpoints are kept in another place ({theirs}, here {ours}): a second server may not sign \
         without a quorum of witnesses; give it the same checkpoint file, or configure witnesses, or, where that place is \
         lost, let this machine adopt the database with `trace-server key adopt`"
    )]
    OtherPlace {
        /// The place that the database names.
        theirs: String,
        /// The place of this server.
        ours: String,
    },
    /// The kept checkpoint is not by a key of this log.
    #[error("the kept checkpoint is not one of this log under its keys: {0}")]
    Strange(PolicyError),
}

impl Doubt {
    /// Whether the database itself is in doubt, so that nothing may be appended to it; else only this server may not
    /// sign.
    pub const fn is_of_the_database(&self) -> bool {
        matches!(self, Self::Behind { .. } | Self::Forked { .. } | Self::Leaf { .. } | Self::Edge { .. })
    }

    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Behind { size, signed } => format!(
                "数据库只有 {size} 条日志，而已签署过 {signed} 条的检查点：可能恢复了旧备份，或故障切换丢了数据；请恢复完整的数据库"
            ),
            Self::Forked { size, root, signed } => {
                format!("前 {size} 条日志的根是 {root}，而签署过的是 {signed}：日志被分叉")
            }
            Self::Leaf { index } => format!("第 {index} 条日志与所存的叶子哈希不符：数据库损坏或被改动"),
            Self::Edge { size } => format!("前 {size} 条日志与所存的树边不符：数据库损坏或被改动"),
            Self::OtherPlace { theirs, ours } => {
                format!(
                    "这个数据库的检查点保存在别处（{theirs}，本机是 {ours}）：没有见证方的法定数，第二台服务器不得签署；若原处已丢失，用 trace-server key adopt 由本机接管"
                )
            }
            Self::Strange(problem) => format!("保存的检查点不是本日志的密钥所签：{}", problem.zh()),
        }
    }
}
