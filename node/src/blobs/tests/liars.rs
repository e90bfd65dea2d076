//! Members that send something else than what was asked for.

use super::harness::{Manner, Server, Site, reference, until};
use super::*;

/// From the liar the file never comes, and why is said; then an honest member
/// connects and the file is there, without what had come before.
async fn noticed(number: u16, manner: Manner, what: &str, kept: u32) {
    let bytes = noise(4 * PIECE + 3, number.into());
    let liar = Server::new(number, &bytes, manner).await;
    let honest = Server::new(number + 1, &bytes, Manner::Honest).await;
    let site = Site::new(number + 2).await;
    site.refer(&[reference(&bytes, 1)]);
    site.wire.join(&[&liar.wire]).await;
    until(what, || site.problem(&bytes).contains(what)).await;
    assert_eq!(site.state(&bytes), "missing", "{manner:?}");
    assert!(site.problem(&bytes).contains(&liar.wire.key.to_string()), "{manner:?}");
    assert_eq!(site.blobs.folder().used_bytes(), 0);
    site.wire.join(&[&liar.wire, &honest.wire]).await;
    site.arrived(&bytes).await;
    until("the problem is over", || site.problem(&bytes).is_empty()).await;
    assert_eq!(honest.asked().last(), Some(&(false, kept, 5 - kept)), "{manner:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_piece() {
    noticed(300, Manner::Flips(2), "piece 2 are not those", 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_last_piece() {
    noticed(310, Manner::Flips(4), "piece 4 are not those", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outline_of_another_file() {
    noticed(320, Manner::OtherOutline, "outline does not belong", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_that_is_too_short() {
    noticed(330, Manner::Short(1), "piece 1 has 262143 bytes", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_ends_in_the_middle() {
    noticed(340, Manner::StopsAt(3), "stopped in the middle", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_size() {
    noticed(350, Manner::OtherSize, "not 1048579", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zeros_that_compress_well() {
    noticed(360, Manner::Bomb, "piece 0 are not those", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn something_that_is_no_answer() {
    noticed(370, Manner::Nonsense, "rules of the protocol", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence() {
    noticed(380, Manner::Silent, "took too long", 0).await;
}

/// All pieces were right, so they are kept, and only the end was missing.
#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_asked_for() {
    let bytes = noise(4 * PIECE, 390);
    let liar = Server::new(390, &bytes, Manner::TooMuch).await;
    let honest = Server::new(391, &bytes, Manner::Honest).await;
    let site = Site::new(392).await;
    site.refer(&[reference(&bytes, 1)]);
    site.wire.join(&[&liar.wire]).await;
    until("it is noticed", || site.problem(&bytes).contains("over the limit of 0")).await;
    site.wire.join(&[&liar.wire, &honest.wire]).await;
    site.arrived(&bytes).await;
    assert_eq!(honest.asked(), [(true, 0, 0)], "only the outline, to check what had come");
}

/// Who is busy is asked again later and nothing is said against it.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_busy_is_no_problem() {
    let bytes = noise(5, 400);
    let busy = Server::new(400, &bytes, Manner::Busy).await;
    let honest = Server::new(401, &bytes, Manner::Honest).await;
    let site = Site::new(402).await;
    site.refer(&[reference(&bytes, 1)]);
    site.wire.join(&[&busy.wire]).await;
    until("it was asked", || !busy.asked().is_empty()).await;
    site.wire.join(&[&busy.wire, &honest.wire]).await;
    site.arrived(&bytes).await;
    assert_eq!(site.problem(&bytes), "");
}

/// A reference with a false size is not blamed on whoever has the file.
#[tokio::test(flavor = "multi_thread")]
async fn a_reference_with_a_false_size_harms_only_itself() {
    let (a, b) = (Site::new(410).await, Site::new(411).await);
    let bytes = noise(PIECE + 1, 410);
    upload(a.blobs.folder(), &bytes).unwrap();
    let good = reference(&bytes, 1);
    let mut false_size = reference(&bytes, 2);
    false_size.size += 1;
    a.refer(&[good]);
    b.refer(&[false_size, good]);
    b.wire.join(&[&a.wire]).await;
    b.arrived(&bytes).await;
    until("the false one is named", || {
        let files = b.blobs.view().files;
        let states: Vec<&str> = files.iter().map(|file| file.state.as_str()).collect();
        states == ["here", "other-size"]
    })
    .await;
}
