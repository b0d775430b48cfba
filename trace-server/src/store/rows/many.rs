//! Reading many rows on other cores while more are fetched: most of a long trace is reading documents.

use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};

/// Rows that are handed over at once. To hand them over costs as much as reading one or two, and a short trace is read
/// by its own thread alone.
const SHARE: usize = 250;

/// Rows on their way from a database to what they say, in their order.
pub struct Reading<I, T, E> {
    read: fn(&I) -> Result<T, E>,
    waiting: Vec<I>,
    running: Vec<JoinHandle<Result<Vec<T>, E>>>,
}

impl<I: Send + 'static, T: Send + 'static, E: Send + 'static> Reading<I, T, E> {
    /// Reads each row by `read`. Must be used on a thread of the runtime.
    pub fn by(read: fn(&I) -> Result<T, E>) -> Self {
        Self { read, waiting: Vec::new(), running: Vec::new() }
    }

    /// Takes a row.
    pub fn push(&mut self, row: I) {
        self.waiting.push(row);
        if self.waiting.len() == SHARE {
            let share = std::mem::replace(&mut self.waiting, Vec::with_capacity(SHARE));
            let read = self.read;
            self.running.push(spawn_blocking(move || share.iter().map(read).collect()));
        }
    }

    /// Takes rows.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = I>) {
        rows.into_iter().for_each(|row| self.push(row));
    }

    /// All that was read.
    ///
    /// # Errors
    /// That of the first row that cannot be read.
    pub async fn finish(self) -> Result<Vec<T>, E> {
        let last = self.waiting.iter().map(self.read).collect::<Result<Vec<T>, E>>();
        let mut all = Vec::with_capacity(self.running.len() * SHARE + self.waiting.len());
        for share in self.running {
            // A thread ends early by a panic alone.
            all.extend(share.await.unwrap_or_else(|end| std::panic::resume_unwind(end.into_panic()))?);
        }
        all.extend(last?);
        Ok(all)
    }

    /// [`Reading::finish`] for a thread that may block.
    ///
    /// # Errors
    /// That of the first row that cannot be read.
    pub fn wait(self) -> Result<Vec<T>, E> {
        Handle::current().block_on(self.finish())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[tokio::test]
    async fn the_order_stays_and_the_first_error_is_told() {
        for count in [0, 1, 249, 250, 251, 1000, 1001, 4999] {
            let rows: Vec<usize> = (0..count).collect();
            let mut all = Reading::by(|row: &usize| Ok::<usize, ()>(*row));
            all.extend(rows.clone());
            assert_eq!(all.finish().await.unwrap(), rows);
            let mut odd = Reading::by(|row: &usize| match row {
                700 | 900 => Err(*row),
                other => Ok(*other),
            });
            odd.extend(rows);
            let answer = spawn_blocking(move || odd.wait()).await.unwrap();
            assert_eq!(answer.err(), (count > 700).then_some(700));
        }
    }
}
