//! Between the project's names and libp2p's: keys and addresses.

use libp2p::{
    Multiaddr, PeerId,
    identity::{PublicKey, ed25519},
    multiaddr::Protocol,
};

use super::{NetError, PeerKey};

/// Longest address text that is looked at.
const MAX_TEXT: usize = 512;

/// The peer id of a key; fails when the bytes are not a point on the curve.
pub(super) fn peer_id(key: &PeerKey) -> Result<PeerId, NetError> {
    let public = ed25519::PublicKey::try_from_bytes(&key.0).map_err(|_| NetError::PeerKey(*key))?;
    Ok(PublicKey::from(public).to_peer_id())
}

/// The key of a peer id; nothing when it is not an inlined ed25519 key.
pub(super) fn peer_key(id: &PeerId) -> Option<PeerKey> {
    const INLINED: u64 = 0;
    let hash = id.as_ref();
    if hash.code() != INLINED {
        return None;
    }
    let public = PublicKey::try_decode_protobuf(hash.digest()).ok()?;
    Some(PeerKey(public.try_into_ed25519().ok()?.to_bytes()))
}

/// Reads an address and refuses every kind of transport that this node does not speak.
pub(super) fn parse(text: &str) -> Result<Multiaddr, NetError> {
    let refuse = |why: String| NetError::Address { address: text.chars().take(80).collect(), why };
    if text.len() > MAX_TEXT {
        return Err(refuse(format!("it is longer than {MAX_TEXT} bytes")));
    }
    let address: Multiaddr = text.parse().map_err(|e: libp2p::multiaddr::Error| refuse(e.to_string()))?;
    if let Some(other) = address.iter().find(|part| !spoken(part)) {
        return Err(refuse(format!("`{other}` is not supported here")));
    }
    if !address.iter().any(|part| matches!(part, Protocol::Tcp(_) | Protocol::Udp(_))) {
        return Err(refuse("it names no port".into()));
    }
    Ok(address)
}

fn spoken(part: &Protocol<'_>) -> bool {
    match part {
        Protocol::Ip4(_) | Protocol::Ip6(_) | Protocol::Tcp(_) | Protocol::P2p(_) => true,
        Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_) => true,
        Protocol::Udp(_) | Protocol::QuicV1 => cfg!(feature = "quic"),
        _ => false,
    }
}

/// Replaces port 0 of a listening address by the port that was found, so that listening again keeps it.
pub(super) fn pin_port(wanted: &Multiaddr, bound: &Multiaddr) -> Multiaddr {
    let found = bound.iter().find_map(|part| match part {
        Protocol::Tcp(port) | Protocol::Udp(port) => Some(port),
        _ => None,
    });
    wanted
        .iter()
        .map(|part| match (part, found) {
            (Protocol::Tcp(0), Some(port)) => Protocol::Tcp(port),
            (Protocol::Udp(0), Some(port)) => Protocol::Udp(port),
            (part, _) => part,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::identity::Keypair;

    #[test]
    fn keys_and_peer_ids_are_two_names_of_one_thing() {
        let keypair = Keypair::generate_ed25519();
        let id = keypair.public().to_peer_id();
        let key = peer_key(&id).expect("an ed25519 peer id inlines its key");
        assert_eq!(peer_id(&key).expect("a generated key is valid"), id);
    }

    #[test]
    fn bytes_that_are_no_point_are_refused() {
        let bad = (0..=255).map(|n| PeerKey([n; 32])).filter(|key| peer_id(key).is_err()).count();
        assert!(bad > 50, "about half of all y coordinates have no x, found {bad}");
    }

    #[test]
    fn only_spoken_addresses_are_read() {
        assert!(parse("/ip4/192.0.2.1/tcp/4001").is_ok());
        assert!(parse("/dns4/hub.example.org/tcp/443").is_ok());
        for bad in [
            "",
            "/ip4/192.0.2.1",
            "/memory/1",
            "/ip4/192.0.2.1/tcp/99999",
            "/unix/x",
            "nonsense",
            "/ip4/1.2.3.4/tcp/1/p2p-circuit",
        ] {
            assert!(parse(bad).is_err(), "{bad} should be refused");
        }
        assert!(parse(&format!("/dns4/{}/tcp/1", "a".repeat(600))).is_err());
    }

    #[test]
    fn port_zero_is_pinned_to_the_port_that_was_bound() {
        let wanted = parse("/ip4/0.0.0.0/tcp/0").expect("valid");
        let bound = parse("/ip4/127.0.0.1/tcp/4321").expect("valid");
        assert_eq!(pin_port(&wanted, &bound).to_string(), "/ip4/0.0.0.0/tcp/4321");
        let fixed = parse("/ip4/0.0.0.0/tcp/99").expect("valid");
        assert_eq!(pin_port(&fixed, &bound), fixed);
    }
}
