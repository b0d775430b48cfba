//! Reading many rows on all cores: most of a long trace is reading documents.

use std::thread;

/// Fewer are read by the caller alone: a thread costs as much as reading some ten rows.
const EACH_MIN: usize = 250;

/// Reads all, in their order.
///
/// # Errors
/// The first of the errors of `read`.
pub fn read_many<I: Sync, T: Send, E: Send>(rows: &[I], read: impl Fn(&I) -> Result<T, E> + Sync) -> Result<Vec<T>, E> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(rows.len() / EACH_MIN).max(1);
    let read = &read;
    let (own, others) = rows.split_at(rows.len().div_ceil(threads));
    thread::scope(|scope| {
        let share = rows.len().div_ceil(threads).max(1);
        let running: Vec<_> = others
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(read).collect::<Result<Vec<T>, _>>()))
            .collect();
        let mut all = own.iter().map(read).collect::<Result<Vec<T>, _>>()?;
        all.reserve(others.len());
        for one in running {
            all.extend(one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn the_order_stays_and_an_error_is_told() {
        for count in [0, 1, 249, 250, 251, 1000, 1001, 4999] {
            let rows: Vec<usize> = (0..count).collect();
            assert_eq!(read_many(&rows, |row| Ok::<_, ()>(*row)).unwrap(), rows);
            let odd = |row: &usize| match row {
                700 | 900 => Err(*row),
                other => Ok(*other),
            };
            assert_eq!(read_many(&rows, odd).err(), (count > 700).then_some(700));
        }
    }
}
