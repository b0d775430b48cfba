//! The story of a batch: the way from fungus and seed to what it is, as data that a page can put into words.
//!
//! It is summarised: a batch of 500 lots has a line a village, not 500 lines. No name of a person is
//! kept, amounts are never told, shares are. It deliberately knows no language, and judges nothing that the ledger has not judged,
//! except whether all conditions of the origin mark are met ([`Origin::withheld`]).

mod material;
mod named;
mod origin;
mod quality;
mod shelf;
mod tell;
mod timeline;
mod way;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use trace_core::id::{BatchCode, RecordId};
use trace_core::quantity::Quantity;
use trace_core::record::{Kind, Level, Name};
use trace_core::state::BatchRow;
use trace_core::tianma::{
    Basis, Form, Fuel, FungusSpecies, Generation, Limit, PartyRole, PlantMethod, ProcessMethod, Product, Propagation,
    ResultItem, Season, SeedSource, Standard, TendOperation, Tenure, Verdict,
};
use trace_core::time::Zone;

pub use named::Named;
pub(super) use shelf::Shelf;

/// A record that came later than this after what it states carries the "late" badge: an agent may be offline for days
/// and a co-op types in a month's papers at its end; what is older than that was not written down at the time.
pub const LATE_AFTER_DAYS: i32 = 30;

/// Whoever did something, as far as it is public: never a household's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// What it is in the chain.
    pub role: PartyRole,
    /// Its village.
    pub village: Option<Name>,
    /// Name of an organisation.
    pub organisation: Option<Name>,
}

/// The whole story of one batch.
#[derive(Debug, Clone)]
pub struct Story {
    /// The batch.
    pub batch: BatchRow,
    /// Whose it is.
    pub owner: Who,
    /// The zone in which its days are told.
    pub zone: Zone,
    /// The steps, in the order of the chain.
    pub steps: Vec<Step>,
    /// Laboratory results, those of this very batch first.
    pub tests: Vec<Test>,
    /// Certificates, those of this very batch first.
    pub certificates: Vec<Certificate>,
    /// What the goods are made of.
    pub origin: Origin,
    /// Receipts on the way, by how the seller stands to them.
    pub receipts: Receipts,
    /// What rules noted of records on the way: how often, by level and rule.
    pub findings: BTreeMap<(Level, String), usize>,
    /// How many records on the way are corrected versions.
    pub corrections: usize,
    /// How many batches on the way, this one not counted, are frozen now.
    pub held_before: usize,
    /// How many batches on the way, this one not counted, are under recall now.
    pub recalled_before: usize,
    /// The records on the way, newest first.
    pub records: Vec<RecordMark>,
    /// Those on the way who let everybody know who they are.
    pub named: Vec<Named>,
    /// How many more of them there are.
    pub named_left_out: usize,
}

/// A record to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordMark {
    /// Its id.
    pub id: RecordId,
    /// What it states.
    pub states: Kind,
    /// When that happened.
    pub on: Date,
    /// Who stands behind its words.
    pub manner: Manner,
}

/// How a record came into the ledger, as far as that tells who stands behind it. What an account sent without a
/// signature counts as entered on the website, whichever program sent it: the operator could have written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// Its actor, of this role, signed it with a registered key.
    Signed(PartyRole),
    /// Through an account of the party, unsigned.
    Website,
    /// Another entered it for the party.
    Clerk,
    /// The office set it right in its own name.
    Office,
}

/// One step, or many alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub what: What,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How many records state it.
    pub records: usize,
    /// Those that were typed in long afterwards, if any.
    pub late: Option<Late>,
    /// How they came in, and how many each way.
    pub manners: BTreeMap<Manner, usize>,
    /// The batches that it made.
    pub made: BTreeSet<BatchCode>,
}

/// Records that were received more than [`LATE_AFTER_DAYS`] after what they state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// How many.
    pub records: usize,
    /// Of the latest of them: when it happened.
    pub occurred: Date,
    /// And when it was received.
    pub received: Date,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what their types and names say; counts are of batches unless named")]
pub enum What {
    /// Bottles of fungus were made.
    Fungus {
        species: BTreeSet<FungusSpecies>,
        strains: BTreeSet<Name>,
        /// The first and the last day of inoculation that is on record.
        inoculated: Option<(Date, Date)>,
        makers: BTreeSet<Who>,
    },
    /// Seed was raised, dug or kept.
    Seed { sources: BTreeMap<SeedSource, usize>, generations: BTreeSet<Generation>, makers: BTreeSet<Who> },
    /// Stock came in that no record of the system made.
    BroughtIn { stock: Stock, batches: usize, product: Product, by: BTreeSet<Who> },
    /// Plots were planted.
    Planting {
        plots: usize,
        villages: BTreeMap<Option<Name>, usize>,
        methods: BTreeSet<PlantMethod>,
        forms: BTreeSet<Form>,
        propagations: BTreeSet<Propagation>,
        altitude_m: Option<(u16, u16)>,
        tenures: BTreeSet<Tenure>,
    },
    /// Growing plots were looked after; `applied` are the registered names of what was used.
    Tending { operations: BTreeMap<TendOperation, usize>, applied: BTreeSet<Name> },
    /// Tubers were dug, by so many households, each village with its share of this batch in parts per million.
    Harvest { households: usize, villages: BTreeMap<Option<Name>, VillageHarvest>, seasons: BTreeSet<Season> },
    /// Seed or fungus was handed over to growers.
    Supply { product: Product, receivers: usize, receipts: Receipts },
    /// Goods changed hands.
    Receipt { by: Who, from: BTreeMap<Who, usize>, receipts: Receipts },
    /// Something was made in a workshop.
    Process {
        by: Who,
        method: ProcessMethod,
        from: usize,
        makes: BTreeSet<Product>,
        celsius: Option<(u16, u16)>,
        hours: Option<(u16, u16)>,
        minutes: Option<(u16, u16)>,
        /// Whether any of it was fumigated with sulphur; nothing where nobody says so.
        fumigated: Option<bool>,
        fuels: BTreeSet<Fuel>,
        tianma_mg_per_unit: Option<u32>,
    },
    /// It was packed.
    Pack { by: Who, product: Product, net_content: Option<Quantity> },
    /// Goods came back from a buyer and went on.
    Return { by: Who },
}

/// What a village dug for a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VillageHarvest {
    /// How many households.
    pub households: usize,
    /// Its share of the batch in parts per million; `None` where shares cannot be worked out.
    pub share_ppm: Option<u32>,
}

/// Stock that was brought in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stock {
    /// From where.
    pub origin: trace_core::tianma::Origin,
    /// County or place, where known.
    pub place: Option<Name>,
}

/// Receipts by how the seller stands to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipts {
    /// The seller shipped, confirmed or granted them.
    pub confirmed: usize,
    /// The seller has said nothing.
    pub unconfirmed: usize,
    /// The seller disputes them.
    pub disputed: usize,
}

/// A laboratory's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its record.
    pub record: RecordId,
    /// The batch that was tested.
    pub batch: BatchCode,
    /// Whether that is the batch of the story, not one that it was made of.
    pub own: bool,
    /// Who tested.
    pub laboratory: Who,
    /// When.
    pub on: Date,
    /// Whether it was typed in long afterwards.
    pub late: Option<Late>,
    /// Against which standard.
    pub standard: Standard,
    /// The laboratory's verdict.
    pub verdict: Verdict,
    /// What was measured.
    pub results: Vec<Measured>,
}

/// One measured value against the limit of the rules table that was in force then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// What was measured.
    pub item: ResultItem,
    /// How much, in mg/kg.
    pub mg_per_kg: u32,
    /// The limit, if the standard sets one that is known.
    pub limit: Option<Limit>,
}

/// An owner's commitment for a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its record.
    pub record: RecordId,
    /// The batch.
    pub batch: BatchCode,
    /// Whether that is the batch of the story.
    pub own: bool,
    /// Who vouches.
    pub by: Who,
    /// When.
    pub on: Date,
    /// On what it rests.
    pub basis: Basis,
}

/// What the goods of a batch are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The share of stock that was brought in, in parts per million of the tianma, by where it came from. `None`
    /// where shares cannot be worked out.
    pub brought_in_ppm: Option<BTreeMap<Stock, u32>>,
    /// Why the origin mark is withheld; empty: all conditions are met.
    pub withheld: BTreeSet<Withheld>,
    /// How long it grew.
    pub grown: Grown,
}

/// How long the harvests of a batch had been in the ground.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Grown {
    /// Whole months from planting to harvest, the fewest and the most, of those plantings whose day is on record.
    pub months: Option<(u16, u16)>,
    /// How old protected tianma is at least, in years.
    pub least_years: u64,
    /// Whether all of it is as old as that by its time in the ground alone.
    pub old_enough: bool,
}

impl Story {
    /// Whether any of the goods changed hands before they became this batch, or came from where no grower is on record.
    pub fn is_bought(&self) -> bool {
        self.steps.iter().any(|step| match &step.what {
            What::Receipt { .. } => true,
            What::BroughtIn { stock, product, .. } => product.is_tianma() && stock.origin.taints(),
            _ => false,
        })
    }
}

impl Origin {
    /// Parts per million from outside or of unknown origin; `None` where shares cannot be worked out.
    pub fn tainted_ppm(&self) -> Option<u32> {
        let shares = self.brought_in_ppm.as_ref()?;
        Some(shares.iter().filter(|(stock, _)| stock.origin.taints()).map(|(_, ppm)| ppm).sum())
    }
}

/// A condition of the origin mark that is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Withheld {
    /// Part of it comes from outside the region.
    Outside,
    /// Part of it is of unknown origin.
    UnknownOrigin,
    /// It grew from seed or fungus from outside or of unknown origin.
    OutsideSeed,
    /// Part of it was there before the system: no plot is on record.
    BeforeSystem,
    /// Part of it is of a form that the protected origin does not admit, or of none that is on record.
    Form,
    /// Part of it was dug from no registered plot.
    Plot,
    /// A plot's altitude is not on record or outside the protected range.
    Altitude,
    /// Part of it was dug outside the protected season.
    Season,
    /// Part of it was younger, counted from when it was sown, than protected tianma is.
    Age,
    /// Part of it was fumigated with sulphur.
    Sulphur,
    /// A batch on the way is frozen or under recall.
    Frozen,
    /// Nothing of it leads back to a harvest, or its shares cannot be worked out.
    NoHarvest,
}
