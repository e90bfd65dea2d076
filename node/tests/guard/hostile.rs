//! Input that somebody made to break the guard.

use commons_node::guard::{Kind, MAX_FINDINGS, Severity, examine_file, examine_text};
use proptest::prelude::*;

use crate::pictures::{Entry, Exif, exif_segment, jpeg, pdf, png, webp, xmp};

/// One file of each sort with all that the readers look for.
fn files() -> Vec<Vec<u8>> {
    let exif = Exif::empty().text(0x013B, "Anna Miller").text(0x010E, "a text").place();
    let packet = xmp("exif:GPSLatitude='51'", "<dc:creator><rdf:li>Anna</rdf:li></dc:creator>");
    let caption = [b"Photoshop 3.0\0".to_vec(), b"\x1c\x02\x50\0\x04Anna".to_vec()].concat();
    vec![
        jpeg(&[exif_segment(&exif), (0xE1, packet.clone()), (0xED, caption), (0xFE, b"comment".to_vec())]),
        png(&[
            (b"eXIf", exif.bytes()),
            (b"tEXt", b"Author\0Anna".to_vec()),
            (b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0".to_vec(), packet.clone()].concat()),
        ]),
        webp(&[(b"EXIF", exif.bytes()), (b"XMP ", packet.clone())]),
        exif.bytes(),
        [pdf("/Author 7 0 R /Title (\\(x)", "7 0 obj <416E6E61> endobj"), packet].concat(),
    ]
}

#[test]
fn every_beginning_of_a_file_is_read_without_panic() {
    for file in files() {
        for length in 0..file.len() {
            examine_file("cut", "image/jpeg", &file[..length], &[]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_files_are_read_without_panic(
        which in 0usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = files().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let findings = examine_file("changed", "", &file, &[]);
        prop_assert!(findings.len() <= MAX_FINDINGS);
    }

    #[test]
    fn any_bytes_behind_a_beginning_are_read_without_panic(
        which in 0usize..5,
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let beginnings: [&[u8]; 5] =
            [b"\xff\xd8\xff\xe1\x01\x00Exif\0\0II\x2a\0\x08\0\0\0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"MM\0\x2a\0\0\0\x08", b"%PDF-1.7 /Author"];
        examine_file("any", "", &[beginnings[which], &bytes].concat(), &[]);
    }

    #[test]
    fn any_text_is_read_without_panic_and_shown_where_it_is(text in "\\PC{0,200}|[-0-9a-zA-Z@.:()/+ \n°'\"\\\\&#;_*]{0,300}") {
        let lines: Vec<&str> = text.split('\n').collect();
        for finding in examine_text("text", &text, std::slice::from_ref(&text)) {
            let line = lines.get(finding.line as usize - 1);
            prop_assert!(line.is_some_and(|line| finding.column as usize <= line.chars().count() + 1), "{finding}");
        }
    }
}

#[test]
fn directories_that_lead_in_circles_end() {
    let circle = Exif {
        picture: vec![Entry(0x8769, 4, 1, [8, 0, 0, 0]), Entry(0x8825, 4, 1, [8, 0, 0, 0])],
        ..Exif::empty()
    };
    let mut next = Exif::empty().text(0x0110, "x").bytes();
    let at = next.iter().rposition(|byte| *byte == 0).expect("a zero") - 3;
    next[at..at + 4].copy_from_slice(&8u32.to_le_bytes());
    for block in [circle.bytes(), next] {
        assert!(
            examine_file("circle", "", &block, &[]).iter().any(|finding| finding.kind == Kind::Unexamined)
        );
    }
}

/// Directories that overlap: believing them would take gigabytes.
#[test]
fn directories_that_overlap_take_no_memory() {
    let mut block = b"II\x2a\0\x08\0\0\0\xff\xff".to_vec();
    for number in 0..60_000u32 {
        block.extend([0x69, 0x87, 4, 0, 1, 0, 0, 0]);
        block.extend((8 + 12 * number).to_le_bytes());
    }
    let findings = examine_file("overlap", "", &block, &[]);
    assert!(findings.iter().any(|finding| finding.kind == Kind::Unexamined));
}

#[test]
fn a_directory_without_end_is_not_read_to_its_end() {
    let entries = |count: u32| Exif {
        picture: (0..count).map(|_| Entry(0x0112, 3, 1, [1, 0, 0, 0])).collect(),
        ..Exif::empty()
    };
    assert_eq!(examine_file("long", "", &entries(4000).bytes(), &[]), []);
    assert!(
        examine_file("longer", "", &entries(5000).bytes(), &[])
            .iter()
            .any(|finding| finding.kind == Kind::Unexamined)
    );
}

#[test]
fn a_flood_of_soft_findings_hides_no_hard_one() {
    let text = format!("{}\nSSN 123-45-6789\n{}", "my son Liam\n".repeat(5000), "my son Liam\n".repeat(5000));
    let findings = examine_text("text", &text, &[]);
    assert_eq!(findings.len(), MAX_FINDINGS);
    assert_eq!(findings.iter().filter(|finding| finding.kind.severity() == Severity::Hard).count(), 1);
}

#[test]
fn a_flood_of_declared_contacts_hides_no_other() {
    let text = format!("{} 303-555-0177", "415-555-0132, ".repeat(3000));
    let findings = examine_text("text", &text, &["415 555 0132".to_owned()]);
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn a_long_text_is_read_to_its_end_and_lines_are_counted() {
    let text = format!("{}x anna@example.org", "a line of words about the day\n".repeat(100_000));
    let findings = examine_text("text", &text, &[]);
    assert_eq!(
        findings.iter().map(|finding| (finding.line, finding.column)).collect::<Vec<_>>(),
        [(100_001, 3)]
    );
    let one_line = format!("{} anna@example.org", "ä".repeat(1 << 20));
    assert_eq!(examine_text("text", &one_line, &[]).len(), 1);
}
