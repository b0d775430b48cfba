//! The address and the region of the client, seen through trusted proxies only.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use trace_core::region::Region;

use crate::app::AppState;
use crate::config::Network;

/// Where the request came from: the connection's other end, or what a trusted proxy says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // Only a router that is called without a socket has no peer.
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Self(seen_through(peer, &parts.headers, &state.config.trusted_proxies)))
    }
}

/// The province or country that a request came from, where it is known: what a trusted proxy says in the header of the
/// configuration, else what the operator's table says of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientRegion(pub Option<Region>);

impl FromRequestParts<AppState> for ClientRegion {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let said = peer.and_then(|peer| {
            let name = state.config.region_header.as_deref()?;
            said_by(peer, &parts.headers, name, &state.config.trusted_proxies)
        });
        Ok(Self(said.or_else(|| state.regions.region(address))))
    }
}

/// What a trusted peer says; the last line, since it may have passed on a client's own before it.
fn said_by(peer: IpAddr, headers: &HeaderMap, name: &str, trusted: &[Network]) -> Option<Region> {
    if !trusted.iter().any(|network| network.holds(peer.to_canonical())) {
        return None;
    }
    headers.get_all(name).iter().next_back()?.to_str().ok()?.parse().ok()
}

/// The last address of `X-Forwarded-For` that is not itself a trusted proxy: everything before it was written by
/// somebody whom we have no reason to believe.
fn seen_through(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let trusts = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    let mut address = peer.to_canonical();
    if !trusts(address) {
        return address;
    }
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    for hop in lines.iter().flat_map(|line| line.split(',')).map(str::trim).rev() {
        let Some(named) = parse_hop(hop) else { break };
        address = named;
        if !trusts(address) {
            break;
        }
    }
    address
}

/// Some proxies add the port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let address = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<Network> = ["10.0.0.0/8", "::1"].iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        seen_through(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_peer_says_the_region() {
        let trusted: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        let said = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-region", line.parse().unwrap());
            }
            said_by(peer.parse().unwrap(), &headers, "X-Region", &trusted).map(|region| region.to_string())
        };
        assert_eq!(said("10.0.0.1", &["cn-yn"]).as_deref(), Some("CN-YN"));
        assert_eq!(said("::ffff:10.0.0.1", &["CN-YN"]).as_deref(), Some("CN-YN"));
        assert_eq!(said("192.0.2.1", &["CN-YN"]), None, "a client cannot choose its region");
        assert_eq!(said("10.0.0.1", &["CN-BJ", "CN-YN"]).as_deref(), Some("CN-YN"), "the proxy's own line is the last");
        assert_eq!(said("10.0.0.1", &["Yunnan"]), None);
        assert_eq!(said("10.0.0.1", &[]), None);
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1", "a client cannot choose its address");
        assert_eq!(seen("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7", "the rest is hearsay");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.7:4711"]), "198.51.100.7", "lines are one list");
        assert_eq!(seen("::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["198.51.100.7, nonsense"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }
}
