//! What the guard covers, in words, and what it does not.

use super::Kind;

/// What each kind covers, in one sentence.
pub fn covers() -> Vec<(Kind, &'static str)> {
    Kind::ALL.into_iter().map(|kind| (kind, covered(kind))).collect()
}

fn covered(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => {
            "E-mail addresses, also spelled out as in \"name (at) host (dot) org\"; not inside the path of a web address"
        }
        Kind::Phone => {
            "Telephone and fax numbers: North American, with a national 0 (UK and others), and international with + or 00; seven \
             digits after a word for telephone; not toll-free numbers and short codes"
        }
        Kind::Ssn => {
            "US social security and taxpayer numbers in the ranges that are given out; nine digits in a row after a word for it"
        }
        Kind::Mbi => "US Medicare beneficiary identifiers by their eleven-character grammar",
        Kind::NhsNumber => "Ten-digit NHS numbers (and CHI, H&C) whose check digit fits",
        Kind::PaymentCard => {
            "Payment card numbers with an issuer's beginning and length and a check digit that fits"
        }
        Kind::IpAddress => {
            "IPv4 and IPv6 addresses, also with a prefix length; not version and section numbers"
        }
        Kind::MacAddress => "Addresses of network interfaces in their usual spellings",
        Kind::RecordNumber => {
            "A value with four or more digits after a word for a record: MRN, medical record, patient, chart, case, account, \
             policy, member number and the like"
        }
        Kind::StreetAddress => {
            "A house, street or post-office box together with a US ZIP code or a UK postcode"
        }
        Kind::Coordinates => {
            "Latitude and longitude as decimals or degrees and minutes; the position in a picture's metadata"
        }
        Kind::AuthorMetadata => {
            "Author, owner or camera's serial number in the metadata of JPEG, PNG, WebP, TIFF and PDF files (EXIF, IPTC, XMP, text \
             chunks, document information)"
        }
        Kind::PersonName => {
            "Personal names next to words for relatives, patients, staff, titles, degrees or ages"
        }
        Kind::FullDate => "Dates with day, month and year near a word about a person's life or care",
        Kind::HighAge => "Ages over 89, in digits and words; not pooled groups such as \"90 and over\"",
        Kind::Unexamined => {
            "Files, or parts of files, that cannot be read: unknown formats, encryption, damaged or compressed metadata"
        }
    }
}

/// What nobody should expect the guard to find.
pub fn not_covered() -> &'static [&'static str] {
    &[
        "vehicle plates, vehicle and device identifiers in texts",
        "national identifiers other than those above (tax, health insurance, passport, driving licence, bank account numbers)",
        "professional identifiers of providers (NPI, GMC numbers)",
        "names without words around them that tell, names in scripts without capital letters, user names on social networks",
        "telephone numbers written in words or letters, or without a leading 0, + or a North American form",
        "addresses without a US ZIP code or UK postcode, and postcodes alone",
        "dates and ages in other languages than English; words for people in other languages",
        "a combination of facts that together single out a person",
        "faces, tattoos and places in pictures, handwriting, scanned text, sound and video",
        "the text inside PDF pages, and what is in compressed or encrypted parts of a PDF",
        "the contents of office documents and archives (they are reported as unexamined)",
        "makers' own notes in a picture's EXIF data, and thumbnails",
    ]
}
