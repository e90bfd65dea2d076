//! How a receiver knows that a delivery comes from this node and is fresh.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of `commons-signature`: `t=<seconds>,v1=<HMAC-SHA256>` over the
/// seconds since 1970, a dot and the body.
pub(super) fn header(secret: &[u8], seconds: u64, body: &[u8]) -> String {
    let code = hmac(secret, &[seconds.to_string().as_bytes(), b".", body]);
    format!("t={seconds},v1={}", hex::encode(code))
}

/// HMAC-SHA256 (RFC 2104) of the parts, one after the other.
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut code = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    for part in parts {
        code.update(part);
    }
    code.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{header, hmac};

    /// The test cases of RFC 4231, section 4, but for the truncated one.
    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let cases: [(&[u8], &[u8], &str); 6] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19",
                &[0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(hex::encode(hmac(key, &[data])), expected);
            let (first, second) = data.split_at(3);
            assert_eq!(hex::encode(hmac(key, &[first, b"", second])), expected);
        }
    }

    /// Receivers are written against this; it must not change.
    #[test]
    fn a_signature_is_the_golden_one() {
        let header = header(b"0123456789abcdef0123456789abcdef", 1_764_000_000, br#"{"id":"1"}"#);
        assert_eq!(
            header,
            "t=1764000000,v1=9d8d0c0cb05ba575257cea67576451442992d36335242374ad0291e13d92c679"
        );
    }
}
