use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::config::OrganisationKind;

fn seed(byte: u8) -> Seed {
    Seed::from_bytes(&[byte; 32])
}

fn keys() -> Keys {
    let mut keys = Keys {
        root: seed(0xa1),
        next_root: seed(0xa2),
        admin: seed(0xa3),
        elector: seed(0xa4),
        node: seed(0xa5),
        peer: seed(0xa6),
        persons: Default::default(),
        invitations: vec![Invitation { secret: seed(0xa7), expires_ms: 1_000 }],
    };
    let person = PersonSecret { seed: seed(0xa8), name: "Ada \"the\" first".to_owned() };
    keys.persons.insert("ab".repeat(32), person);
    keys
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

fn right() -> Passphrase {
    passphrase("correct horse battery")
}

fn backup() -> Backup {
    Backup {
        organisation: "Example Hospital".to_owned(),
        kind: OrganisationKind::Site,
        recovery: vec![1, 2, 3],
    }
}

/// All the secrets there are, in one comparable piece.
fn content(keys: &Keys) -> Vec<u8> {
    keys.encode().unwrap().to_vec()
}

#[test]
fn keys_round_trip_with_a_key_file() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("keys");
    let keystore = Keystore::create(&directory, &keys(), None).unwrap();
    let (_, mut read) = Keystore::open(&directory, None).unwrap();
    assert_eq!(content(&read), content(&keys()));
    read.persons.clear();
    keystore.save(&read).unwrap();
    let (_, again) = Keystore::open(&directory, None).unwrap();
    assert!(again.persons.is_empty());
    assert!(!Keystore::wants_passphrase(&directory).unwrap());
    let error = Keystore::create(&directory, &keys(), None).err().unwrap();
    assert!(matches!(error, KeystoreError::Exists { .. }), "{error}");
}

#[test]
fn a_passphrase_opens_and_a_wrong_one_does_not() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("keys");
    Keystore::create(&directory, &keys(), Some(right())).unwrap();
    assert!(!directory.join(KEY_FILE).exists());
    assert!(Keystore::wants_passphrase(&directory).unwrap());
    let (_, read) = Keystore::open(&directory, Some(right())).unwrap();
    assert_eq!(content(&read), content(&keys()));
    let wrong = Keystore::open(&directory, Some(passphrase("correct horse buttery")));
    let error = wrong.err().unwrap();
    assert!(matches!(error, KeystoreError::WrongPassphrase { .. }), "{error}");
    let error = Keystore::open(&directory, None).err().unwrap();
    assert!(matches!(error, KeystoreError::PassphraseNeeded { .. }), "{error}");
}

#[test]
fn missing_and_foreign_key_files_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    let error = |directory: &Path| Keystore::open(directory, None).err().unwrap();
    Keystore::create(&one, &keys(), None).unwrap();
    Keystore::create(&two, &keys(), None).unwrap();
    fs::copy(two.join(KEY_FILE), one.join(KEY_FILE)).unwrap();
    assert!(matches!(error(&one), KeystoreError::WrongKeyfile { .. }));
    private_file::write(&one.join(KEY_FILE), b"AGE-SECRET-KEY-1NO").unwrap();
    assert!(matches!(error(&one), KeystoreError::DamagedKeyfile { .. }));
    fs::remove_file(one.join(KEY_FILE)).unwrap();
    assert!(matches!(error(&one), KeystoreError::KeyfileMissing { .. }));
    fs::remove_file(one.join(STORE_FILE)).unwrap();
    assert!(matches!(error(&one), KeystoreError::Missing { .. }));
    let unused = Keystore::open(&two, Some(right())).err().unwrap();
    assert!(matches!(unused, KeystoreError::PassphraseUnused { .. }));
}

#[test]
fn files_are_private_and_open_ones_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("keys");
    Keystore::create(&directory, &keys(), None).unwrap();
    for (name, good, bad) in [(KEY_FILE, 0o600, 0o604), (STORE_FILE, 0o600, 0o620), ("", 0o700, 0o710)] {
        let path = directory.join(name);
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, good, "{}", path.display());
        fs::set_permissions(&path, fs::Permissions::from_mode(bad)).unwrap();
        let text = Keystore::open(&directory, None).err().unwrap().to_string();
        assert!(text.contains(&format!("chmod {good:03o}")), "{text}");
        fs::set_permissions(&path, fs::Permissions::from_mode(good)).unwrap();
    }
    Keystore::open(&directory, None).unwrap();
}

#[test]
fn a_file_cut_off_or_changed_anywhere_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("keys");
    Keystore::create(&directory, &keys(), None).unwrap();
    let path = directory.join(STORE_FILE);
    let whole = fs::read(&path).unwrap();
    let mut places: Vec<usize> = (0..whole.len()).step_by(100).collect();
    places.push(whole.len() - 1);
    for place in places {
        private_file::write(&path, &whole[..place]).unwrap();
        let error = Keystore::open(&directory, None).err();
        assert!(error.is_some(), "cut off at {place}");
        let mut changed = whole.clone();
        changed[place] ^= 1;
        private_file::write(&path, &changed).unwrap();
        let error = Keystore::open(&directory, None).err();
        assert!(error.is_some(), "changed at {place}");
    }
    let mut longer = whole.clone();
    longer.resize(usize::try_from(MAX_SEALED).unwrap() + 1, 0);
    private_file::write(&path, &longer).unwrap();
    let error = Keystore::open(&directory, None).err().unwrap();
    assert!(matches!(error, KeystoreError::File(FileError::TooLarge { .. })), "{error}");
}

#[test]
fn an_export_brings_back_everything_but_the_node_key() {
    let sealed = export(&keys(), &backup(), &right()).unwrap();
    assert!(sealed.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    let (mut read, profile) = import(sealed.as_bytes(), &right()).unwrap();
    assert_eq!(profile, backup());
    assert!(read.invitations.is_empty());
    assert!(!read.node.matches(keys().node.expose()));
    read.node = keys().node.clone();
    read.invitations = keys().invitations.clone();
    assert_eq!(content(&read), content(&keys()));
    let error = import(sealed.as_bytes(), &passphrase("something else!")).unwrap_err();
    assert!(matches!(error, KeystoreError::WrongPassphrase { .. }), "{error}");
}

#[test]
fn a_damaged_export_is_refused() {
    let sealed = export(&keys(), &backup(), &right()).unwrap();
    // Early cuts only: each later one costs a whole passphrase derivation.
    for cut in [0, 10, 100, 200, sealed.len() - 100, sealed.len() - 2] {
        assert!(import(&sealed.as_bytes()[..cut], &right()).is_err(), "cut at {cut}");
    }
    let huge = vec![b'-'; usize::try_from(MAX_SEALED).unwrap() + 1];
    assert!(import(&huge, &right()).is_err());
}

#[test]
fn an_export_that_asks_for_absurd_work_is_refused_at_once() {
    let body = "A".repeat(43);
    for factor in [19, 30, 63] {
        let text = format!(
            "age-encryption.org/v1\n-> scrypt {} {factor}\n{body}\n--- {body}\n{}",
            "A".repeat(22),
            "0".repeat(64)
        );
        let error = import(text.as_bytes(), &right()).unwrap_err();
        assert!(matches!(error, KeystoreError::TooMuchWork { .. }), "{error}");
    }
}

#[test]
fn other_versions_are_refused_as_such() {
    let later = br#"{"version": 2, "new": {}}"#;
    let error = Keys::decode(later, "x").unwrap_err();
    assert!(matches!(error, KeystoreError::Version { found: 2, wanted: 1, .. }));
    let odd = br#"{"version": 1, "content": {"root": "a1"}}"#;
    let error = Keys::decode(odd, "x").unwrap_err();
    assert!(matches!(error, KeystoreError::Damaged { .. }));
    assert!(!format!("{error} {error:?}").contains("a1"));
}

#[test]
fn nothing_secret_shows_in_debug_output() {
    let text = format!("{:?} {:?} {:#?}", keys(), right(), keys());
    for secret in ["a1a1", "a8a8", "161", "168", "horse"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("Seed(hidden)"));
}

#[test]
fn an_invitation_is_good_once_and_not_for_ever() {
    let mut keys = keys();
    let secret = keys.invite(500, 2_000).unwrap();
    assert!(keys.redeem(&[0xa7; 32], 999));
    assert!(!keys.redeem(&[0xa7; 32], 999), "used up");
    assert!(!keys.redeem(secret.expose(), 2_000), "expired");
    assert!(keys.invitations.is_empty());
    for _ in 0..64 {
        keys.invite(0, 10).unwrap();
    }
    assert!(matches!(keys.invite(9, 20), Err(KeystoreError::TooManyInvitations { .. })));
    keys.invite(10, 20).unwrap();
}

#[test]
fn passphrases_have_sane_lengths() {
    let weak = Passphrase::new("short".to_owned()).unwrap_err();
    assert!(matches!(weak, KeystoreError::WeakPassphrase { least: 12 }));
    let long = Passphrase::new("x".repeat(1_025)).unwrap_err();
    assert!(matches!(long, KeystoreError::LongPassphrase { .. }));
}
