//! Files made byte by byte.

/// A value in an EXIF directory: tag, type, count and the four bytes.
pub struct Entry(pub u16, pub u16, pub u32, pub [u8; 4]);

/// A TIFF file with little-endian numbers: the first directory, that of the
/// place if there are entries for it, and `values` behind them.
pub struct Exif {
    pub picture: Vec<Entry>,
    pub place: Vec<Entry>,
    pub values: Vec<u8>,
}

impl Exif {
    pub fn empty() -> Self {
        Self { picture: Vec::new(), place: Vec::new(), values: Vec::new() }
    }

    /// Adds a text to the first directory.
    pub fn text(mut self, tag: u16, text: &str) -> Self {
        let bytes = [text.as_bytes(), b"\0"].concat();
        self.picture.push(Entry(tag, 2, count(&bytes), [0; 4]));
        self.values.extend(&bytes);
        self
    }

    /// Adds latitude and longitude.
    pub fn place(mut self) -> Self {
        for tag in [2, 4] {
            self.place.push(Entry(tag, 5, 3, [0; 4]));
            for number in [51u32, 1, 30, 1, 4562, 100] {
                self.values.extend(number.to_le_bytes());
            }
        }
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let pointer = usize::from(!self.place.is_empty());
        let first = 8 + 2 + 12 * (self.picture.len() + pointer) + 4;
        let second = if pointer == 1 { 2 + 12 * self.place.len() + 4 } else { 0 };
        let mut values = u32::try_from(first + second).expect("small");
        let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
        directory(&mut bytes, &self.picture, &mut values, (pointer == 1).then_some(first));
        if pointer == 1 {
            directory(&mut bytes, &self.place, &mut values, None);
        }
        [bytes, self.values.clone()].concat()
    }
}

fn directory(bytes: &mut Vec<u8>, entries: &[Entry], values: &mut u32, place: Option<usize>) {
    let count = entries.len() + usize::from(place.is_some());
    bytes.extend(u16::try_from(count).expect("small").to_le_bytes());
    for Entry(tag, form, count, inline) in entries {
        let length = if *form == 5 { count * 8 } else { *count };
        bytes.extend(tag.to_le_bytes());
        bytes.extend(form.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        if length > 4 {
            bytes.extend(values.to_le_bytes());
        } else {
            bytes.extend(inline);
        }
        *values += length;
    }
    if let Some(place) = place {
        bytes.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0]);
        bytes.extend(u32::try_from(place).expect("small").to_le_bytes());
    }
    bytes.extend([0; 4]);
}

fn count(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("small")
}

/// A JPEG with these segments, each a marker and its bytes.
pub fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    for (marker, body) in segments {
        bytes.extend([0xFF, *marker]);
        bytes.extend(u16::try_from(body.len() + 2).expect("small").to_be_bytes());
        bytes.extend(body);
    }
    bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0x34, 0xFF, 0xD9]);
    bytes
}

/// The segment of a JPEG that holds EXIF data.
pub fn exif_segment(exif: &Exif) -> (u8, Vec<u8>) {
    (0xE1, [b"Exif\0\0".to_vec(), exif.bytes()].concat())
}

/// A PNG with these chunks between its header and its end.
pub fn png(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = vec![0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0];
    chunk(&mut bytes, b"IHDR", &header);
    for (kind, body) in chunks {
        chunk(&mut bytes, kind, body);
    }
    chunk(&mut bytes, b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 2, 0, 1]);
    chunk(&mut bytes, b"IEND", &[]);
    bytes
}

fn chunk(bytes: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    bytes.extend(count(body).to_be_bytes());
    bytes.extend(kind);
    bytes.extend(body);
    bytes.extend([0; 4]);
}

/// A WebP with these chunks.
pub fn webp(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, bytes) in chunks {
        body.extend(*kind);
        body.extend(count(bytes).to_le_bytes());
        body.extend(bytes);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF".to_vec(), count(&body).to_le_bytes().to_vec(), body].concat()
}

/// An XMP packet with this inside of its description.
pub fn xmp(attributes: &str, elements: &str) -> Vec<u8> {
    format!(
        "<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description rdf:about='' {attributes}>\
         {elements}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )
    .into_bytes()
}

/// A PDF with this document information and these further objects.
pub fn pdf(information: &str, objects: &str) -> Vec<u8> {
    format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n\
         3 0 obj\n<< {information} >>\nendobj\n{objects}\ntrailer\n<< /Root 1 0 R /Info 3 0 R >>\n%%EOF\n"
    )
    .into_bytes()
}
