//! Limits that kith adds to the URL of a database.

/// `url` with limits on the network, unless it sets them itself: how long connecting may take, how long sent data may stay unacknowledged,
/// and how soon a silent peer is probed. Unix sockets ignore all but the first.
pub fn with_limits(url: &str) -> String {
    const LIMITS: [(&str, &str); 5] = [
        ("connect_timeout", "5"),
        ("tcp_user_timeout", "15000"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "3"),
    ];
    let mut url = url.to_owned();
    for (name, value) in LIMITS {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::with_limits;

    #[test]
    fn what_the_address_says_itself_stays() {
        let limited = with_limits("postgresql://db/kith");
        assert!(limited.starts_with("postgresql://db/kith?connect_timeout=5&tcp_user_timeout="), "{limited}");
        let limited = with_limits("postgresql://db/kith?connect_timeout=9");
        assert!(limited.starts_with("postgresql://db/kith?connect_timeout=9&tcp_user_timeout="), "{limited}");
        assert!(!limited.contains("connect_timeout=5"), "{limited}");
    }
}
