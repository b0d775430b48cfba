//! Records on the way, gathered into steps: what is alike (the same village, the same workshop and method) is one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::record::{Details, Kind};
use trace_core::state::{BatchRow, RecordRow, Standing};
use trace_core::tianma::{ProcessMethod, Product, SeedSource};

use super::material::Material;
use super::way::{Part, Sources, is_goods};
use super::{Late, Receipts, Step, Stock, What};

/// Steps with the same key are one. The number is the place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum StepKey {
    Fungus,
    Seed,
    BroughtIn(Stock, Product),
    Supply(Product),
    Planting,
    Tending,
    Harvest,
    Receipt(PartyId),
    Process(PartyId, ProcessMethod, BTreeSet<Product>),
    Pack(PartyId, Product),
    Return(PartyId),
}

/// A step that is being gathered.
struct Gathered<'a> {
    what: What,
    records: Vec<&'a RecordRow>,
    made: BTreeSet<BatchCode>,
    /// Parties that are counted once however many records they have.
    seen: BTreeSet<PartyId>,
}

/// The steps on the way, in the order of the chain and, from the first goods on, of time.
pub(super) fn steps(material: &Material, sources: Option<&Sources>) -> Vec<Step> {
    let mut steps: BTreeMap<StepKey, Gathered<'_>> = BTreeMap::new();
    let tending = material.way.speakers.iter().map(|(record, _)| *record);
    let told: BTreeSet<RecordId> = material.way.makers.iter().copied().chain(tending).collect();
    for record in told.into_iter().filter_map(|id| material.way.record(id)) {
        let Some(entry) = material.entries.get(&record.id) else { continue };
        let made = record.outputs.iter().filter_map(|code| material.way.batch(*code));
        let made: Vec<&BatchRow> = made.filter(|batch| material.way.reached.contains(&batch.code)).collect();
        let details = entry.record.details.stated();
        let Some((key, fresh)) = start(material, record, details, &made) else { continue };
        let step = steps.entry(key).or_insert_with(|| Gathered {
            what: fresh,
            records: Vec::new(),
            made: BTreeSet::new(),
            seen: BTreeSet::new(),
        });
        step.records.push(record);
        step.made.extend(made.iter().map(|batch| batch.code));
        gather(material, record, details, &made, step);
    }
    if let Some(Gathered { what: What::Harvest { villages, .. }, made, .. }) = steps.get_mut(&StepKey::Harvest) {
        share_out(material, villages, made, sources);
    }
    let order = |step: &Gathered<'_>| step.records.iter().map(|record| record.index).min();
    let mut ordered: Vec<_> = steps.into_values().map(|step| (order(&step), finish(material, step))).collect();
    // On one day what was recorded first comes first.
    ordered.sort_by_key(|(index, (place, step))| (*place, step.from, step.to, *index));
    ordered.into_iter().map(|(_, (_, step))| step).collect()
}

/// To which step a record belongs, and that step while nothing has been gathered for it.
fn start(material: &Material, record: &RecordRow, details: &Details, made: &[&BatchRow]) -> Option<(StepKey, What)> {
    let first = made.first();
    let by = || material.who(record.party);
    Some(match details {
        Details::Produce(_) if first?.stage == Stage::Fungus => (
            StepKey::Fungus,
            What::Fungus {
                species: BTreeSet::new(),
                strains: BTreeSet::new(),
                inoculated: None,
                makers: BTreeSet::new(),
            },
        ),
        Details::Produce(_) => (StepKey::Seed, no_seed()),
        // Own seed that was dug with a harvest.
        Details::Harvest(_) if first?.stage == Stage::Seed => (StepKey::Seed, no_seed()),
        Details::Harvest(_) => {
            (StepKey::Harvest, What::Harvest { households: 0, villages: BTreeMap::new(), seasons: BTreeSet::new() })
        }
        Details::BringIn(bring_in) => {
            let stock = Stock { origin: bring_in.origin, place: bring_in.place.clone() };
            let product = first?.product;
            let what = What::BroughtIn { stock: stock.clone(), batches: 0, product, by: BTreeSet::new() };
            (StepKey::BroughtIn(stock, product), what)
        }
        Details::Plant(_) => (
            StepKey::Planting,
            What::Planting {
                plots: 0,
                villages: BTreeMap::new(),
                methods: BTreeSet::new(),
                forms: BTreeSet::new(),
                propagations: BTreeSet::new(),
                altitude_m: None,
                tenures: BTreeSet::new(),
            },
        ),
        Details::Tend(_) => (StepKey::Tending, What::Tending { operations: BTreeMap::new(), applied: BTreeSet::new() }),
        Details::Receive(_) if !is_goods(first?.stage) => {
            let product = first?.product;
            (StepKey::Supply(product), What::Supply { product, receivers: 0, receipts: Receipts::default() })
        }
        Details::Receive(_) => (
            StepKey::Receipt(record.party),
            What::Receipt { by: by(), from: BTreeMap::new(), receipts: Receipts::default() },
        ),
        Details::Process(process) => {
            let makes: BTreeSet<Product> = made.iter().map(|batch| batch.product).collect();
            let what = What::Process {
                by: by(),
                method: process.method,
                from: 0,
                makes: makes.clone(),
                celsius: None,
                hours: None,
                minutes: None,
                fumigated: None,
                fuels: BTreeSet::new(),
                tianma_mg_per_unit: process.tianma_mg_per_unit,
            };
            (StepKey::Process(record.party, process.method, makes), what)
        }
        Details::Pack(pack) => (
            StepKey::Pack(record.party, pack.product),
            What::Pack { by: by(), product: pack.product, net_content: Some(pack.net_content) },
        ),
        Details::Return(_) => (StepKey::Return(record.party), What::Return { by: by() }),
        _ => return None,
    })
}

fn no_seed() -> What {
    What::Seed { sources: BTreeMap::new(), generations: BTreeSet::new(), makers: BTreeSet::new() }
}

/// Adds what a record says to its step.
fn gather(material: &Material, record: &RecordRow, details: &Details, made: &[&BatchRow], step: &mut Gathered<'_>) {
    let new = step.seen.insert(record.party);
    match (&mut step.what, details) {
        (What::Fungus { species, strains, inoculated, makers }, Details::Produce(produce)) => {
            species.extend(produce.species);
            strains.extend(produce.strain.clone());
            widen(inoculated, produce.inoculated_on.map(|day| (day, day)));
            makers.insert(material.who(record.party));
        }
        (What::Seed { sources, generations, makers }, _) => {
            for batch in made {
                let own = matches!(details, Details::Harvest(_)).then_some(SeedSource::Own);
                let source = batch.attributes.source.or(own).unwrap_or(SeedSource::Unknown);
                // What a nursery of the system raised has a known source even where nobody chose a word for it.
                let raised = matches!(details, Details::Produce(_)) && source == SeedSource::Unknown;
                if !raised {
                    *sources.entry(source).or_default() += 1;
                }
                generations.extend(batch.attributes.generation);
            }
            makers.insert(material.who(record.party));
        }
        (What::BroughtIn { batches, by, .. }, _) => {
            *batches += made.len();
            by.insert(material.who(record.party));
        }
        (
            What::Planting { plots, villages, methods, forms, propagations, altitude_m, tenures },
            Details::Plant(plant),
        ) => {
            methods.insert(plant.method);
            forms.insert(plant.form);
            propagations.extend(plant.propagation);
            for batch in made {
                *plots += 1;
                *villages.entry(material.village(batch)).or_default() += 1;
                let site = material.site(batch.site);
                widen(altitude_m, site.and_then(|site| site.altitude_m).map(|m| (m, m)));
                tenures.extend(site.and_then(|site| site.tenure));
            }
        }
        (What::Tending { operations, applied }, Details::Tend(tend)) => {
            *operations.entry(tend.operation).or_default() += 1;
            applied.extend(tend.input_name.clone());
        }
        (What::Harvest { households, villages, seasons }, Details::Harvest(harvest)) => {
            seasons.insert(harvest.season);
            *households += usize::from(new);
            for batch in made {
                // Households are counted when the shares are: one may dig in two villages.
                villages.entry(material.village(batch)).or_default();
            }
        }
        (What::Supply { receivers, receipts, .. }, _) => {
            *receivers += usize::from(new);
            count(receipts, record);
        }
        (What::Receipt { from, receipts, .. }, _) => {
            if let Some(seller) = record.other_side {
                *from.entry(material.who(seller)).or_default() += usize::from(step.seen.insert(seller));
            }
            count(receipts, record);
        }
        (What::Process { from, celsius, hours, minutes, fumigated, fuels, .. }, Details::Process(process)) => {
            *from += material.way.inputs_of(record.id).len();
            widen(celsius, process.temperatures.map(|t| (t.min_celsius, t.max_celsius)));
            widen(hours, process.hours.map(|hours| (hours, hours)));
            widen(minutes, process.minutes.map(|minutes| (minutes, minutes)));
            // A "no" is one of the whole step only while every record of it says so.
            let unsaid = step.records.len() > 1 && fumigated.is_none();
            *fumigated = match (*fumigated, material.fumigated(record)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (_, Some(false)) if !unsaid => Some(false),
                _ => None,
            };
            fuels.extend(process.fuel);
        }
        _ => {}
    }
}

fn count(receipts: &mut Receipts, record: &RecordRow) {
    match record.standing {
        Standing::Settled => receipts.confirmed += 1,
        Standing::Unconfirmed => receipts.unconfirmed += 1,
        Standing::Disputed => receipts.disputed += 1,
    }
}

/// All receipts on the way.
pub(super) fn receipts(material: &Material) -> Receipts {
    let mut receipts = Receipts::default();
    let made = material.way.makers.iter().filter_map(|id| material.way.record(*id));
    made.filter(|record| record.states == Kind::Receive).for_each(|record| count(&mut receipts, record));
    receipts
}

fn widen<T: Copy + Ord>(range: &mut Option<(T, T)>, with: Option<(T, T)>) {
    *range = match (*range, with) {
        (Some((low, high)), Some((least, most))) => Some((low.min(least), high.max(most))),
        (had, new) => had.or(new),
    };
}

/// Households and shares of the villages that dug.
fn share_out(
    material: &Material,
    villages: &mut BTreeMap<Option<trace_core::record::Name>, super::VillageHarvest>,
    made: &BTreeSet<BatchCode>,
    sources: Option<&Sources>,
) {
    for (village, row) in villages {
        let batches = made.iter().filter_map(|code| material.way.batch(*code));
        let batches: Vec<&BatchRow> = batches.filter(|batch| material.village(batch) == *village).collect();
        row.households = batches.iter().map(|batch| batch.owner).collect::<BTreeSet<PartyId>>().len();
        let parts =
            |sources: &Sources| batches.iter().filter_map(|batch| sources.get(&batch.code)).copied().sum::<Part>();
        row.share_ppm = sources.map(|sources| parts(sources).ppm());
    }
}

/// The step with its days, and its place in the chain.
fn finish(material: &Material, step: Gathered<'_>) -> (u8, Step) {
    let days = || step.records.iter().map(|record| record.occurred_at.date());
    let mut late: Option<Late> = None;
    for found in step.records.iter().filter_map(|record| material.late(record)) {
        let records = late.map_or(0, |late| late.records) + 1;
        let latest = late.filter(|late| late.received >= found.received).unwrap_or(found);
        late = Some(Late { records, ..latest });
    }
    let mut manners = BTreeMap::new();
    for record in &step.records {
        *manners.entry(material.manner(record)).or_default() += 1;
    }
    let place = match &step.what {
        What::Fungus { .. } => 0,
        What::Seed { .. } => 1,
        What::Supply { .. } => 2,
        What::Planting { .. } => 3,
        What::Tending { .. } => 4,
        What::Harvest { .. } => 5,
        What::BroughtIn { product, .. } => match product.stages().first() {
            Some(Stage::Fungus) => 0,
            Some(Stage::Seed) => 1,
            Some(Stage::Planting) => 3,
            Some(Stage::Harvest) => 5,
            _ => 6,
        },
        What::Receipt { .. } | What::Process { .. } | What::Pack { .. } | What::Return { .. } => 6,
    };
    let finished = Step {
        from: days().min().unwrap_or(Date::MIN),
        to: days().max().unwrap_or(Date::MIN),
        records: step.records.len(),
        late,
        manners,
        made: step.made,
        what: step.what,
    };
    (place, finished)
}
