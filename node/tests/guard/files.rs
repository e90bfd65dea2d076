//! The metadata of files.

use commons_node::guard::{Finding, Kind, examine_file};

use crate::pictures::{Entry, Exif, exif_segment, jpeg, pdf, png, webp, xmp};

const ARTIST: u16 = 0x013B;

fn examine(name: &str, bytes: &[u8]) -> Vec<Finding> {
    examine_file(name, "application/octet-stream", bytes, &[])
}

/// Each kind once, in order.
fn kinds(bytes: &[u8]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = examine("file", bytes).into_iter().map(|finding| finding.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[test]
fn the_place_and_the_artist_of_a_jpeg_are_found() {
    let place = jpeg(&[exif_segment(&Exif::empty().place())]);
    assert_eq!(kinds(&place), [Kind::Coordinates]);
    let artist = jpeg(&[exif_segment(&Exif::empty().text(ARTIST, "Anna Miller"))]);
    assert_eq!(kinds(&artist), [Kind::AuthorMetadata]);
    let owner = jpeg(&[exif_segment(&Exif::empty().text(0xA430, "Anna Miller"))]);
    assert_eq!(kinds(&owner), [Kind::AuthorMetadata]);
    let both = jpeg(&[exif_segment(&Exif::empty().text(0x0110, "Camera 7").text(ARTIST, "Anna").place())]);
    assert_eq!(kinds(&both), [Kind::Coordinates, Kind::AuthorMetadata]);
}

#[test]
fn a_finding_names_the_file_and_masks_the_name() {
    let artist = jpeg(&[exif_segment(&Exif::empty().text(ARTIST, "Anna Miller"))]);
    let findings = examine("photo.jpg", &artist);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].field.as_str(), findings[0].excerpt.as_str()), ("photo.jpg", "An** ******"));
}

#[test]
fn clean_files_pass() {
    let camera = Exif::empty().text(0x0110, "Camera 7").text(0x0131, "Editor 3.2").text(ARTIST, " ");
    let version = Exif { place: vec![Entry(0, 1, 4, [2, 3, 0, 0])], ..Exif::empty() };
    let clean = [
        jpeg(&[]),
        jpeg(&[(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0".to_vec()), exif_segment(&camera)]),
        jpeg(&[exif_segment(&version)]),
        jpeg(&[(
            0xE1,
            xmp("xmp:CreatorTool='Editor'", "<dc:title>Leaflet</dc:title><dc:creator></dc:creator>"),
        )]),
        png(&[]),
        png(&[(b"tEXt", b"Software\0Editor 3.2".to_vec()), (b"tEXt", b"Author\0".to_vec())]),
        png(&[(b"eXIf", camera.bytes())]),
        webp(&[(b"VP8 ", vec![0; 7])]),
        camera.bytes(),
        pdf("/Title (Leaflet) /Producer (Writer) /Author ()", ""),
        pdf("/Creator (Writer)", ""),
        Vec::new(),
    ];
    for bytes in clean {
        assert_eq!(examine("file", &bytes), [], "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn captions_and_comments_of_a_jpeg_are_read() {
    let by_line =
        [b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10".to_vec(), b"\x1c\x02\x50\0\x0bAnna Miller".to_vec()]
            .concat();
    assert_eq!(kinds(&jpeg(&[(0xED, by_line)])), [Kind::AuthorMetadata]);
    assert_eq!(kinds(&jpeg(&[(0xFE, b"mail anna@example.org".to_vec())])), [Kind::Email]);
    let description = Exif::empty().text(0x010E, "MRN 4455667, second visit");
    assert_eq!(kinds(&jpeg(&[exif_segment(&description)])), [Kind::RecordNumber]);
}

#[test]
fn the_authors_of_a_png_are_found() {
    let exif = Exif::empty().text(ARTIST, "Anna Miller").place().bytes();
    let creator = xmp("", "<dc:creator><rdf:Seq><rdf:li>Anna Miller</rdf:li></rdf:Seq></dc:creator>");
    let named = [
        png(&[(b"tEXt", b"Author\0Anna Miller".to_vec())]),
        png(&[(b"zTXt", b"Author\0\0\x78\x9c\x73\xcc\xcb".to_vec())]),
        png(&[(b"iTXt", b"Author\0\0\0en\0Author\0Anna Miller".to_vec())]),
        png(&[(b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0".to_vec(), creator].concat())]),
    ];
    for bytes in named {
        assert_eq!(kinds(&bytes), [Kind::AuthorMetadata], "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(kinds(&png(&[(b"eXIf", exif)])), [Kind::Coordinates, Kind::AuthorMetadata]);
}

#[test]
fn what_cannot_be_read_is_said_to_be_unexamined() {
    let unreadable = [
        png(&[(b"zTXt", b"Comment\0\0\x78\x9c\x73".to_vec())]),
        png(&[(b"tEXt", b"Raw profile type exif\0\nexif\n 20\n4578".to_vec())]),
        png(&[(b"eXIf", b"II\x2a\0\xff\xff\xff\xff".to_vec())]),
        jpeg(&[(0xE1, b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x09".to_vec())]),
        pdf("/Title (x)", "4 0 obj << /Filter /Standard >> endobj trailer << /Encrypt 4 0 R >>"),
        pdf("/Title (x)", "trailer << /Info 9 0 R >>"),
        pdf(
            "/Title (x)",
            "4 0 obj << /Type /Metadata /Filter /FlateDecode /Length 9 >> stream\nxxxxxxxxx\nendstream endobj",
        ),
        b"PK\x03\x04\x14\0\0\0\x08\0\xff\xfe".to_vec(),
    ];
    for bytes in unreadable {
        assert_eq!(kinds(&bytes), [Kind::Unexamined], "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn webp_and_tiff_are_read_too() {
    let exif = Exif::empty().text(ARTIST, "Anna Miller").place().bytes();
    let expected = [Kind::Coordinates, Kind::AuthorMetadata];
    assert_eq!(kinds(&webp(&[(b"VP8 ", vec![1; 5]), (b"EXIF", exif.clone())])), expected);
    assert_eq!(kinds(&exif), expected);
    let place = xmp("exif:GPSLatitude='51,30.76N' photoshop:CaptionWriter=\"Anna\"", "");
    assert_eq!(kinds(&webp(&[(b"XMP ", place)])), expected);
}

#[test]
fn the_author_of_a_pdf_is_found() {
    let named = [
        pdf("/Author (Anna Miller)", ""),
        pdf("/Author(Anna \\(Mum\\) Miller)", ""),
        pdf("/Author <416E6E61>", ""),
        pdf("/Author <FEFF0041006E006E0061>", ""),
        pdf("/Author (\\101nna)", ""),
        pdf("/Author 7 0 R", "7 0 obj\n(Anna)\nendobj"),
        pdf(
            "",
            "4 0 obj << /Type /Metadata >> stream\n<rdf:RDF><dc:creator>Anna</dc:creator></rdf:RDF>\nendstream endobj",
        ),
    ];
    for bytes in named {
        assert_eq!(kinds(&bytes), [Kind::AuthorMetadata], "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_photo_inside_a_pdf_is_read() {
    let photo = jpeg(&[exif_segment(&Exif::empty().place())]);
    let file = [pdf("", "4 0 obj << /Filter /DCTDecode >> stream\n"), photo].concat();
    assert_eq!(kinds(&file), [Kind::Coordinates]);
}

#[test]
fn texts_are_read_in_their_encodings() {
    let text = "write to anna@example.org";
    let wide: Vec<u8> = [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    assert_eq!(kinds(text.as_bytes()), [Kind::Email]);
    assert_eq!(kinds(&wide), [Kind::Email]);
    let western = b"K\xf6ln, anna@example.org";
    let findings = examine_file("notes.txt", "text/plain", western, &[]);
    assert_eq!(findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [Kind::Email]);
    assert_eq!(
        examine_file("notes.txt", "text/plain", text.as_bytes(), &["Anna@Example.org".to_owned()]),
        []
    );
}

#[test]
fn the_numbers_of_a_drawing_are_no_identifiers() {
    let drawing = "<svg><path d='M415 555 0132 40.71281 -74.00601'/><text>Call 415-555-0132</text></svg>";
    assert_eq!(kinds(drawing.as_bytes()), [Kind::Phone]);
    let author = "<svg><metadata><rdf:RDF><dc:creator><cc:Agent>Anna</cc:Agent></dc:creator></rdf:RDF></metadata></svg>";
    assert!(kinds(author.as_bytes()).contains(&Kind::AuthorMetadata));
}
