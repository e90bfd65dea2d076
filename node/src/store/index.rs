//! The index: small tables in sled, derived from the records and rebuilt from them when in doubt.
//!
//! sled's own flush does not reach the disk on Linux, and it reports damage late or by panicking. Neither matters
//! much for what can be rebuilt: after a flush the file is synced as well, every call is guarded, and after the
//! first failure the index answers nothing more until it is opened again. A damaged one is moved aside then.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tracing::{error, warn};

use super::error::{StoreError, is_full};
use super::files;
use super::layout::{check_rows, table_index};
use super::position::Position;
use super::{Change, RowVisitor, Table};

/// The size of the index's cache in bytes.
pub(super) const CACHE: u64 = 8 * 1024 * 1024;
/// How often sled writes out what changed, in milliseconds.
const FLUSH_EVERY_MS: u64 = 500;
/// Room that sled needs at least to go on, in bytes: one piece of its log.
const ROOM: u64 = 512 * 1024;
/// The directory of the index.
const NAME: &str = "index";
/// The directories of damaged ones, followed by a number.
const BROKEN: &str = "index.broken-";
/// A file that says the index is damaged, so that the next opening moves it aside.
const DAMAGED: &str = "index.damaged";
/// The tree that holds the mark.
const MARK_TREE: &str = "mark-1";
const MARK_KEY: &[u8] = b"indexed-to";
/// The row beside the mark that names all tables: an index with others is built again, since the mark would not
/// speak for the new ones.
const TABLES_KEY: &[u8] = b"tables";
/// How often, and how long apart, opening is tried while an earlier instance of this process lets go of the file.
const OPEN_TRIES: u32 = 200;
const OPEN_PAUSE: Duration = Duration::from_millis(10);

/// The open database.
struct Trees {
    db: sled::Db,
    tables: Vec<sled::Tree>,
    mark: sled::Tree,
}

/// The tables of a store.
pub(super) struct Index {
    home: PathBuf,
    cache: u64,
    /// `None` only after a failed [`Index::clear`].
    trees: Option<Trees>,
    down: Cell<bool>,
}

/// Why an index could not be opened.
enum Refused {
    Damaged(Box<dyn std::error::Error + Send + Sync>),
    Failed(StoreError),
}

impl Index {
    /// Opens the index of a store whose records end at `end`.
    pub fn open(home: &Path, cache: u64, end: Position) -> Result<Self, StoreError> {
        let dir = home.join(NAME);
        if home.join(DAMAGED).exists() {
            move_aside(home)?;
        }
        let trees = match open_trees(&dir, cache) {
            Ok(trees) => trees,
            Err(Refused::Failed(error)) => return Err(error),
            Err(Refused::Damaged(why)) => {
                error!(%why, "the index is damaged; it is moved aside and built again");
                move_aside(home)?;
                reopened(&dir, cache)?
            }
        };
        let mut index = Self { home: home.to_owned(), cache, trees: Some(trees), down: Cell::new(false) };
        match index.usable_up_to(end) {
            Ok(true) => {}
            Ok(false) => index.clear()?,
            Err(StoreError::IndexDown { .. }) => {
                index.trees = None;
                move_aside(home)?;
                index.trees = Some(reopened(&dir, cache)?);
                index.down.set(false);
            }
            Err(error) => return Err(error),
        }
        Ok(index)
    }

    /// Whether the index has the tables of this version and does not know more than the records.
    fn usable_up_to(&self, end: Position) -> Result<bool, StoreError> {
        let tree = &self.trees()?.mark;
        let tables = self.guarded(|| tree.get(TABLES_KEY))?;
        if tables.is_none_or(|names| *names != *table_names().as_bytes()) {
            warn!("the index has tables of another version; it is built again");
            return Ok(false);
        }
        let mark = self.mark()?;
        if mark > end {
            warn!(%mark, %end, "the index knows records that are not there; it is built again");
        }
        Ok(mark <= end)
    }

    /// The value of a row.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let tree = self.table(table)?;
        let value = self.guarded(|| tree.get(key))?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// Changes rows of a table, all or none.
    pub fn put(&mut self, table: Table, changes: Vec<Change>) -> Result<(), StoreError> {
        check_rows(&changes)?;
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        let tree = self.table(table)?;
        self.guarded(|| tree.apply_batch(batch))
    }

    /// Visits the rows whose keys begin with `prefix`.
    pub fn each(&self, table: Table, prefix: &[u8], visit: &mut RowVisitor<'_>) -> Result<(), StoreError> {
        let mut rows = self.table(table)?.scan_prefix(prefix);
        while let Some((key, value)) = self.guarded(|| rows.next().transpose())? {
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The position up to which the index is right.
    pub fn mark(&self) -> Result<Position, StoreError> {
        let tree = &self.trees()?.mark;
        let Some(value) = self.guarded(|| tree.get(MARK_KEY))? else {
            return Ok(Position::START);
        };
        let bytes =
            <[u8; 8]>::try_from(&*value).map_err(|_| self.fail("its mark is not a position", None, true))?;
        Ok(Position::from_bytes(bytes))
    }

    /// Sets the position up to which the index is right.
    pub fn set_mark(&mut self, to: Position) -> Result<(), StoreError> {
        let tree = &self.trees()?.mark;
        self.guarded(|| tree.insert(MARK_KEY, &to.to_bytes()))?;
        Ok(())
    }

    /// Makes the index durable.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        let db = &self.trees()?.db;
        self.guarded(|| db.flush())?;
        let path = self.home.join(NAME).join("db");
        let synced = File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(|e| StoreError::io("sync", &path, 0, e))
    }

    /// Deletes everything and begins anew.
    pub fn clear(&mut self) -> Result<(), StoreError> {
        self.trees = None;
        let dir = self.home.join(NAME);
        files::wipe_dir(&dir)?;
        self.forget_broken()?;
        self.trees = Some(reopened(&dir, self.cache)?);
        unmark_damaged(&self.home)?;
        self.down.set(false);
        Ok(())
    }

    /// Deletes damaged indexes that were moved aside: they may hold content that is to be erased.
    pub fn forget_broken(&self) -> Result<(), StoreError> {
        for (_, path) in broken(&self.home)? {
            files::wipe_dir(&path)?;
        }
        Ok(())
    }

    fn table(&self, table: Table) -> Result<&sled::Tree, StoreError> {
        let tables = &self.trees()?.tables;
        tables.get(table_index(table)).ok_or_else(is_down)
    }

    fn trees(&self) -> Result<&Trees, StoreError> {
        if self.down.get() {
            return Err(is_down());
        }
        self.trees.as_ref().ok_or_else(is_down)
    }

    /// Runs a call of sled. A failure or a panic in it takes the index down.
    fn guarded<T>(&self, call: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(sled::Error::Io(e))) if is_full(&e) => {
                self.down.set(true);
                let path = self.home.join(NAME);
                Err(StoreError::io("write", &path, ROOM, e))
            }
            Ok(Err(sled::Error::Io(e))) => {
                Err(self.fail("the disk reported an error", Some(e.into()), false))
            }
            Ok(Err(e)) => Err(self.fail("it is damaged", Some(e.into()), true)),
            Err(_) => Err(self.fail("it panicked", None, true)),
        }
    }

    /// Takes the index down, for good if it is damaged.
    fn fail(
        &self,
        what: &'static str,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
        damaged: bool,
    ) -> StoreError {
        self.down.set(true);
        error!(what, cause = ?source, "the index failed; the records are not affected");
        if damaged && let Err(error) = File::create(self.home.join(DAMAGED)) {
            warn!(%error, "could not note that the index is damaged; delete its directory before the next start");
        }
        StoreError::IndexDown { what, source }
    }
}

fn is_down() -> StoreError {
    StoreError::IndexDown { what: "it failed before", source: None }
}

/// Opens the database, waiting for an earlier instance in this process to let go of it.
fn open_trees(dir: &Path, cache: u64) -> Result<Trees, Refused> {
    let mut tries = OPEN_TRIES;
    loop {
        let refused = match catch_unwind(|| try_open(dir, cache)) {
            Ok(Ok(trees)) => return Ok(trees),
            Ok(Err(error)) => refusal(dir, error),
            Err(_) => Refused::Damaged("it panicked while it was opened".into()),
        };
        tries -= 1;
        match refused {
            Refused::Failed(StoreError::InUse { .. }) if tries > 0 => thread::sleep(OPEN_PAUSE),
            refused => return Err(refused),
        }
    }
}

/// Opens a database that has just been made.
fn reopened(dir: &Path, cache: u64) -> Result<Trees, StoreError> {
    open_trees(dir, cache).map_err(|refused| match refused {
        Refused::Failed(error) => error,
        Refused::Damaged(why) => {
            StoreError::IndexDown { what: "a new one could not be made", source: Some(why) }
        }
    })
}

fn try_open(dir: &Path, cache: u64) -> sled::Result<Trees> {
    let db = sled::Config::new()
        .path(dir)
        .cache_capacity(cache)
        .mode(sled::Mode::LowSpace)
        .flush_every_ms(Some(FLUSH_EVERY_MS))
        .open()?;
    let mut tables = Vec::with_capacity(Table::ALL.len());
    for table in Table::ALL {
        tables.push(db.open_tree(table.name())?);
    }
    let mark = db.open_tree(MARK_TREE)?;
    if mark.is_empty() {
        mark.insert(TABLES_KEY, table_names().as_bytes())?;
    }
    Ok(Trees { db, tables, mark })
}

fn table_names() -> String {
    Table::ALL.map(Table::name).join(" ")
}

/// Tells damage, which a new index mends, from trouble with the disk, which it does not.
fn refusal(dir: &Path, error: sled::Error) -> Refused {
    match error {
        sled::Error::Io(e) if e.to_string().contains("could not acquire lock") => {
            let path = dir.to_owned();
            Refused::Failed(StoreError::InUse { path })
        }
        sled::Error::Io(e)
            if is_full(&e)
                || matches!(e.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
        {
            Refused::Failed(StoreError::io("open", dir, 0, e))
        }
        error => Refused::Damaged(error.into()),
    }
}

/// Damaged indexes, with their numbers.
fn broken(home: &Path) -> Result<Vec<(u32, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    let entries = fs::read_dir(home).map_err(|e| StoreError::io("list", home, 0, e))?;
    for entry in entries {
        let entry = entry.map_err(|e| StoreError::io("list", home, 0, e))?;
        let name = entry.file_name();
        let number =
            name.to_str().and_then(|name| name.strip_prefix(BROKEN)).and_then(|number| number.parse().ok());
        found.extend(number.map(|number| (number, entry.path())));
    }
    Ok(found)
}

/// Moves a damaged index aside for whoever wants to look at it. Only the newest is kept.
fn move_aside(home: &Path) -> Result<(), StoreError> {
    let dir = home.join(NAME);
    if dir.exists() {
        let earlier = broken(home)?;
        let number = earlier.iter().map(|(number, _)| *number).max();
        let aside = home.join(format!("{BROKEN}{}", number.unwrap_or(0).saturating_add(1)));
        fs::rename(&dir, &aside).map_err(|e| StoreError::io("move aside", &dir, 0, e))?;
        for (_, path) in earlier {
            files::wipe_dir(&path)?;
        }
        files::sync_dir(home)?;
    }
    unmark_damaged(home)
}

fn unmark_damaged(home: &Path) -> Result<(), StoreError> {
    let path = home.join(DAMAGED);
    match fs::remove_file(&path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", &path, 0, e)),
        _ => Ok(()),
    }
}
