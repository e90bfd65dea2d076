//! The examples in bytes of `docs/protocol.md` are the bytes of these values.

use crate::samples::series::{a_definition, a_table};
use commons_protocol::codec;
use commons_protocol::period::Period;
use commons_protocol::series::Table;

const PROTOCOL: &str = include_str!("../../../docs/protocol.md");

/// The hexadecimal text behind `words`, between these marks.
fn bytes_after(words: &str, open: &str, close: &str) -> Vec<u8> {
    let (_, rest) = PROTOCOL.split_once(words).unwrap_or_else(|| panic!("nothing says \"{words}\""));
    let (_, rest) = rest.split_once(open).expect("an example in bytes");
    let (text, _) = rest.split_once(close).expect("the end of the example");
    // In a block each line has a comment behind its bytes.
    let plain: String =
        text.lines().map(|line| line.trim().split("   ").next().unwrap_or_default()).collect();
    hex::decode(plain.replace(' ', "")).unwrap_or_else(|error| panic!("{words}: {error} in {plain}"))
}

#[test]
fn examples_in_bytes_are_right() {
    let march = Period::month(2026, 3).expect("a month");
    assert_eq!(bytes_after("March 2026 is", "`", "`"), codec::encode(&march));
    let definition = bytes_after("For example, a proportion by month", "`", "`");
    assert_eq!(definition, codec::encode(&a_definition()));
    let table = bytes_after("For example, 74 of 128 in February 2026", "```text\n", "```");
    assert_eq!(table, codec::encode(&a_table()));
    assert_eq!(codec::decode::<Table>(&table, 64).ok(), Some(a_table()));
}
