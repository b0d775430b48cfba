//! Boxes and lines as SVG. How a batch stands is said in words and by the pattern of its frame, not by colour alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use trace_core::id::PartyId;
use trace_core::quantity::Quantity;

use super::graph::{Graph, Node, Standing};
use crate::http::pages::app::words::amount;
use crate::http::pages::language::Lang;

const WIDTH: usize = 190;
const HEIGHT: usize = 82;
const GAP_X: usize = 64;
const GAP_Y: usize = 18;
const TOP: usize = 34;
const EDGE: usize = 4;

/// Who looks, and what the owners are called.
pub struct Sight<'a> {
    /// In which language.
    pub lang: Lang,
    /// Names of the owners.
    pub owners: &'a BTreeMap<PartyId, String>,
    /// Whose own amounts are shown.
    pub viewer: PartyId,
    /// Whether all amounts are.
    pub office: bool,
}

/// `&`, `<`, `>` and quotes as XML writes them.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// The whole picture.
pub fn draw(graph: &Graph, sight: &Sight<'_>) -> String {
    let lang = sight.lang;
    let places = places(graph);
    let columns = graph.nodes.iter().map(|node| node.column + 1).max().unwrap_or(1);
    let rows = places.iter().map(|(_, y)| *y).max().unwrap_or(TOP) + HEIGHT + EDGE;
    let width = columns * (WIDTH + GAP_X) - GAP_X + 2 * EDGE;
    let count: usize = graph.nodes.iter().map(|node| node.batches.len()).sum();
    let title = lang.t("批次谱系图", "Lineage of the batch");
    let text = match lang {
        Lang::Zh => format!("从左到右按环节排列，共 {count} 个批次，画成 {} 个方框", graph.nodes.len()),
        Lang::En => {
            let batches = Lang::counted(count, "batch", "batches");
            format!("stages from left to right; {batches} in {}", Lang::counted(graph.nodes.len(), "box", "boxes"))
        }
    };
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{rows}" viewBox="0 0 {width} {rows}" role="group" aria-labelledby="lineage-title lineage-desc"><title id="lineage-title">{title}</title><desc id="lineage-desc">{text}</desc>"#
    );
    heads(graph, lang, &mut out);
    for ((from, to), live) in &graph.edges {
        let ((x1, y1), (x2, y2)) = (places[*from], places[*to]);
        let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2);
        let middle = usize::midpoint(x1, x2);
        let class = if *live { "edge" } else { "edge old" };
        let _ = write!(out, r#"<path class="{class}" d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"/>"#);
    }
    for (node, (x, y)) in graph.nodes.iter().zip(&places) {
        node_svg(node, *x, *y, sight, &mut out);
    }
    out.push_str("</svg>");
    out
}

/// Left upper corners. Within a column a box stands near the middle of what it is made of, so that lines cross less.
fn places(graph: &Graph) -> Vec<(usize, usize)> {
    let mut places = vec![(0, 0); graph.nodes.len()];
    let columns = graph.nodes.iter().map(|node| node.column).max().unwrap_or(0);
    for column in 0..=columns {
        let of_column = (0..graph.nodes.len()).filter(|i| graph.nodes[*i].column == column);
        let middle = |i: &usize| {
            let inputs: Vec<usize> =
                graph.edges.keys().filter(|(_, to)| to == i).map(|(from, _)| places[*from].1).collect();
            if inputs.is_empty() { 0 } else { inputs.iter().sum::<usize>() / inputs.len() }
        };
        let mut placed: Vec<(usize, usize)> = of_column.map(|i| (middle(&i), i)).collect();
        placed.sort_unstable();
        let mut next = TOP;
        for (wanted, i) in placed {
            let y = next.max(wanted);
            places[i] = (EDGE + column * (WIDTH + GAP_X), y);
            next = y + HEIGHT + GAP_Y;
        }
    }
    places
}

/// The stage over its first column.
fn heads(graph: &Graph, lang: Lang, out: &mut String) {
    let mut seen = Vec::new();
    let mut nodes: Vec<&Node> = graph.nodes.iter().collect();
    nodes.sort_by_key(|node| node.column);
    for node in nodes {
        let Some(row) = node.batches.first() else { continue };
        if seen.contains(&row.stage) {
            continue;
        }
        seen.push(row.stage);
        let x = EDGE + node.column * (WIDTH + GAP_X);
        let word = lang.t(row.stage.zh(), row.stage.en());
        let _ = write!(out, r#"<text class="stage" x="{x}" y="18">{word}</text>"#);
    }
}

fn node_svg(node: &Node, x: usize, y: usize, sight: &Sight<'_>, out: &mut String) {
    let lang = sight.lang;
    let Some(row) = node.batches.first() else { return };
    let (class, mark) = match node.standing {
        Standing::Free => ("", ""),
        Standing::Held => ("warn", lang.t("冻结", "held")),
        Standing::Recalled => ("bad", lang.t("召回", "recalled")),
        Standing::Void => ("void", lang.t("作废", "void")),
    };
    let (id, here) = if node.here { (r#" id="here""#, " here") } else { ("", "") };
    let product = lang.t(row.product.zh(), row.product.en());
    let several = node.batches.len() > 1;
    let head = match (several, lang) {
        (false, _) => row.code.to_string(),
        (true, Lang::Zh) => format!("{} 个批次", node.batches.len()),
        (true, Lang::En) => format!("{} batches", node.batches.len()),
    };
    let mut owners: Vec<&str> =
        node.batches.iter().filter_map(|row| sight.owners.get(&row.owner)).map(String::as_str).collect();
    owners.sort_unstable();
    owners.dedup();
    let owner = match owners[..] {
        [one] => one.to_owned(),
        _ if lang == Lang::Zh => format!("{} 个主体", owners.len()),
        _ => format!("{} parties", owners.len()),
    };
    let open = node.batches.iter().all(|row| sight.office || row.owner == sight.viewer);
    let total: Option<i64> = node.batches.iter().try_fold(0_i64, |sum, row| sum.checked_add(row.made));
    let made = total.filter(|total| open && Quantity::new(row.measure(), *total).is_ok());
    let made = made.map(|total| short_amount(lang, row.measure(), total)).unwrap_or_default();
    let codes: Vec<String> = node.batches.iter().take(40).map(|row| row.code.to_string()).collect();
    let whole = format!("{head} · {product} · {owner} · {} {made} {mark} {}", row.occurred_at.date(), codes.join(" "));
    let (tx, width) = (x + 10, WIDTH);
    let cut = |text: &str, most: usize| cut(text, most);
    let mut body = format!(
        r#"<g{id} class="node {class}{here}"><title>{}</title><rect class="box" x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="3"/><text class="id" x="{tx}" y="{}">{}</text><text x="{tx}" y="{}">{}</text><text class="soft" x="{tx}" y="{}">{}</text><text class="soft" x="{tx}" y="{}">{}"#,
        escaped(whole.trim()),
        y + 18,
        escaped(&head),
        y + 37,
        escaped(&cut(&format!("{product} {made}"), 26)),
        y + 55,
        escaped(&cut(&owner, 26)),
        y + 72,
        row.occurred_at.date(),
    );
    let _ = write!(body, "</text>");
    if !mark.is_empty() {
        let _ =
            write!(body, r#"<text class="mark" x="{}" y="{}" text-anchor="end">{mark}</text>"#, x + WIDTH - 10, y + 72);
    }
    body.push_str("</g>");
    // A box of several has no page of its own; one of others' batches leads to its public page.
    let href = match (several, open) {
        (true, _) => None,
        (false, true) => Some(format!("/app/batches/{}", row.code)),
        (false, false) => Some(format!("/b/{}", row.code)),
    };
    match href {
        Some(href) => {
            let _ = write!(out, r#"<a href="{href}">{body}</a>"#);
        }
        None => out.push_str(&body),
    }
}

/// The amount without its second unit, which is a tap away.
fn short_amount(lang: Lang, measure: trace_core::quantity::Measure, value: i64) -> String {
    let words = amount(lang, measure, value);
    words.split(['（', '(']).next().unwrap_or_default().trim().to_owned()
}

/// As much as fits a box; Chinese characters take two places.
fn cut(text: &str, places_max: usize) -> String {
    let mut used = 0;
    let mut out = String::new();
    for c in text.trim().chars() {
        used += if c.is_ascii() { 1 } else { 2 };
        if used > places_max {
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_picture() {
        assert_eq!(escaped(r#"<a href="x">&'"#), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(cut("彝良天麻合作社", 6), "彝良天…");
        assert_eq!(cut("abc", 6), "abc");
    }
}
