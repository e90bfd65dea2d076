//! The commands in the documentation work: every ```` ```console ```` block of
//! the tutorial and of the pages on publishing, verifying, measures, feeds and
//! masking, and those of the manual for operators whose fence says
//! ```` ```console run ````, are run in order, one shell per document.
//!
//! Of a block, the lines that begin with `$ ` are run. Some things differ from a
//! person who types them: a line that begins with `! ` must fail, a line that ends with `# again until it succeeds` is
//! repeated, and after `commons --home HOME … &` the next line waits until the
//! node of HOME answers. The port 7421 is replaced by one that is free. The
//! files of `docs/examples` are in the directory where the commands run.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use commons_integration_tests::process::commons_binary;

const AGAIN: &str = "# again until it succeeds";

/// Repeats its arguments' work, at most so long that a person would give up.
const PRELUDE: &str = r#"set -eu
pids=""
stop() { for pid in $pids; do kill "$pid" 2>/dev/null || :; done; }
trap stop EXIT
tries() { tried=$((tried + 1)); [ "$tried" -lt 300 ] || { echo "gave up" >&2; exit 1; }; sleep 0.2; }
"#;

#[test]
fn the_tutorial_works() {
    run_document("docs/tutorial.md", |fence| fence.starts_with("console"));
}

#[test]
fn publishing_a_toolkit_works() {
    run_document("docs/publishing.md", |fence| fence.starts_with("console"));
}

#[test]
fn sending_measures_works() {
    run_document("docs/measures.md", |fence| fence.starts_with("console"));
}

#[test]
fn subscribing_to_a_feed_works() {
    run_document("docs/feeds.md", |fence| fence.starts_with("console"));
}

#[test]
fn what_is_masked_works() {
    run_document("docs/disclosure.md", |fence| fence.starts_with("console"));
}

#[test]
fn verifying_a_release_works() {
    run_document("docs/verifying.md", |fence| fence.starts_with("console"));
}

#[test]
fn marked_commands_of_the_manual_work() {
    run_document("docs/operations.md", |fence| fence == "console run");
}

fn run_document(document: &str, is_run: impl Fn(&str) -> bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace");
    let text = fs::read_to_string(root.join(document)).unwrap_or_else(|error| panic!("{document}: {error}"));
    let commands = commands(&text, is_run);
    assert!(!commands.is_empty(), "{document} has no commands to run");
    let text = script(&commands).replace("tcp/7421", &format!("tcp/{}", free_port()));
    let output = run(&text);
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (shown(&output.stdout), shown(&output.stderr));
    assert!(output.status.success(), "{document}: {}\n{out}\n--- on standard error\n{err}", output.status);
    assert!(!err.contains("panicked"), "{document}:\n{err}");
}

/// The lines to run, in order.
fn commands(text: &str, is_run: impl Fn(&str) -> bool) -> Vec<String> {
    let mut inside = false;
    let mut running = false;
    let mut commands = Vec::new();
    for line in text.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            inside = !inside;
            running = inside && is_run(fence.trim());
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| running) {
            commands.push(command.to_owned());
        }
    }
    commands
}

fn script(commands: &[String]) -> String {
    let mut script = PRELUDE.to_owned();
    for command in commands {
        script.push_str(&format!("printf '%s\\n' {}\n", quoted(&format!("$ {command}"))));
        if let Some(refused) = command.strip_prefix("! ") {
            // `set -e` looks past commands that begin with `!`.
            script.push_str(&format!("if {refused}; then echo 'this should be refused' >&2; exit 1; fi\n"));
        } else if let Some(command) = command.strip_suffix(AGAIN) {
            script.push_str(&format!("tried=0; until {command}\ndo tries; done\n"));
        } else {
            script.push_str(&format!("{}\n", with_jobs(command)));
        }
        if let Some(home) = background_home(command) {
            let answers = format!("commons --home {home} status > status.txt 2>&1");
            script.push_str(&format!("pids=\"$pids $!\"; tried=0; until {answers}\ndo tries; done\n"));
        }
    }
    script
}

/// `%N` of an interactive shell is the Nth process that was started.
fn with_jobs(command: &str) -> String {
    let mut command = command.to_owned();
    for number in 1..10 {
        let process = format!("$(echo $pids | cut -d ' ' -f {number})");
        command = command.replace(&format!("%{number}"), &process);
    }
    // A process that was told to stop ends with the code of the signal or 0.
    if command.contains("wait ") { command + " || :" } else { command }
}

/// The home of a node that is started in the background.
fn background_home(command: &str) -> Option<&str> {
    command.trim_end().strip_suffix('&')?.split("--home ").nth(1)?.split_whitespace().next()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn run(script: &str) -> Output {
    let place = tempfile::tempdir().expect("a temporary directory can be made");
    copy_examples(place.path());
    let binaries = commons_binary().parent().expect("a program lies in a directory");
    let mut path = OsString::from(binaries);
    if let Some(others) = env::var_os("PATH") {
        path.push(":");
        path.push(others);
    }
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).current_dir(place.path()).env("PATH", path).env("HOME", place.path());
    command.env_remove("COMMONS_HOME").env_remove("COMMONS_TOKEN").env_remove("COMMONS_PASSPHRASE");
    command.output().expect("a shell can be started")
}

/// Puts the files that documents speak of beside the commands.
fn copy_examples(place: &Path) {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    for example in fs::read_dir(&examples).expect("docs/examples can be read") {
        let example = example.expect("docs/examples can be read").path();
        let name = example.file_name().expect("a file has a name");
        fs::copy(&example, place.join(name)).expect("an example can be copied");
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

#[test]
fn only_marked_lines_are_run() {
    let text = "```console\n$ a\nout\n```\n```console run\n$ b & # x\n```\n```sh\n$ c\n```\n";
    assert_eq!(commands(text, |fence| fence == "console run"), ["b & # x"]);
    assert_eq!(commands(text, |fence| fence.starts_with("console")), ["a", "b & # x"]);
    assert_eq!(background_home("commons --home h run > log 2>&1 &"), Some("h"));
    assert_eq!(background_home("commons --home h run"), None);
}
