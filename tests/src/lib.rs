//! What the tests of the whole system share: fresh databases on both engines, a small county that acts through the
//! real ledger, and the macro that runs one case on both engines.
//!
//! It lacks assertions about the domain; each test brings its own, so that a reader finds what is claimed in one
//! file.
#![allow(
    clippy::expect_used,
    reason = "this crate is test code: a panic with a reason is how a test says that its surroundings failed"
)]

pub mod described;
pub mod drafting;
pub mod engines;
pub mod generator;
pub mod household;
pub mod pictures;
pub mod raw;
pub mod readers;
pub mod refusals;
pub mod search;
pub mod signing;
pub mod static_site;

/// Makes a test of every named case for each engine. A case is a public async function that takes an empty
/// [`engines::Database`]; cases are listed by the module of the test crate that holds them.
#[macro_export]
#[allow(clippy::crate_in_macro_def, reason = "the cases live in the crate that calls the macro")]
macro_rules! on_both_engines {
    ($($file:ident: $($case:ident),+;)+) => {
        $crate::on_both_engines!(@engine sqlite Sqlite $($file: $($case),+;)+);
        $crate::on_both_engines!(@engine postgres Postgres $($file: $($case),+;)+);
    };
    (@engine $module:ident $engine:ident $($file:ident: $($case:ident),+;)+) => {
        mod $module {
            $(mod $file {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let engine = $crate::engines::Engine::$engine;
                        super::super::$file::$case($crate::engines::Database::create(engine).await).await;
                    }
                )+
            })+
        }
    };
}
