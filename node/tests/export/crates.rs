//! RO-Crates: what is in them, and what is believed of theirs.

use super::samples::{PIXEL, Sample, guidance, toolkit};
use commons_node::export::{self, ImportError, read_ro_crate};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

type Files = BTreeMap<String, Vec<u8>>;

fn crate_of(sample: &Sample) -> Vec<u8> {
    export::ro_crate(&sample.published()).expect("a crate")
}

fn unpack(bytes: &[u8]) -> Files {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut files = Files::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).expect("a file");
        let time = file.last_modified().expect("a time");
        assert_eq!((time.year(), time.month(), time.day(), time.hour()), (1980, 1, 1, 0));
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("content");
        files.insert(file.name().to_owned(), content);
    }
    files
}

fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (path, bytes) in files {
        zip.start_file(*path, options).expect("a file");
        zip.write_all(bytes).expect("content");
    }
    zip.finish().expect("an archive").into_inner()
}

fn repack(files: &Files) -> Vec<u8> {
    pack(&files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect::<Vec<_>>())
}

fn metadata(files: &Files) -> Value {
    serde_json::from_slice(&files["ro-crate-metadata.json"]).expect("JSON")
}

fn entity<'a>(metadata: &'a Value, id: &str) -> &'a Value {
    let graph = metadata["@graph"].as_array().expect("a graph");
    let found: Vec<&Value> = graph.iter().filter(|entity| entity["@id"] == id).collect();
    assert_eq!(found.len(), 1, "{id}");
    found[0]
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(crate_of(&toolkit()), crate_of(&toolkit()));
}

#[test]
fn a_crate_describes_all_its_files() {
    let sample = toolkit();
    let files = unpack(&crate_of(&sample));
    let metadata = metadata(&files);
    let described: Vec<&str> = entity(&metadata, "./")["hasPart"]
        .as_array()
        .expect("parts")
        .iter()
        .filter_map(|part| part["@id"].as_str())
        .collect();
    let mut paths: Vec<&str> =
        files.keys().map(String::as_str).filter(|path| *path != "ro-crate-metadata.json").collect();
    let mut sorted = described.clone();
    sorted.sort_unstable();
    paths.sort_unstable();
    assert_eq!(sorted, paths);
    for path in paths {
        let entity = entity(&metadata, path);
        assert_eq!(entity["@type"], "File");
        assert_eq!(entity["sha256"], hex::encode(Sha256::digest(&files[path])), "{path}");
        assert_eq!(entity["contentSize"], files[path].len().to_string(), "{path}");
    }
    assert_eq!(files["version.cbor"], sample.version.encode());
    assert_eq!(files["proof.cbor"], b"the bytes of a proof");
    assert_eq!(files[&format!("reviews/{}.dsse.json", "06".repeat(32))], sample.reviews[0].json.as_bytes());
    assert_eq!(files["attachments/1-glass.png"], PIXEL);
    assert_eq!(entity(&metadata, "version.cbor")["sha256"], sample.version.name().sha256.to_string());
}

#[test]
fn every_reference_of_a_crate_leads_somewhere() {
    for sample in [toolkit(), guidance(), toolkit().draft(), super::hostile::sample()] {
        let metadata = metadata(&unpack(&crate_of(&sample)));
        let graph = metadata["@graph"].as_array().expect("a graph");
        for value in graph.iter().flat_map(|one| one.as_object().expect("an entity").values()) {
            let references = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
            for id in references.iter().filter_map(|one| one["@id"].as_str()) {
                if id != "https://w3id.org/ro/crate/1.2" {
                    entity(&metadata, id);
                }
            }
        }
    }
}

#[test]
fn a_draft_carries_no_reviews_and_no_proof() {
    let mut sample = toolkit().draft();
    sample.proof = Some(b"of another version".to_vec());
    let files = unpack(&crate_of(&sample));
    assert!(files.keys().all(|path| !path.starts_with("reviews/") && path != "proof.cbor"));
    let metadata = metadata(&files);
    assert_eq!(entity(&metadata, "./")["creativeWorkStatus"], "DRAFT – not reviewed");
    assert_eq!(entity(&metadata, "./")["datePublished"], "2026-12-01");
}

#[test]
fn hostile_names_stay_in_their_folder() {
    let files = unpack(&crate_of(&super::hostile::sample()));
    let attachments: Vec<&str> =
        files.keys().map(String::as_str).filter(|path| path.starts_with("attachments/")).collect();
    assert_eq!(attachments, ["attachments/1-", "attachments/2-CON", "attachments/3-a", "attachments/4-A"]);
    assert_eq!(metadata(&files)["@graph"][1]["name"].as_str().map(|name| &name[..8]), Some("</title>"));
}

#[test]
fn an_attachment_that_is_not_here_is_named() {
    let mut sample = toolkit();
    sample.files[0].bytes = None;
    let hash = sample.files[0].hash.clone();
    let bytes = crate_of(&sample);
    let metadata = metadata(&unpack(&bytes));
    assert_eq!(entity(&metadata, &format!("urn:blake3:{hash}"))["name"], "glass.png");
    let imported = read_ro_crate(&bytes).expect("a document");
    assert_eq!(imported.notices, ["the attachment glass.png is not in the crate and was left out"]);
    assert!(imported.files.is_empty());
}

#[test]
fn a_crate_becomes_a_draft_with_its_files() {
    let sample = toolkit();
    let imported = read_ro_crate(&crate_of(&sample)).expect("a document");
    let fields = sample.version.fields();
    assert_eq!(imported.document.title, fields.title);
    assert_eq!(imported.document.text, fields.text);
    let mut particulars = fields.particulars.into_inner();
    particulars.retain(|name, _| !name.starts_with("attachment/"));
    assert_eq!(imported.document.particulars, particulars);
    assert_eq!(imported.files.len(), 1);
    let file = &imported.files[0];
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("glass.png", "image/png"));
    assert_eq!((file.alt.as_str(), file.bytes.as_slice()), ("A glass of water", PIXEL));
    assert!(imported.notices.is_empty());
}

#[test]
fn a_crate_that_another_tool_packed_again_reads_the_same() {
    let bytes = crate_of(&toolkit());
    let (first, again) =
        (read_ro_crate(&bytes).expect("a document"), read_ro_crate(&repack(&unpack(&bytes))));
    assert_eq!(format!("{first:?}"), format!("{:?}", again.expect("a document")));
}

#[test]
fn an_attachment_with_other_bytes_is_left_out() {
    let mut files = unpack(&crate_of(&toolkit()));
    files.get_mut("attachments/1-glass.png").expect("a file").push(0);
    let imported = read_ro_crate(&repack(&files)).expect("a document");
    assert_eq!((imported.files.len(), imported.notices.len()), (0, 1));
}

#[test]
fn paths_that_lead_out_are_refused() {
    for path in ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "C:x", "a//b", "./a", "a/.", "..", "a\nb"] {
        let error = read_ro_crate(&pack(&[(path, b"x")])).expect_err(path);
        assert!(matches!(error, ImportError::Path { .. }), "{path:?}: {error}");
    }
}

#[test]
fn what_is_no_crate_of_ours_is_refused_in_words() {
    let files = unpack(&crate_of(&toolkit()));
    let without = |path: &str| {
        let mut files = files.clone();
        files.remove(path);
        repack(&files)
    };
    let with = |path: &str, content: &str| {
        let mut files = files.clone();
        files.insert(path.to_owned(), content.as_bytes().to_vec());
        repack(&files)
    };
    let description = String::from_utf8(files["ro-crate-metadata.json"].clone()).expect("text");
    for (bytes, words) in [
        (b"plain".to_vec(), "no zip archive"),
        (without("text.md"), "no file text.md"),
        (without("ro-crate-metadata.json"), "no ro-crate-metadata.json"),
        (with("ro-crate-metadata.json", "[]"), "does not follow RO-Crate 1.2"),
        (with("ro-crate-metadata.json", "{"), "can't be read"),
        (with("ro-crate-metadata.json", &description.replace("crate/1.2", "crate/0.9")), "does not follow"),
        (with("ro-crate-metadata.json", &description.replace("mainEntity", "x")), "main entity"),
        (with("text.md", "---\nages: x\n---\n# T\n"), "ages in years"),
    ] {
        let error = read_ro_crate(&bytes).expect_err(words).to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    let mut files = files.clone();
    files.insert("text.md".to_owned(), vec![0xff]);
    assert!(matches!(read_ro_crate(&repack(&files)), Err(ImportError::Encoding { .. })));
}

#[test]
fn bombs_are_not_unpacked() {
    let zeros = vec![0; 64 * 1024 * 1024];
    let names: Vec<String> = (0..7).map(|number| format!("bomb-{number}")).collect();
    let bomb = pack(&names.iter().map(|name| (name.as_str(), zeros.as_slice())).collect::<Vec<_>>());
    assert!(bomb.len() < 1024 * 1024);
    assert!(matches!(read_ro_crate(&bomb), Err(ImportError::TooLarge { .. })));
    let long = format!("[{}0]", "0,".repeat(3 * 1024 * 1024));
    let long = pack(&[("ro-crate-metadata.json", long.as_bytes()), ("text.md", b"# T")]);
    assert!(matches!(read_ro_crate(&long), Err(ImportError::TooLarge { .. })));
    let names: Vec<String> = (0..1_025).map(|number| number.to_string()).collect();
    let many = pack(&names.iter().map(|name| (name.as_str(), &b""[..])).collect::<Vec<_>>());
    assert!(matches!(read_ro_crate(&many), Err(ImportError::TooManyFiles { found: 1_025, .. })));
}

#[test]
fn damaged_crates_are_errors_and_nothing_worse() {
    let bytes = crate_of(&guidance());
    for length in (0..bytes.len()).step_by(101) {
        assert!(read_ro_crate(&bytes[..length]).is_err());
    }
    // The directory at the end is what a reader believes first.
    for at in bytes.len().saturating_sub(1_500)..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        _ = read_ro_crate(&changed);
    }
}
