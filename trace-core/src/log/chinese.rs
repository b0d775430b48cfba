//! What the log's errors say in Chinese, for pages and for the verifier of evidence files. The English stands with each
//! error.

use super::{CheckpointError, KeyError, NoteError, PolicyError, VerifyError};

impl VerifyError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::IndexOutside { index, size } => format!("共 {size} 条的树里没有第 {index} 条（从 0 数起）"),
            Self::SizesReversed { old_size, new_size } => {
                format!("共 {old_size} 条的树不可能是共 {new_size} 条的树的早先状态")
            }
            Self::Length { received, too_long } => {
                format!("证明有 {received} 个哈希，太{}", if *too_long { "多" } else { "少" })
            }
            Self::Root { computed, expected } => format!("按证明算出的根是 {computed}，树的根是 {expected}"),
            Self::OldRoot { computed, expected } => format!("按证明算出的早先的根是 {computed}，应是 {expected}"),
        }
    }
}

impl NoteError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::TooLong { received } => format!("签名文书最多 1,000,000 字节，收到 {received} 字节"),
            Self::Utf8 { at } => format!("签名文书应为 UTF-8，第 {at} 字节（从 0 数起）不是"),
            Self::Control { at, received } => {
                format!("签名文书不含控制字符，第 {at} 字节（从 0 数起）是 {received:#04x}")
            }
            Self::TextEnd => "签名文书的正文应以换行结尾".to_owned(),
            Self::Shape => "签名文书应为正文、一个空行、以换行结尾的签名行".to_owned(),
            Self::Signature { line, received } => {
                format!("第 {line} 行签名应写作“\u{2014} 名称 base64（密钥编号和签名）”，收到“{received}”")
            }
            Self::TooMany { received } => format!("签名文书最多 64 个签名，收到 {received} 个"),
            Self::BadSignature { name, id } => format!("{name}（{id}）的签名不是对这段正文的"),
            Self::Ambiguous { name, id } => format!("有两个不同的密钥都叫 {name}，编号都是 {id}"),
            Self::NoKnownKey { signers } => format!("已知的密钥都没有签这份文书；签名的是：{signers}"),
        }
    }
}

impl KeyError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Shape { expected, received } => format!("密钥应写作 {expected}，收到“{received}”"),
            Self::Name { received } => {
                format!("密钥名称至少一个字符，不含空白、控制字符和 +；收到“{received}”")
            }
            Self::Type { received } => match received {
                Some(byte) => format!("密钥类型应为 1（Ed25519）或 4（Ed25519 联署），收到 {byte}"),
                None => "密钥类型应为 1（Ed25519）或 4（Ed25519 联署），收到的是空的".to_owned(),
            },
            Self::Length { received } => format!("Ed25519 密钥在类型之后应有 32 字节，收到 {received} 字节"),
            Self::Point => "这 32 字节不是可用的 Ed25519 公钥".to_owned(),
            Self::Id { received, computed } => {
                format!("密钥编号算出来是 {computed}，写的是 {received}；请与公布之处核对")
            }
        }
    }
}

impl CheckpointError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Shape { received } => format!("检查点应有来源、条数、根三行，各以换行结尾；收到“{received}”"),
            Self::Origin { received } => format!("检查点的来源应是非空的一行，收到“{received}”"),
            Self::Size { received } => {
                format!("检查点的条数应是没有前导零的十进制数，最大 2^63 - 1，收到“{received}”")
            }
            Self::Root { received } => format!("检查点的根应是 44 个字符的标准 base64（带填充），收到“{received}”"),
            Self::EmptyRoot { received } => {
                format!("空树的根是 {}，收到 {received}", super::tree::empty_root())
            }
            Self::Extension { line } => format!("检查点的第 {line} 行是空的或含控制字符"),
        }
    }
}

impl PolicyError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Keys => {
                "至少要有一个日志密钥，日志密钥都是类型 1（Ed25519），见证人密钥都是类型 4（联署）".to_owned()
            }
            Self::Quorum { quorum, witnesses } => format!("要求 {quorum} 个联署，而只知道 {witnesses} 个见证人"),
            Self::Note(error) => error.zh(),
            Self::Checkpoint(error) => error.zh(),
            Self::Origin { expected, received } => {
                format!("检查点是日志“{received}”的，所信任的是“{expected}”")
            }
            Self::NotByTheLog => "检查点没有日志的已知密钥的签名".to_owned(),
            Self::TooFewWitnesses { received, quorum } => {
                format!("有 {received} 个已知的见证人联署，要求 {quorum} 个")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use crate::log::{Checkpoint, Note, VerifierKey};

    /// Whether a word of several English letters stands in it that was not in what came.
    fn speaks_english(text: &str, received: &str) -> bool {
        let text = text.replace(received, "");
        text.split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| word.len() > 2 && !["UTF", "base", "Ed"].contains(&word))
    }

    #[test]
    fn refusals_of_notes_keys_and_checkpoints_are_chinese() {
        for text in ["a\nb", "no end", "text\n\nsigned\n", "text\n\n\u{2014} x y\n", "t\u{7}\n\n"] {
            let zh = text.parse::<Note>().unwrap_err().zh();
            assert!(!speaks_english(&zh, "signed"), "{zh}");
        }
        for text in ["", "a b+00000000+AA==", "log.example+00000000+Bg==", "x+00000000+AQ=="] {
            let error = text.parse::<VerifierKey>().unwrap_err();
            assert!(error.zh().contains("密钥") || error.zh().contains("公钥"), "{}", error.zh());
        }
        for text in ["", "o\n01\nx\n", "o\n1\nx\n", "\n1\nx\n"] {
            let zh = text.parse::<Checkpoint>().unwrap_err().zh();
            assert!(!speaks_english(&zh, "log"), "{zh}");
        }
    }
}
