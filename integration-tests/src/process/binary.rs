//! Where the `commons` program is.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The `commons` program of this build. `cargo test --workspace` builds it
/// beside the test programs; a test that runs alone builds it once.
///
/// # Panics
/// If it can't be found or built.
pub fn commons_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(find_or_build)
}

fn find_or_build() -> PathBuf {
    let profile = profile_directory();
    let binary = profile.join(format!("commons{}", env::consts::EXE_SUFFIX));
    if !binary.exists() {
        build(&profile);
    }
    assert!(binary.exists(), "{} was not built", binary.display());
    binary
}

/// `target/debug` of a test program at `target/debug/deps/NAME`.
fn profile_directory() -> PathBuf {
    let test = env::current_exe().expect("the operating system knows this program's path");
    let mut directories = test.ancestors().skip(1);
    let nearest = directories.next().expect("a program lies in a directory");
    if nearest.ends_with("deps") {
        return directories.next().expect("deps lies in the profile's directory").to_owned();
    }
    nearest.to_owned()
}

fn build(profile: &Path) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "commons"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        command.arg("--release");
    }
    if let Some(target) = profile.parent() {
        command.arg("--target-dir").arg(target);
    }
    let status = command.status().expect("cargo can be started");
    assert!(status.success(), "`cargo build --package commons` failed: {status}");
}
