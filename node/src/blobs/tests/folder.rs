//! The folder: what counts, what survives a crash, what is removed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::super::Partial;
use super::*;

fn open(home: &tempfile::TempDir) -> Folder {
    Folder::open(&home.path().join("blobs")).unwrap()
}

/// The names in the folder.
fn names(home: &tempfile::TempDir) -> BTreeSet<String> {
    let entries = fs::read_dir(home.path().join("blobs")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn write(partial: &mut Partial, bytes: &[u8], indexes: impl IntoIterator<Item = u32>) {
    for index in indexes {
        let part = piece(partial.outline(), bytes, index).to_vec();
        partial.write_piece(index, &part).unwrap();
    }
}

#[test]
fn files_of_all_sizes_come_back() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    let mut all = 0;
    for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
        let bytes = noise(size, 1);
        let (hash, length) = upload(&folder, &bytes).unwrap();
        assert_eq!((hash, length), (hash_of(&bytes), size as u64));
        all += length;
        for folder in [&folder, &open(&home)] {
            assert_eq!(folder.has(&hash), Some(length));
            assert!(content(folder, &hash).unwrap() == bytes, "{size} bytes");
        }
    }
    assert_eq!(folder.used_bytes(), all);
    assert_eq!(folder.all().len(), 6);
    let mut seen = (0, 0);
    let report = folder.check(&mut |done, total| seen = (done, total)).unwrap();
    assert_eq!((report.files, report.bytes, report.damaged), (6, all, vec![]));
    assert_eq!(seen, (all, all));
}

#[test]
fn pieces_in_any_order_make_a_file_and_wrong_ones_do_not() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    let bytes = noise(4 * PIECE + 9, 2);
    let outline = Outline::of(&bytes).unwrap();
    let mut partial = folder.begin(outline.clone()).unwrap();
    assert_eq!(partial.missing(), Some((0, 5)));
    write(&mut partial, &bytes, [4, 1, 0]);
    assert_eq!(partial.missing(), Some((2, 2)));
    assert_eq!(partial.done_bytes(), (2 * PIECE + 9) as u64);
    let mut wrong = piece(&outline, &bytes, 2).to_vec();
    wrong[77] ^= 1;
    assert!(matches!(partial.write_piece(2, &wrong), Err(BlobError::Wrong(_))));
    assert!(matches!(partial.write_piece(5, &wrong), Err(BlobError::Wrong(_))));
    write(&mut partial, &bytes, [3]);
    assert_eq!(partial.missing(), Some((2, 1)));
    let hash = outline.hash();
    assert!(matches!(partial.finish(), Err(BlobError::Unfinished { missing: 1, .. })));
    assert_eq!((folder.has(&hash), folder.used_bytes()), (None, 0));
    let mut partial = folder.begin(outline).unwrap();
    assert_eq!(partial.missing(), Some((2, 1)), "what is here is not asked for again");
    write(&mut partial, &bytes, [2]);
    partial.finish().unwrap();
    assert!(content(&folder, &hash).unwrap() == bytes);
    assert_eq!(names(&home), BTreeSet::from([hash.to_string(), format!("{hash}.outline")]));
}

/// What a crash can leave of an unfinished file: any of its pieces, cut or
/// overwritten; more bytes than it has; nothing.
#[test]
fn a_file_is_resumed_after_a_crash_whatever_the_disk_kept() {
    let bytes = noise(4 * PIECE, 3);
    let outline = Outline::of(&bytes).unwrap();
    let name = format!("blobs/{}.{}.partial", outline.hash(), outline.size());
    let mut holed = bytes.clone();
    holed[PIECE..2 * PIECE].fill(0);
    let mut longer = bytes.clone();
    longer.extend([1, 2, 3]);
    let left = [
        (&[][..], Some((0, 4))),
        (&bytes[..PIECE + 5], Some((1, 3))),
        (&bytes[..4 * PIECE - 1], Some((3, 1))),
        (&holed, Some((1, 1))),
        (&bytes, None),
        (&longer, None),
    ];
    for (what, missing) in left {
        let home = tempfile::tempdir().unwrap();
        drop(open(&home));
        fs::write(home.path().join(&name), what).unwrap();
        let folder = open(&home);
        assert_eq!(folder.has(&outline.hash()), None, "an unfinished file does not count");
        assert_eq!(folder.partials().unwrap(), [(outline.hash(), outline.size(), what.len() as u64)]);
        let mut partial = folder.begin(outline.clone()).unwrap();
        assert_eq!(partial.missing(), missing, "{} bytes were left", what.len());
        if let Some((first, count)) = missing {
            write(&mut partial, &bytes, first..first + count);
        }
        partial.finish().unwrap();
        assert!(content(&folder, &outline.hash()).unwrap() == bytes);
        assert!(folder.partials().unwrap().is_empty());
    }
}

/// Between the writing of the outline and the renaming, and after the renaming
/// without an outline.
#[test]
fn a_crash_around_the_renaming_leaves_the_old_or_the_new() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    let bytes = noise(3 * PIECE, 4);
    let outline = Outline::of(&bytes).unwrap();
    let hash = outline.hash();
    let mut partial = folder.begin(outline.clone()).unwrap();
    write(&mut partial, &bytes, 0..3);
    drop(partial);
    let path = |name: &str| home.path().join("blobs").join(name);
    fs::write(path(&format!("{hash}.outline")), outline.bytes()).unwrap();
    fs::write(path(&format!("{hash}.outline.tmp")), [0; 7]).unwrap();
    let folder = open(&home);
    assert_eq!(folder.has(&hash), None);
    let partial = folder.begin(outline.clone()).unwrap();
    assert_eq!(partial.missing(), None);
    partial.finish().unwrap();
    for outline_is in [None, Some(vec![0; 96]), Some(vec![1; 5])] {
        fs::remove_file(path(&format!("{hash}.outline"))).unwrap();
        if let Some(bytes) = outline_is {
            fs::write(path(&format!("{hash}.outline")), bytes).unwrap();
        }
        let folder = open(&home);
        assert!(content(&folder, &hash).unwrap() == bytes);
        assert_eq!(fs::read(path(&format!("{hash}.outline"))).unwrap(), outline.bytes());
    }
    assert_eq!(names(&home).len(), 2);
}

#[test]
fn an_upload_that_is_too_large_or_given_up_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    let mut import = folder.import(1_000).unwrap();
    import.write(&[1; 600]).unwrap();
    assert_eq!(names(&home).len(), 1);
    assert!(matches!(import.write(&[1; 401]), Err(BlobError::TooLarge { limit: 1_000 })));
    import.write(&[1; 400]).unwrap();
    drop(import);
    assert_eq!(names(&home), BTreeSet::new());
    fs::write(home.path().join("blobs/upload.3"), [1; 10]).unwrap();
    assert_eq!(open(&home).all(), []);
    assert_eq!(names(&home), BTreeSet::new(), "a crash in the middle of an upload");
}

/// `/dev/full` takes nothing, like a full disk.
#[test]
fn a_full_disk_is_said_and_nothing_half_stays() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    symlink("/dev/full", home.path().join("blobs/upload.0")).unwrap();
    let mut import = folder.import(1_000).unwrap();
    let error = import.write(&[1; 10]).unwrap_err();
    assert!(error.is_full(), "{error}");
    assert!(error.to_string().contains("free some space"), "{error}");
    drop(import);
    let outline = Outline::of(&[1; 10]).unwrap();
    let name = format!("blobs/{}.10.partial", outline.hash());
    symlink("/dev/full", home.path().join(name)).unwrap();
    let mut partial = folder.begin(outline).unwrap();
    let error = partial.write_piece(0, &[1; 10]).unwrap_err();
    assert!(error.is_full(), "{error}");
    partial.discard().unwrap();
    assert_eq!((folder.all(), names(&home)), (vec![], BTreeSet::new()));
}

#[test]
fn what_the_disk_changed_is_put_aside() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    let bytes = noise(2 * PIECE, 5);
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        bytes[PIECE + 1] ^= 8;
        fs::write(path, bytes).unwrap();
    };
    let shorten = |path: &Path| fs::write(path, vec![1; 5]).unwrap();
    let harms: [&dyn Fn(&Path); 2] = [&flip, &shorten];
    for harm in harms {
        let (hash, _) = upload(&folder, &bytes).unwrap();
        let (small, _) = upload(&folder, &bytes[..9]).unwrap();
        harm(&home.path().join("blobs").join(hash.to_string()));
        assert!(matches!(content(&folder, &hash), Err(BlobError::Damaged { .. })));
        assert_eq!(folder.has(&hash), None);
        assert!(matches!(folder.read(&hash), Err(BlobError::NotHere { .. })));
        assert!(names(&home).contains(&format!("{hash}.damaged")));
        upload(&folder, &bytes).unwrap();
        harm(&home.path().join("blobs").join(hash.to_string()));
        let report = folder.check(&mut |_, _| ()).unwrap();
        assert_eq!((report.files, report.damaged), (2, vec![hash]));
        assert_eq!(folder.has(&small), Some(9));
    }
}

#[test]
fn nothing_is_removed_while_it_is_read_or_asked_to_stay() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    let bytes = noise(PIECE + 1, 6);
    let (hash, _) = upload(&folder, &bytes).unwrap();
    let (first, second) = (folder.read(&hash).unwrap(), folder.read(&hash).unwrap());
    assert!(!folder.remove(&hash).unwrap());
    drop(first);
    assert!(!folder.remove(&hash).unwrap());
    assert!(second.piece(1).unwrap() == bytes[PIECE..]);
    drop(second);
    let later = SystemTime::now() + Duration::from_secs(60);
    assert!(!folder.remove_older(&hash, SystemTime::UNIX_EPOCH).unwrap());
    assert_eq!(folder.keep(&hash).unwrap(), bytes.len() as u64);
    assert!(folder.remove_older(&hash, later).unwrap());
    assert_eq!((folder.has(&hash), names(&home)), (None, BTreeSet::new()));
    assert!(matches!(folder.keep(&hash), Err(BlobError::NotHere { .. })));
    assert!(!folder.remove(&hash).unwrap());
}

#[test]
fn a_second_upload_counts_as_fresh_also_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let folder = open(&home);
    let (hash, _) = upload(&folder, b"once").unwrap();
    let old = SystemTime::now() - Duration::from_secs(100_000);
    let file =
        fs::File::options().write(true).open(home.path().join("blobs").join(hash.to_string())).unwrap();
    file.set_modified(old).unwrap();
    let folder = open(&home);
    assert_eq!(folder.all()[0].since, old);
    upload(&folder, b"once").unwrap();
    for folder in [&folder, &open(&home)] {
        assert!(folder.all()[0].since > old);
    }
}

#[test]
fn foreign_names_are_let_alone() {
    let home = tempfile::tempdir().unwrap();
    drop(open(&home));
    let hash = hash_of(b"x");
    for name in [
        "README".to_owned(),
        format!("{hash}.x"),
        format!("{hash}.-1.partial"),
        format!("{hash}.1.2.partial"),
        hash.to_string().to_uppercase() + "0",
    ] {
        fs::write(home.path().join("blobs").join(name), b"x").unwrap();
    }
    fs::create_dir(home.path().join("blobs").join(hash.to_string())).unwrap();
    let folder = open(&home);
    assert_eq!((folder.all(), folder.partials().unwrap()), (vec![], vec![]));
    assert_eq!(names(&home).len(), 6);
}
