//! Lets a person write in their own editor. What they wrote is never lost: if
//! anything fails later, it stays in a file that the error names.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use tempfile::TempPath;

/// Why the editor gave no text.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// No editor is known.
    #[error(
        "No editor is set. Set VISUAL or EDITOR (for example `export EDITOR=nano`), or give the \
         text with --from FILE."
    )]
    None,
    /// The file for the editor could not be made.
    #[error("A file for the editor could not be made: {0}. Check the space in TMPDIR.")]
    File(#[source] io::Error),
    /// The editor did not start.
    #[error("The editor {editor:?} did not start: {source}. Check VISUAL and EDITOR.")]
    Start {
        /// The editor's command.
        editor: OsString,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The editor ended with an error.
    #[error("The editor ended with {0}. Nothing was saved.")]
    Failed(ExitStatus),
    /// Something later failed; the text is safe.
    #[error("{cause}\nYour text is kept in {}. {advice}", .path.display())]
    Kept {
        /// Stable code of what failed.
        code: String,
        /// What failed, in words.
        cause: String,
        /// Where the text is.
        path: PathBuf,
        /// How to go on.
        advice: String,
    },
}

/// The editor that the environment names: `VISUAL`, else `EDITOR`.
pub fn from_environment() -> Result<OsString, EditorError> {
    ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty())
        .ok_or(EditorError::None)
}

/// A text that a person is writing, in a file of its own.
pub struct Draft {
    path: TempPath,
}

impl Draft {
    /// A file that only this user can read, holding `text`.
    pub fn new(text: &str) -> Result<Self, EditorError> {
        let mut file = tempfile::Builder::new()
            .prefix("commons-")
            .suffix(".md")
            .tempfile()
            .map_err(EditorError::File)?;
        file.write_all(text.as_bytes()).map_err(EditorError::File)?;
        file.flush().map_err(EditorError::File)?;
        Ok(Self { path: file.into_temp_path() })
    }

    /// Where the draft is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the draft in `editor`, a command that may have arguments, and
    /// waits until it ends.
    pub fn edit(&self, editor: &OsString) -> Result<(), EditorError> {
        let status = command(editor, &self.path)
            .status()
            .map_err(|source| EditorError::Start { editor: editor.clone(), source })?;
        if status.success() { Ok(()) } else { Err(EditorError::Failed(status)) }
    }

    /// Whether the draft still holds just `text`.
    pub fn is_still(&self, text: &str) -> bool {
        std::fs::read(&self.path).is_ok_and(|bytes| bytes == text.as_bytes())
    }

    /// Leaves the draft on disk because something kept it from being saved:
    /// `cause` in words, with its stable `code`. `FILE` in `advice` becomes the
    /// draft's name.
    pub fn keep(self, code: &str, cause: &str, advice: &str) -> EditorError {
        let path = match self.path.keep() {
            Ok(path) => path,
            Err(error) => {
                let path = error.path.to_path_buf();
                // Taking it out of clean-up failed; forgetting it does the same.
                std::mem::forget(error.path);
                path
            }
        };
        EditorError::Kept {
            code: code.to_owned(),
            cause: cause.to_owned(),
            advice: advice.replace("FILE", &path.display().to_string()),
            path,
        }
    }
}

/// `EDITOR` is a shell command by custom (`code --wait`), so a shell runs it;
/// the file's name is an argument and is not read by the shell.
#[cfg(unix)]
fn command(editor: &OsString, path: &Path) -> Command {
    let mut script = editor.clone();
    script.push(" \"$1\"");
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).arg("commons").arg(path);
    command
}

#[cfg(not(unix))]
fn command(editor: &OsString, path: &Path) -> Command {
    let mut command = Command::new(editor);
    command.arg(path);
    command
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Draft, EditorError};
    use std::ffi::OsString;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn an_editor_with_arguments_changes_the_draft() {
        let draft = Draft::new("one\n").unwrap();
        draft.edit(&OsString::from("sed -i s/one/two/")).unwrap();
        assert_eq!(fs::read_to_string(draft.path()).unwrap(), "two\n");
        let mode = fs::metadata(draft.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_failing_editor_is_an_error_and_the_file_goes() {
        let draft = Draft::new("one\n").unwrap();
        let error = draft.edit(&OsString::from("false")).unwrap_err();
        assert!(matches!(error, EditorError::Failed(_)));
        let path = draft.path().to_owned();
        drop(draft);
        assert!(!path.exists());
    }

    #[test]
    fn a_kept_draft_survives_and_is_named() {
        let draft = Draft::new("mine\n").unwrap();
        let error = draft.keep("x", "no node", "Run `save FILE`.");
        let EditorError::Kept { path, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(fs::read_to_string(path).unwrap(), "mine\n");
        let shown = path.display().to_string();
        assert!(error.to_string().contains(&format!("save {shown}")));
        assert!(error.to_string().contains("no node"));
        fs::remove_file(path).unwrap();
    }
}
