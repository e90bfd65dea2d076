//! The documents of the demo: toolkits that come with the program, and files
//! of the person's own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::commands::source::{self, Content, SourceError};
use crate::demo::DemoError;
use crate::view::NewDocument;

/// Most files that are taken from a directory.
const MAX_FILES: usize = 5_000;
/// Most bytes of text that are taken from a directory.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How deep directories are followed.
const MAX_DEPTH: usize = 8;

/// The toolkits that come with the program: name and text.
const TOOLKITS: [(&str, &str); 5] = [
    ("asthma-action-plan.md", include_str!("../../toolkits/asthma-action-plan.md")),
    ("first-clinic-visit.md", include_str!("../../toolkits/first-clinic-visit.md")),
    ("moving-to-adult-care.md", include_str!("../../toolkits/moving-to-adult-care.md")),
    ("school-plan.md", include_str!("../../toolkits/school-plan.md")),
    ("flare-day-plan.md", include_str!("../../toolkits/flare-day-plan.md")),
];

/// A file that was left out.
#[derive(Debug, Serialize)]
pub struct Skipped {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub reason: String,
}

/// A file's document.
pub struct Book {
    /// The file.
    pub file: PathBuf,
    /// What the file holds.
    pub document: NewDocument,
}

/// All documents of the demo.
pub struct Library {
    /// Toolkits that come with the program.
    pub toolkits: Vec<NewDocument>,
    /// Documents from the person's files.
    pub files: Vec<Book>,
    /// Files that were left out.
    pub skipped: Vec<Skipped>,
}

impl Library {
    /// The toolkits and every `.md` and `.txt` under `from`. A file that can't
    /// be used is listed; only a directory that can't be read is an error.
    pub fn collect(from: Option<&Path>) -> Result<Self, DemoError> {
        let toolkits = TOOLKITS.iter().map(|(name, text)| toolkit(name, text)).collect::<Result<_, _>>()?;
        let mut library = Self { toolkits, files: Vec::new(), skipped: Vec::new() };
        if let Some(from) = from {
            let mut paths = Vec::new();
            library
                .walk(from, MAX_DEPTH, &mut paths)
                .map_err(|source| DemoError::From { path: from.to_owned(), source })?;
            paths.sort();
            library.read(paths);
        }
        Ok(library)
    }

    /// Leaves `file` out because of `reason`.
    pub fn skip(&mut self, file: &Path, reason: impl ToString) {
        self.skipped.push(Skipped { file: file.to_owned(), reason: reason.to_string() });
    }

    fn walk(&mut self, dir: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = entry.path();
            // Links are not followed: they may lead out of the directory.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                let walked = match depth {
                    0 => Err(io::Error::other("too many directories inside each other")),
                    _ => self.walk(&path, depth - 1, paths),
                };
                if let Err(error) = walked {
                    self.skip(&path, error);
                }
            } else if is_text(&path) && !kind.is_file() {
                self.skip(&path, "not a plain file");
            } else if is_text(&path) && paths.len() == MAX_FILES {
                self.skip(&path, format!("more than {MAX_FILES} files"));
            } else if is_text(&path) {
                paths.push(path);
            }
        }
        Ok(())
    }

    fn read(&mut self, paths: Vec<PathBuf>) {
        let mut bytes = 0;
        for path in paths {
            match book(&path) {
                Ok(document) if bytes + document.text.len() > MAX_BYTES => {
                    let limit = MAX_BYTES / 1024 / 1024;
                    self.skip(&path, format!("more than {limit} MiB of text in all"));
                }
                Ok(document) => {
                    bytes += document.text.len();
                    self.files.push(Book { file: path, document });
                }
                Err(error) => self.skip(&path, error),
            }
        }
    }
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("txt")
    })
}

fn toolkit(name: &str, text: &str) -> Result<NewDocument, SourceError> {
    document(source::parse(text, name)?, Path::new(name))
}

fn book(path: &Path) -> Result<NewDocument, SourceError> {
    document(source::read_content(path)?, path)
}

fn document(content: Content, path: &Path) -> Result<NewDocument, SourceError> {
    let name = path.display().to_string();
    if content.text.trim().is_empty() {
        return Err(SourceError::Empty { name });
    }
    Ok(NewDocument {
        kind: "toolkit".to_owned(),
        title: source::title(&content, Some(path)).unwrap_or(name),
        language: content.language,
        description: content.description,
        text: content.text,
        particulars: content.particulars,
        ..NewDocument::default()
    })
}

#[cfg(test)]
mod tests {
    use super::{Library, MAX_DEPTH};
    use crate::commands::source::MAX_FILE_BYTES;
    use std::fs;

    #[test]
    fn the_toolkits_of_the_program_are_usable() {
        let library = Library::collect(None).unwrap();
        assert_eq!(library.toolkits.len(), 5);
        for toolkit in &library.toolkits {
            assert!(!toolkit.title.is_empty());
        }
    }

    #[test]
    fn good_files_are_taken_and_bad_ones_listed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("sub")).unwrap();
        fs::write(at("sub/b.TXT"), "text").unwrap();
        fs::write(at("a.md"), "# A\ntext").unwrap();
        fs::write(at("c.pdf"), "no").unwrap();
        fs::write(at("empty.md"), " \n").unwrap();
        fs::write(at("latin.md"), b"caf\xe9").unwrap();
        let long = usize::try_from(MAX_FILE_BYTES).unwrap() + 1;
        fs::write(at("long.md"), "x".repeat(long)).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", at("link.txt")).unwrap();
        let library = Library::collect(Some(dir.path())).unwrap();
        let titles: Vec<&str> = library.files.iter().map(|book| book.document.title.as_str()).collect();
        assert_eq!(titles, ["A", "B"]);
        let skipped = library.skipped.len();
        assert_eq!(skipped, if cfg!(unix) { 4 } else { 3 });
    }

    #[test]
    fn depth_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let mut deep = dir.path().to_owned();
        (0..MAX_DEPTH + 2).for_each(|_| deep.push("d"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("x.md"), "x").unwrap();
        let library = Library::collect(Some(dir.path())).unwrap();
        assert_eq!((library.files.len(), library.skipped.len()), (0, 1));
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        let error = Library::collect(Some("/no/such/dir".as_ref())).err().unwrap();
        assert!(error.to_string().contains("/no/such/dir"));
    }
}
