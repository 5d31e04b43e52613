//! The address of the client.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str;

use axum::extract::ConnectInfo;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns the address of the client: the one that the outermost of the trusted proxies has seen, or else that of the
/// connection.
pub(super) fn address(parts: &Parts, trusted_proxies: usize) -> Option<IpAddr> {
    let forwarded = trusted_proxies.checked_sub(1);
    let forwarded = forwarded.and_then(|proxies| forwarded_for(&parts.headers, proxies));
    forwarded.or_else(|| peer(parts))
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    let extensions = &parts.extensions;
    let connection = extensions.get::<ConnectInfo<SocketAddr>>();
    let in_test = extensions.get::<MockConnectInfo<SocketAddr>>();
    let address = connection.map(|it| it.0).or(in_test.map(|it| it.0));
    address.map(|it| it.ip())
}

/// Returns the entry of `X-Forwarded-For` before the last `proxies`. Each proxy appends the address of its peer, so
/// the client can write only the entries before it.
fn forwarded_for(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
    let mut entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    // The client may have written bytes that are not UTF-8 into the other entries.
    let entry = str::from_utf8(entries.nth(proxies)?).ok()?.trim();
    // Some proxies append the port, or write an IPv6 address in brackets without one.
    let with_port = || entry.parse().map(|it: SocketAddr| it.ip()).ok();
    let in_brackets = || {
        let address = entry.strip_prefix('[')?.strip_suffix(']')?;
        address.parse().map(|it: Ipv6Addr| it.into()).ok()
    };
    entry.parse().ok().or_else(with_port).or_else(in_brackets)
}
