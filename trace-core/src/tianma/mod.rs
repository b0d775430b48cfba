//! The crop as data: what tianma (Gastrodia elata, 天麻) is made of, done to, sold as and judged by.
//!
//! Owns the closed vocabularies that records are written in, which product a process may turn into which,
//! and the table of figures ([`RulesTable`]) that an office can replace. It deliberately lacks any judgement of a
//! record: rules read these tables, the tables know no rule.
//!
//! ```
//! use trace_core::tianma::{ProcessMethod, Product, transition_allowed};
//!
//! let product: Product = "dried_tianma".parse()?;
//! assert_eq!(product.zh(), "干天麻");
//! assert!(transition_allowed(ProcessMethod::Dry, Product::SteamedTianma, product));
//! # Ok::<(), trace_core::tianma::UnknownCode>(())
//! ```

mod commitment;
mod figures;
mod growing;
mod limits;
mod oversight;
mod printing;
mod processing;
mod products;
mod quality;
mod readings;
mod result_limits;
mod rules_words;
mod table_checks;
mod trade;
mod vocabulary;

pub use commitment::{COMMITMENT_NEWEST, Commitment};
pub use figures::{Figure, FigureKey, Tag};
pub use growing::{
    Form, FungusSpecies, Generation, PlantMethod, Propagation, Season, SeedSource, SizeClass, TendOperation,
    WoodSpecies,
};
pub use limits::{DryFreshBounds, OpenRow, RulesError, RulesTable};
pub use oversight::{
    AdjustReason, CodeVoidReason, DisputeReason, EraseReason, HoldReason, PersonalField, RecallReason, RecallScope,
    RecallStage, ReleaseReason, ReturnReason, VoidReason,
};
pub use printing::{PrintHalt, PrintState, PrintWay, ReprintReason};
pub use processing::{Fuel, ProcessMethod, TuberSize, allowed_outputs, is_drying_step, transition_allowed};
pub use products::{MatterState, Product};
pub use quality::{Basis, Grade, ResultItem, Standard, Verdict};
pub use result_limits::{Limit, LimitKind, RESULT_UNIT, ResultLimit};
pub use trade::{Channel, Condition, ConsigneeClass, Origin, PartyRole, SiteKind, Tenure};
pub use vocabulary::{UnknownCode, Vocabulary};
