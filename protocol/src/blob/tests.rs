use super::exchange::{Answer, Request};
use super::*;
use crate::id::CommonsId;
use proptest::prelude::*;

const SIZES: [usize; 12] = [
    0,
    1,
    1_024,
    1_025,
    PIECE_BYTES - 1,
    PIECE_BYTES,
    PIECE_BYTES + 1,
    2 * PIECE_BYTES,
    2 * PIECE_BYTES + 1,
    3 * PIECE_BYTES,
    5 * PIECE_BYTES + 17,
    9 * PIECE_BYTES - 1,
];

fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    Hasher::new().update(&length.to_be_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn plain(bytes: &[u8]) -> BlobHash {
    BlobHash(blake3::hash(bytes).into())
}

fn piece<'a>(outline: &Outline, bytes: &'a [u8], index: u32) -> &'a [u8] {
    let (start, length) = outline.place(index).unwrap();
    let start = usize::try_from(start).unwrap();
    &bytes[start..start + length]
}

#[test]
fn the_hash_is_plain_blake3_and_every_piece_passes() {
    for size in SIZES {
        let bytes = noise(size);
        let outline = Outline::of(&bytes).unwrap();
        assert_eq!(outline.hash(), plain(&bytes), "{size} bytes");
        let again = Outline::check(plain(&bytes), size as u64, &outline.bytes()).unwrap();
        assert_eq!(again, outline, "{size} bytes");
        assert_eq!(outline.count(), piece_count(size as u64).unwrap());
        for index in 0..outline.count() {
            again.check_piece(index, piece(&outline, &bytes, index)).unwrap();
        }
    }
}

#[test]
fn many_pieces_of_any_number_make_the_same_tree() {
    let bytes = noise(33 * PIECE_BYTES);
    for pieces in 1..=33 {
        let bytes = &bytes[..pieces * PIECE_BYTES - pieces % 3];
        assert_eq!(Outline::of(bytes).unwrap().hash(), plain(bytes), "{pieces} pieces");
    }
}

#[test]
fn how_the_bytes_were_cut_makes_no_difference() {
    let bytes = noise(3 * PIECE_BYTES + 5);
    let whole = Outline::of(&bytes).unwrap();
    for cut in [1_000, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
        let mut builder = OutlineBuilder::default();
        bytes.chunks(cut).for_each(|part| builder.update(part).unwrap());
        assert_eq!(builder.size(), bytes.len() as u64);
        assert_eq!(builder.finish(), whole, "cut into {cut}");
    }
}

#[test]
fn a_size_that_is_not_allowed_is_refused_before_anything_is_made() {
    let size = BLOB_BYTES + 1;
    assert_eq!(piece_count(size), Err(BlobFault::TooLarge { size }));
    assert_eq!(Outline::check(BlobHash([0; 32]), u64::MAX, &[]), Err(BlobFault::TooLarge { size: u64::MAX }));
    assert_eq!(piece_count(BLOB_BYTES), Ok(1_024));
    assert_eq!(outline_bytes(BLOB_BYTES), Ok(32 * 1_024));
    let mut builder = OutlineBuilder { size: BLOB_BYTES - 1, ..OutlineBuilder::default() };
    assert_eq!(builder.update(&[0, 0]), Err(BlobFault::TooLarge { size }));
    assert_eq!(builder.size(), BLOB_BYTES - 1);
}

#[test]
fn an_outline_of_the_wrong_length_is_refused() {
    let bytes = noise(3 * PIECE_BYTES);
    let outline = Outline::of(&bytes).unwrap();
    let (hash, size, good) = (outline.hash(), outline.size(), outline.bytes());
    for bad in
        [&good[..64], &good[..95], &[&good[..], &[0]].concat(), &[&good[..], &good[..32]].concat(), &[]]
    {
        let fault = Outline::check(hash, size, bad).unwrap_err();
        assert_eq!(fault, BlobFault::OutlineLength { size, wanted: 96, found: bad.len() });
    }
    // Another size asks for another outline.
    assert!(Outline::check(hash, size + 1, &good).is_err());
    assert!(Outline::check(hash, 1, &good).is_err());
}

#[test]
fn pieces_in_the_wrong_place_or_of_the_wrong_length_are_refused() {
    // All pieces have the same bytes, so only their places tell them apart.
    let bytes = vec![7; 2 * PIECE_BYTES + 1];
    let outline = Outline::of(&bytes).unwrap();
    outline.check_piece(1, &bytes[..PIECE_BYTES]).unwrap();
    let length = |index, wanted, found| Err(BlobFault::PieceLength { index, wanted, found });
    assert_eq!(outline.check_piece(0, &bytes[1..PIECE_BYTES]), length(0, PIECE_BYTES, PIECE_BYTES - 1));
    assert_eq!(outline.check_piece(2, &[]), length(2, 1, 0));
    assert_eq!(outline.check_piece(2, &[7, 7]), length(2, 1, 2));
    assert_eq!(outline.check_piece(3, &[]), Err(BlobFault::NoSuchPiece { index: 3, count: 3 }));
    let bytes = noise(2 * PIECE_BYTES);
    let outline = Outline::of(&bytes).unwrap();
    let swapped = outline.check_piece(0, &bytes[PIECE_BYTES..]);
    assert_eq!(swapped, Err(BlobFault::Piece { index: 0, hash: outline.hash() }));
}

#[test]
fn a_size_that_lies_is_noticed_by_the_last_piece() {
    let bytes = noise(2 * PIECE_BYTES);
    let outline = Outline::of(&bytes).unwrap();
    let lie = Outline::check(outline.hash(), outline.size() - 1, &outline.bytes()).unwrap();
    lie.check_piece(0, &bytes[..PIECE_BYTES]).unwrap();
    let short = lie.check_piece(1, &bytes[PIECE_BYTES..bytes.len() - 1]);
    assert_eq!(short, Err(BlobFault::Piece { index: 1, hash: outline.hash() }));
    assert!(lie.check_piece(1, &bytes[PIECE_BYTES..]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// One flipped bit in a piece or in the outline is noticed, whatever the size.
    #[test]
    fn a_flipped_bit_is_noticed(size in 1_usize..4 * PIECE_BYTES, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = noise(size);
        let outline = Outline::of(&bytes).unwrap();
        prop_assert_eq!(outline.hash(), plain(&bytes));
        let place = at.index(size);
        bytes[place] ^= 1 << bit;
        let index = u32::try_from(place / PIECE_BYTES).unwrap();
        for other in 0..outline.count() {
            let checked = outline.check_piece(other, piece(&outline, &bytes, other));
            prop_assert_eq!(checked.is_err(), other == index);
        }
        let mut sent = outline.bytes();
        if !sent.is_empty() {
            let place = at.index(sent.len());
            sent[place] ^= 1 << bit;
            let hash = outline.hash();
            prop_assert_eq!(Outline::check(hash, size as u64, &sent), Err(BlobFault::Outline { hash }));
        }
    }
}

#[test]
fn the_messages_have_these_bytes() {
    let request =
        Request { commons: CommonsId([1; 32]), hash: BlobHash([2; 32]), outline: true, first: 3, count: 64 };
    let bytes = [&[0x85, 0x58, 32][..], &[1; 32], &[0x58, 32], &[2; 32], &[0xf5, 3, 0x18, 64]].concat();
    assert_eq!(request.encode(), bytes);
    assert_eq!(Request::decode(&bytes).unwrap(), request);
    for end in 0..bytes.len() {
        assert!(Request::decode(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert!(Request::decode(&[&bytes[..], &[0]].concat()).is_err());
    for (answer, bytes) in [
        (Answer::Here(300), vec![0x82, 1, 0x81, 0x19, 1, 44]),
        (Answer::NotHere, vec![0x82, 2, 0x80]),
        (Answer::Busy, vec![0x82, 3, 0x80]),
    ] {
        assert_eq!(answer.encode(), bytes, "{answer:?}");
        assert_eq!(Answer::decode(&bytes).unwrap(), answer);
    }
    assert!(Answer::decode(&[0x82, 4, 0x80]).is_err());
    assert!(Answer::decode(&[0x82, 1, 0x81, 0x18, 1]).is_err(), "not the shortest form");
}
