//! Which network lies in which region: the operator's table, read once at the start.
//!
//! It is CSV with the first line `network,region` and rows such as `1.2.0.0/16,CN-YN`; blank lines and lines that
//! begin with `#` are passed over. Of networks within each other the narrowest counts. Who makes such tables, and how
//! right they are, is not known here.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;

use trace_core::region::{Region, RegionError};

use super::network::{Network, NetworkError};

/// The first line.
const HEADING: &str = "network,region";

/// A table of regions. A lookup is one binary search.
///
/// ```
/// use trace_server::config::RegionTable;
/// let table = RegionTable::parse("network,region\n1.2.0.0/16,CN-YN\n1.2.3.0/24,CN-SC\n")?;
/// assert_eq!(table.region("1.2.3.4".parse()?).unwrap().as_str(), "CN-SC");
/// assert_eq!(table.region("1.2.4.4".parse()?).unwrap().as_str(), "CN-YN");
/// assert_eq!(table.region("1.3.0.1".parse()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegionTable {
    /// Where the region changes, ascending: from this address on it is that one, or none.
    v4: Vec<(u32, Option<Region>)>,
    v6: Vec<(u128, Option<Region>)>,
}

/// Why a table of regions cannot be used. Lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum RegionTableError {
    /// The file cannot be read.
    #[error("the table of regions cannot be read from {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The first line is another one.
    #[error("the table of regions, line {line}: the first line must be {HEADING}, received '{received}'")]
    Heading {
        /// Where.
        line: usize,
        /// What stands there.
        received: String,
    },
    /// A line without exactly two columns.
    #[error("the table of regions, line {line}: a line is a network, a comma and a region, received '{received}'")]
    Columns {
        /// Where.
        line: usize,
        /// What stands there.
        received: String,
    },
    /// No network.
    #[error("the table of regions, line {line}: {source}")]
    Network {
        /// Where.
        line: usize,
        /// What is wrong.
        source: NetworkError,
    },
    /// A network whose address has bits behind its prefix.
    #[error("the table of regions, line {line}: {received} has bits behind its prefix; the network is {expected}")]
    Bits {
        /// Where.
        line: usize,
        /// What stands there.
        received: Network,
        /// What would be right.
        expected: Network,
    },
    /// No region.
    #[error("the table of regions, line {line}: {source}")]
    Region {
        /// Where.
        line: usize,
        /// What is wrong.
        source: RegionError,
    },
    /// A network that stands there twice.
    #[error("the table of regions, line {line}: {network} stands in line {first} already")]
    Twice {
        /// Where.
        line: usize,
        /// Which.
        network: Network,
        /// Where it stands too.
        first: usize,
    },
    /// Nothing but a heading.
    #[error("the table of regions has no networks")]
    Empty,
}

/// The first and the last address of a network, and its region.
type Span<A> = (A, A, Region);

impl RegionTable {
    /// The table of a file.
    ///
    /// # Errors
    /// [`RegionTableError`], naming the line.
    pub fn load(path: &Path) -> Result<Self, RegionTableError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| RegionTableError::File { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }

    /// The table of a text.
    ///
    /// # Errors
    /// [`RegionTableError`], naming the line.
    pub fn parse(text: &str) -> Result<Self, RegionTableError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut v4, mut v6): (Vec<Span<u32>>, Vec<Span<u128>>) = (Vec::new(), Vec::new());
        let mut seen: HashMap<Network, usize> = HashMap::new();
        let mut headed = false;
        let lines = (1..).zip(text.lines().map(str::trim));
        for (line, content) in lines.filter(|(_, content)| !content.is_empty() && !content.starts_with('#')) {
            if !headed {
                if content != HEADING {
                    return Err(RegionTableError::Heading { line, received: excerpt(content) });
                }
                headed = true;
                continue;
            }
            let columns = content.split_once(',').filter(|(_, region)| !region.contains(','));
            let (network, region) =
                columns.ok_or_else(|| RegionTableError::Columns { line, received: excerpt(content) })?;
            let network: Network =
                network.trim().parse().map_err(|source| RegionTableError::Network { line, source })?;
            let region = region.trim().parse().map_err(|source| RegionTableError::Region { line, source })?;
            if network.whole() != network {
                return Err(RegionTableError::Bits { line, received: network, expected: network.whole() });
            }
            if let Some(first) = seen.insert(network, line) {
                return Err(RegionTableError::Twice { line, network, first });
            }
            match network.ends() {
                (IpAddr::V4(from), IpAddr::V4(to)) => v4.push((from.to_bits(), to.to_bits(), region)),
                (IpAddr::V6(from), IpAddr::V6(to)) => v6.push((from.to_bits(), to.to_bits(), region)),
                _ => unreachable!("a network is of one family"),
            }
        }
        if seen.is_empty() {
            return Err(RegionTableError::Empty);
        }
        Ok(Self { v4: changes(v4, |to| to.checked_add(1)), v6: changes(v6, |to| to.checked_add(1)) })
    }

    /// In which region an address lies.
    pub fn region(&self, address: IpAddr) -> Option<Region> {
        match address.to_canonical() {
            IpAddr::V4(address) => at(&self.v4, address.to_bits()),
            IpAddr::V6(address) => at(&self.v6, address.to_bits()),
        }
    }
}

fn excerpt(line: &str) -> String {
    line.chars().take(60).collect()
}

fn at<A: Ord + Copy>(changes: &[(A, Option<Region>)], address: A) -> Option<Region> {
    let after = changes.partition_point(|(from, _)| *from <= address);
    changes[..after].last().and_then(|(_, region)| *region)
}

/// Networks lie within each other or apart, so one sweep with a stack of the open ones finds where the region changes.
fn changes<A: Ord + Copy>(mut spans: Vec<Span<A>>, next: impl Fn(A) -> Option<A>) -> Vec<(A, Option<Region>)> {
    // The wider first where two begin together.
    spans.sort_by_key(|(from, to, _)| (*from, std::cmp::Reverse(*to)));
    let mut changes: Vec<(A, Option<Region>)> = Vec::with_capacity(2 * spans.len());
    let mut put = |from: A, region: Option<Region>| {
        if changes.last().is_some_and(|(last, _)| *last == from) {
            changes.pop();
        }
        if changes.last().is_none_or(|(_, before)| *before != region) {
            changes.push((from, region));
        }
    };
    let mut open: Vec<(A, Region)> = Vec::new();
    let close = |open: &mut Vec<(A, Region)>, put: &mut dyn FnMut(A, Option<Region>)| {
        if let Some((to, _)) = open.pop()
            && let Some(after) = next(to)
        {
            put(after, open.last().map(|(_, region)| *region));
        }
    };
    for (from, to, region) in spans {
        while open.last().is_some_and(|(end, _)| *end < from) {
            close(&mut open, &mut put);
        }
        put(from, Some(region));
        open.push((to, region));
    }
    while !open.is_empty() {
        close(&mut open, &mut put);
    }
    changes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn found(table: &RegionTable, address: &str) -> String {
        table.region(address.parse().unwrap()).map(|region| region.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_narrowest_network_counts() {
        let table = RegionTable::parse(
            "\u{feff}network,region\r\n# hills\r\n\r\n10.0.0.0/8,CN-YN\r\n10.1.0.0/16, CN-SC\r\n10.1.2.0/24,CN-GZ\r\n\
             10.255.0.0/16,MM\r\n255.255.255.255,CN-BJ\r\n0.0.0.0,CN-XJ\r\n2001:db8::/32,CN-HN\r\n2001:db8:1::/48,CN-HB\r\n",
        )
        .unwrap();
        for (address, region) in [
            ("10.0.0.0", "CN-YN"),
            ("10.0.255.255", "CN-YN"),
            ("10.1.0.0", "CN-SC"),
            ("10.1.1.255", "CN-SC"),
            ("10.1.2.0", "CN-GZ"),
            ("10.1.2.255", "CN-GZ"),
            ("10.1.3.0", "CN-SC"),
            ("10.2.0.0", "CN-YN"),
            ("10.255.255.255", "MM"),
            ("11.0.0.0", ""),
            ("9.255.255.255", ""),
            ("0.0.0.0", "CN-XJ"),
            ("0.0.0.1", ""),
            ("255.255.255.255", "CN-BJ"),
            ("255.255.255.254", ""),
            ("::ffff:10.1.2.3", "CN-GZ"),
            ("2001:db8::1", "CN-HN"),
            ("2001:db8:1::1", "CN-HB"),
            ("2001:db8:2::1", "CN-HN"),
            ("2001:db9::1", ""),
        ] {
            assert_eq!(found(&table, address), region, "{address}");
        }
    }

    /// Against a plain search for the longest prefix, over networks that lie within each other in every way.
    #[test]
    fn it_agrees_with_a_plain_search() {
        let mut state = 7_u32;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let regions = ["CN-YN", "CN-SC", "CN-GZ", "MM"];
        let mut rows: Vec<(Network, &str)> = Vec::new();
        while rows.len() < 300 {
            let bits = 20 + draw(13);
            let address = (10 << 24 | draw(1 << 12)) >> (32 - bits) << (32 - bits);
            let network: Network = format!("{}/{bits}", std::net::Ipv4Addr::from_bits(address)).parse().unwrap();
            if rows.iter().all(|(other, _)| *other != network) {
                rows.push((network, regions[draw(4) as usize]));
            }
        }
        let lines: Vec<String> = rows.iter().map(|(network, region)| format!("{network},{region}")).collect();
        let table = RegionTable::parse(&format!("{HEADING}\n{}", lines.join("\n"))).unwrap();
        for low in 0..1 << 12 {
            let address = IpAddr::from(std::net::Ipv4Addr::from_bits(10 << 24 | low));
            let holding = rows.iter().filter(|(network, _)| network.holds(address));
            let plain = holding.max_by_key(|(network, _)| network.prefix_bits()).map_or("", |(_, region)| *region);
            assert_eq!(found(&table, &address.to_string()), plain, "{address}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, words) in [
            ("", "has no networks"),
            ("network,region\n", "has no networks"),
            ("1.2.0.0/16,CN-YN\n", "line 1: the first line must be network,region, received '1.2.0.0/16,CN-YN'"),
            ("network,region\n\n1.2.0.0/16\n", "line 3: a line is a network, a comma and a region"),
            ("network,region\n1.2.0.0/16,CN-YN,x\n", "line 2: a line is"),
            ("network,region\n1.2.0/16,CN-YN\n", "line 2: '1.2.0/16' is no network"),
            (
                "network,region\n1.2.3.4/16,CN-YN\n",
                "line 2: 1.2.3.4/16 has bits behind its prefix; the network is 1.2.0.0/16",
            ),
            (
                "network,region\n1.2.0.0/16,Yunnan\n",
                "line 2: 'Yunnan' is no region; write its ISO 3166-2 code, such as CN-YN",
            ),
            ("network,region\n::/8,MM\n1.0.0.0/8,MM\n::/8,MM\n", "line 4: ::/8 stands in line 2 already"),
        ] {
            let message = RegionTable::parse(text).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
