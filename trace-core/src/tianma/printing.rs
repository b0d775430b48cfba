//! Words of printing labels: how a run stands, why it stopped, what became of labels, why they are printed once more.
//!
//! None of them stands in a record: who printed what is kept beside the log. It lacks the runs themselves, which are the
//! service's.

use super::vocabulary::vocabulary;

vocabulary! {
    /// How a print run stands.
    pub enum PrintState, "state of a print run" {
        Running = "running", "打印中", "running";
        Paused = "paused", "已暂停", "paused";
        Done = "done", "已完成", "done";
        Cancelled = "cancelled", "已取消", "cancelled";
    }
}

vocabulary! {
    /// Why a print run is paused.
    pub enum PrintHalt, "reason why a print run is paused" {
        Asked = "asked", "有人按了暂停", "somebody paused it";
        Stopped = "stopped", "打印停在中途", "printing stopped at a label";
        Unreachable = "unreachable", "连不上打印机", "the printer could not be reached";
        Broken = "broken", "与打印机的连接断了", "the connection to the printer broke";
        Restarted = "restarted", "服务重启过", "the service was restarted";
        Failed = "failed", "服务器出错，没有打完", "the server could not go on";
    }
}

vocabulary! {
    /// What became of labels.
    pub enum PrintWay, "way of labels" {
        Downloaded = "downloaded", "已下载文件", "downloaded as a file";
        Printed = "printed", "已打印", "said to be printed";
        Sent = "sent", "已发到打印机", "sent to a printer";
    }
}

vocabulary! {
    /// Why labels are printed that were printed before.
    pub enum ReprintReason, "reason for printing once more" {
        Jam = "jam", "卡纸", "paper jam";
        Damaged = "damaged", "标签损坏", "labels were damaged";
        Faint = "faint", "打印不清", "print too faint to read";
        Lost = "lost", "标签遗失", "labels were lost";
        Interrupted = "interrupted", "打印中断，不知是否印出", "interrupted, and not known what came out";
        Trial = "trial", "先前是试打", "what was printed before was a trial";
    }
}

impl PrintState {
    /// Whether labels of the run may still be printed.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

impl PrintWay {
    /// Whether labels that went this way may be on packages; a file alone is none.
    pub const fn is_paper(self) -> bool {
        matches!(self, Self::Printed | Self::Sent)
    }
}
