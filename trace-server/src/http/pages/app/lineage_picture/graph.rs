//! What is drawn: boxes with a column each, lines between them. Many batches that play the same part (made of the
//! same, used for the same, standing alike) are folded into one box with their number.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::id::{BatchCode, Stage};
use trace_core::state::{BatchRow, EdgeRow};
use trace_core::tianma::Product;

/// Batches of one part from this number on are drawn as one box.
const FOLD_FROM: usize = 4;
/// Most boxes that are still readable; beyond it everything of one column and product that may be folded is.
const BOXES_MAX: usize = 150;

/// How a batch stands, as far as a picture tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing stops it.
    Free,
    /// Frozen.
    Held,
    /// Under recall.
    Recalled,
    /// Its record was voided.
    Void,
}

impl Standing {
    fn of(row: &BatchRow) -> Self {
        if row.void {
            Self::Void
        } else if !row.recalls.is_empty() {
            Self::Recalled
        } else if !row.holds.is_empty() {
            Self::Held
        } else {
            Self::Free
        }
    }
}

/// A box: one batch or several of the same part.
#[derive(Debug, Clone)]
pub struct Node {
    /// The batches, ordered by code; never empty.
    pub batches: Vec<BatchRow>,
    /// Column from the left, from 0.
    pub column: usize,
    /// How they stand.
    pub standing: Standing,
    /// Whether it is the batch that was asked for.
    pub here: bool,
}

/// The whole picture.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// The boxes, by column.
    pub nodes: Vec<Node>,
    /// From box to box; whether a record in force stands behind it.
    pub edges: BTreeMap<(usize, usize), bool>,
}

/// What batches of one part have in common; the last is the parts that are made of them.
type Part = (usize, Stage, Product, Standing, bool, BTreeSet<usize>);

/// The boxes and lines for these batches and edges.
pub fn fold(here: BatchCode, rows: &BTreeMap<BatchCode, BatchRow>, edges: &[EdgeRow]) -> Graph {
    let mut pairs: BTreeMap<(BatchCode, BatchCode), bool> = BTreeMap::new();
    for edge in edges {
        for output in edge.outputs.iter().filter(|output| rows.contains_key(*output)) {
            if rows.contains_key(&edge.batch) {
                *pairs.entry((edge.batch, *output)).or_default() |= edge.live;
            }
        }
    }
    let columns = columns(rows, &pairs);
    let parts = parts(here, rows, &pairs, &columns, true);
    let boxes: usize = parts.values().map(|codes| if codes.len() < FOLD_FROM { codes.len() } else { 1 }).sum();
    let parts = if boxes > BOXES_MAX { self::parts(here, rows, &pairs, &columns, false) } else { parts };
    let mut graph = Graph::default();
    let mut place: BTreeMap<BatchCode, usize> = BTreeMap::new();
    for ((column, _, _, standing, ..), codes) in parts {
        let size = if codes.len() < FOLD_FROM { 1 } else { codes.len() };
        for group in codes.chunks(size) {
            place.extend(group.iter().map(|code| (*code, graph.nodes.len())));
            let batches = group.iter().filter_map(|code| rows.get(code).cloned()).collect();
            graph.nodes.push(Node { batches, column, standing, here: group.contains(&here) });
        }
    }
    for ((from, to), live) in pairs {
        if let (Some(from), Some(to)) = (place.get(&from), place.get(&to))
            && from != to
        {
            *graph.edges.entry((*from, *to)).or_default() |= live;
        }
    }
    graph
}

/// Batches by the part that they play. Strictly, batches are of one part only if what is made of them is, too: so the
/// chains of many households that end in one pool are drawn as one chain.
fn parts(
    here: BatchCode,
    rows: &BTreeMap<BatchCode, BatchRow>,
    pairs: &BTreeMap<(BatchCode, BatchCode), bool>,
    columns: &BTreeMap<BatchCode, usize>,
    strict: bool,
) -> BTreeMap<Part, Vec<BatchCode>> {
    let mut used_for: BTreeMap<BatchCode, Vec<BatchCode>> = BTreeMap::new();
    for (from, to) in pairs.keys().filter(|_| strict) {
        used_for.entry(*from).or_default().push(*to);
    }
    let column = |code: &BatchCode| columns.get(code).copied().unwrap_or(0);
    let mut order: Vec<&BatchRow> = rows.values().collect();
    order.sort_by_key(|row| (std::cmp::Reverse(column(&row.code)), row.code));
    let mut numbers: BTreeMap<Part, usize> = BTreeMap::new();
    let mut number_of: BTreeMap<BatchCode, usize> = BTreeMap::new();
    let mut parts: BTreeMap<Part, Vec<BatchCode>> = BTreeMap::new();
    for row in order {
        // Own seed goes back to an earlier stage, whose part is not known yet; it does not tell parts apart.
        let outputs = used_for.get(&row.code).into_iter().flatten().filter_map(|output| number_of.get(output).copied());
        let part = (column(&row.code), row.stage, row.product, Standing::of(row), row.code == here, outputs.collect());
        let next = numbers.len();
        number_of.insert(row.code, *numbers.entry(part.clone()).or_insert(next));
        parts.entry(part).or_default().push(row.code);
    }
    parts
}

/// Each batch one column right of the last of what it was made of, and no stage left of an earlier one.
fn columns(
    rows: &BTreeMap<BatchCode, BatchRow>,
    pairs: &BTreeMap<(BatchCode, BatchCode), bool>,
) -> BTreeMap<BatchCode, usize> {
    let mut inputs: BTreeMap<BatchCode, Vec<BatchCode>> = BTreeMap::new();
    for (from, to) in pairs.keys() {
        inputs.entry(*to).or_default().push(*from);
    }
    // Longest way within a stage; a ledger has no cycles, and the rounds end with the batches in any case.
    let mut depth: BTreeMap<BatchCode, usize> = rows.keys().map(|code| (*code, 0)).collect();
    for _ in 0..rows.len() {
        let mut moved = false;
        for (code, row) in rows {
            let of_stage = inputs.get(code).into_iter().flatten().filter(|input| rows[*input].stage == row.stage);
            let least = of_stage.map(|input| depth[input] + 1).max().unwrap_or(0);
            moved |= depth.insert(*code, least.max(depth[code])) < Some(least);
        }
        if !moved {
            break;
        }
    }
    let mut first: BTreeMap<Stage, usize> = BTreeMap::new();
    let mut next = 0;
    for stage in Stage::ALL {
        let depths = rows.iter().filter(|(_, row)| row.stage == stage).map(|(code, _)| depth[code]);
        if let Some(deepest) = depths.max() {
            first.insert(stage, next);
            next += deepest + 1;
        }
    }
    rows.iter().map(|(code, row)| (*code, first.get(&row.stage).copied().unwrap_or(0) + depth[code])).collect()
}
