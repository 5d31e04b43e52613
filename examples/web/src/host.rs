//! Hosts of URLs.

use std::net::IpAddr;

/// Returns whether the host of a URL is a name or an address of the loopback interface. An IPv6 address is in brackets.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_addresses_of_the_loopback_interface_are_accepted() {
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "192.0.2.7",
            "[::]",
            "[2001:db8::1]",
            "localhost.example.org",
            "127.0.0.1.example.org",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
