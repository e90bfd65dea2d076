//! XMP: who made a file and where, in RDF inside any file.

use super::super::Kind;
use super::Report;
use super::search::{place, places, window};

const BEGINNING: &[u8] = b"<rdf:RDF";
const END: &[u8] = b"</rdf:RDF>";

/// At most so many packets of one file, and bytes of one packet, are read.
const MAX_PACKETS: usize = 16;
const MAX_PACKET: usize = 1 << 20;

/// At most so many occurrences of one property, and bytes of one value.
const MAX_OCCURRENCES: usize = 16;
const MAX_VALUE: usize = 2048;

/// Properties that name a person or a person's camera.
const PERSONAL: [&str; 12] = [
    "dc:creator",
    "dc:contributor",
    "tiff:Artist",
    "exif:CameraOwnerName",
    "exifEX:CameraOwnerName",
    "exifEX:BodySerialNumber",
    "aux:OwnerName",
    "aux:SerialNumber",
    "photoshop:CaptionWriter",
    "xmpRights:Owner",
    "Iptc4xmpCore:CreatorContactInfo",
    "pdf:Author",
];

/// Properties that say where.
const PLACES: [&str; 2] = ["exif:GPSLatitude", "exif:GPSLongitude"];

pub fn examine(bytes: &[u8], report: &mut Report<'_>) {
    for start in places(bytes, BEGINNING, MAX_PACKETS) {
        let packet = window(bytes, start, MAX_PACKET);
        let end = place(packet, END).unwrap_or(packet.len());
        packet_properties(&String::from_utf8_lossy(&packet[..end]), report);
    }
}

fn packet_properties(packet: &str, report: &mut Report<'_>) {
    for name in PERSONAL {
        for value in values(packet, name) {
            report.author(&value, "a file's metadata (XMP) names who made it: remove it");
        }
    }
    for name in PLACES {
        for _ in values(packet, name) {
            report.add(Kind::Coordinates, "", "a file's metadata (XMP) says where it was made: remove it");
        }
    }
}

/// The values of a property that are not empty, as an attribute or an element.
fn values<'a>(packet: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let value = move |at: usize| {
        let rest = &packet[at + name.len()..];
        let rest = &rest[..super::text::floor(rest, MAX_VALUE)];
        let value = if rest.starts_with(['=', ' ']) && !packet[..at].ends_with('<') {
            attribute(rest)
        } else if packet[..at].ends_with('<') {
            element(rest, name)
        } else {
            None
        };
        value.filter(|value| value.chars().any(char::is_alphanumeric))
    };
    packet.match_indices(name).take(MAX_OCCURRENCES).filter_map(move |(at, _)| value(at))
}

/// The value in `="value"`.
fn attribute(rest: &str) -> Option<String> {
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

/// The text in `>…</name>`, without the tags in it.
fn element(rest: &str, name: &str) -> Option<String> {
    let (tag, body) = rest.split_once('>')?;
    if tag.ends_with('/') {
        return None;
    }
    let end = body.find(&format!("</{name}")).unwrap_or(body.len());
    let parts = body[..end].split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    Some(parts.map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; "))
}
