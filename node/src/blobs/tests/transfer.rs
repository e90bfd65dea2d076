//! Files between real nodes: who gets what, what is resumed, what is bounded.

use commons_protocol::blob::exchange::{Answer, Request};
use commons_protocol::id::CommonsId;
use commons_protocol::limits::BLOB_PIECES;

use super::super::BlobLimits;
use super::harness::{COMMONS, Manner, Server, Site, Wire, reference, until};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_from_node_to_node() {
    let (a, b) = (Site::new(100).await, Site::new(101).await);
    let (large, small) = (noise(12 * PIECE + 5, 100), noise(7, 100));
    let empty = Vec::new();
    let references = [reference(&large, 1), reference(&small, 1), reference(&empty, 2)];
    for bytes in [&large, &small, &empty] {
        upload(a.blobs.folder(), bytes).unwrap();
    }
    a.refer(&references);
    b.refer(&references);
    assert_eq!(b.blobs.counts(), (0, 3));
    assert_eq!(b.state(&large), "missing");
    b.wire.join(&[&a.wire]).await;
    for bytes in [&large, &small, &empty] {
        b.arrived(bytes).await;
    }
    until("nothing is left to do", || b.blobs.counts() == (3, 3)).await;
    let view = b.blobs.view();
    assert_eq!((view.here, view.missing, view.used_bytes), (3, 0, (large.len() + 7) as u64));
    assert!(view.files.iter().all(|file| file.state == "here" && file.done_bytes == file.size));
    assert_eq!(view.problem, None);
}

/// More pieces than one answer may have.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_comes_in_several_answers() {
    let count = BLOB_PIECES + 6;
    let bytes = noise(count as usize * PIECE, 110);
    let server = Server::new(110, &bytes, Manner::Honest).await;
    let b = Site::new(111).await;
    b.refer(&[reference(&bytes, 1)]);
    b.wire.join(&[&server.wire]).await;
    b.arrived(&bytes).await;
    assert_eq!(server.asked(), [(true, 0, 0), (false, 0, BLOB_PIECES), (false, BLOB_PIECES, 6)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_is_not_asked_for_again_after_a_restart() {
    let bytes = noise(12 * PIECE, 120);
    let cut = Server::new(120, &bytes, Manner::StopsAt(5)).await;
    let honest = Server::new(121, &bytes, Manner::Honest).await;
    let mut b = Site::new(122).await;
    b.refer(&[reference(&bytes, 1)]);
    b.wire.join(&[&cut.wire]).await;
    until("the stream was cut", || b.problem(&bytes).contains("stopped in the middle")).await;
    assert_eq!(b.blobs.folder().has(&hash_of(&bytes)), None);
    b.restart().await;
    b.refer(&[reference(&bytes, 1)]);
    b.wire.allow(&[], &[]).await;
    until("it is gone", || b.wire.connected.borrow().is_empty()).await;
    b.wire.join(&[&honest.wire]).await;
    b.arrived(&bytes).await;
    assert_eq!(honest.asked(), [(true, 0, 0), (false, 5, 7)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_admitted_entries_name_is_served_and_only_whole() {
    let (a, b) = (Site::new(130).await, Wire::new(131).await);
    b.join(&[&a.wire]).await;
    let (named, secret, half) = (noise(2 * PIECE, 130), noise(9, 131), noise(2 * PIECE, 132));
    for bytes in [&named, &secret] {
        upload(a.blobs.folder(), bytes).unwrap();
    }
    let outline = Outline::of(&half).unwrap();
    a.blobs.folder().begin(outline).unwrap().write_piece(0, &half[..PIECE]).unwrap();
    let request =
        |bytes: &[u8]| Request { commons: COMMONS, hash: hash_of(bytes), outline: false, first: 0, count: 1 };
    let answer =
        async |request: Request| b.ask(a.wire.key, &request.encode()).await.map(|(answer, _)| answer);
    assert_eq!(answer(request(&named)).await, Some(Answer::NotHere), "nothing is named yet");
    a.refer(&[reference(&named, 1), reference(&half, 1)]);
    assert_eq!(answer(request(&named)).await, Some(Answer::Here(2 * PIECE as u64)));
    assert_eq!(answer(request(&secret)).await, Some(Answer::NotHere));
    assert_eq!(answer(request(&half)).await, Some(Answer::NotHere));
    let elsewhere = Request { commons: CommonsId([1; 32]), ..request(&named) };
    assert_eq!(answer(elsewhere).await, Some(Answer::NotHere));
    for (first, count) in [(2, 1), (0, 3), (u32::MAX, 1), (1, u32::MAX), (0, BLOB_PIECES + 1)] {
        let beyond = Request { first, count, ..request(&named) };
        assert_eq!(answer(beyond).await, None, "{count} pieces from {first}");
    }
    assert!(b.ask(a.wire.key, b"nonsense").await.is_none());
    let (_, mut exchange) = b.ask(a.wire.key, &request(&named).encode()).await.unwrap();
    assert!(exchange.receive(PIECE).await.unwrap().unwrap() == named[..PIECE]);
    assert!(exchange.receive(PIECE).await.unwrap().is_none(), "no more than was asked for");
    a.refer(&[]);
    assert_eq!(answer(request(&named)).await, Some(Answer::NotHere), "not named any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_member_gets_nothing() {
    let (a, joiner, stranger) = (Site::new(140).await, Wire::new(141).await, Wire::new(142).await);
    let bytes = noise(9, 140);
    upload(a.blobs.folder(), &bytes).unwrap();
    a.refer(&[reference(&bytes, 1)]);
    a.wire.allow(&[], &[joiner.key]).await;
    for wire in [&joiner, &stranger] {
        wire.allow(&[a.wire.key], &[]).await;
        let addresses = vec![a.wire.address.clone()];
        let peers = vec![crate::net::DialTarget { peer: a.wire.key, addresses }];
        wire.order(crate::net::Command::Dial { peers }).await;
    }
    until("the joiner is connected", || joiner.connected.borrow().contains(&a.wire.key)).await;
    let why = joiner.open(a.wire.key).await.unwrap_err();
    assert!(why.contains("does not offer"), "{why}");
    let refused = &a.wire.network.counters.refused_strangers;
    until("the stranger was refused", || refused.get() > 0).await;
    assert_eq!(stranger.open(a.wire.key).await.unwrap_err(), "the peer is not connected");
    assert_eq!(a.wire.network.counters.exchange_bytes_out.get(), 0);
}

/// Two streams of one peer are served; more are cut off until one is free.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_few_streams_at_a_time() {
    let (a, b) = (Site::new(150).await, Wire::new(151).await);
    b.join(&[&a.wire]).await;
    let first = b.open(a.wire.key).await.unwrap();
    let _second = b.open(a.wire.key).await.unwrap();
    let mut third = b.open(a.wire.key).await.unwrap();
    // The third stream ends without an answer, cleanly or not.
    assert!(!matches!(third.receive(100).await, Ok(Some(_))));
    first.close().await;
    let request =
        Request { commons: COMMONS, hash: hash_of(b""), outline: false, first: 0, count: 1 }.encode();
    let answered = async {
        loop {
            let mut exchange = b.open(a.wire.key).await.unwrap();
            // Refused while the slot is being given back.
            if exchange.send(&request).await.is_ok()
                && let Ok(Some(answer)) = exchange.receive(100).await
            {
                return Answer::decode(&answer).unwrap();
            }
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(30), answered).await.unwrap();
    assert_eq!(answer, Answer::NotHere);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_has_its_share_and_all_together_have_theirs() {
    let a = Site::new(160).await;
    let limits = BlobLimits { per_organisation: 1_000, total: 1_700 };
    let b = Site::with(161, limits).await;
    let files: Vec<Vec<u8>> = (0..4).map(|seed| noise(600, 160 + seed)).collect();
    let references: Vec<_> =
        [(0, 1), (1, 1), (2, 2), (3, 3)].map(|(file, by)| reference(&files[file], by)).into();
    for bytes in &files {
        upload(a.blobs.folder(), bytes).unwrap();
    }
    a.refer(&references);
    b.refer(&references);
    b.wire.join(&[&a.wire]).await;
    b.arrived(&files[0]).await;
    b.arrived(&files[2]).await;
    let states: Vec<String> = files.iter().map(|bytes| b.state(bytes)).collect();
    assert_eq!(states, ["here", "over-quota", "here", "no-room"]);
    assert!(matches!(b.blobs.import(Some(501)), Err(BlobError::NoRoom { used: 1_200, total: 1_700 })));
    b.blobs.import(Some(500)).unwrap();
    // When the first is not named any more and removed, the second has room.
    b.refer(&references[1..3]);
    assert!(b.blobs.folder().remove(&hash_of(&files[0])).unwrap());
    b.arrived(&files[1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_disk_changed_a_file_gets_it_back() {
    let (a, b) = (Site::new(170).await, Site::new(171).await);
    let bytes = noise(3 * PIECE, 170);
    upload(a.blobs.folder(), &bytes).unwrap();
    a.refer(&[reference(&bytes, 1)]);
    b.refer(&[reference(&bytes, 1)]);
    b.wire.join(&[&a.wire]).await;
    b.arrived(&bytes).await;
    let hash = hash_of(&bytes);
    let path = a.home.path().join("blobs").join(hash.to_string());
    let mut changed = bytes.clone();
    changed[2 * PIECE + 3] ^= 1;
    std::fs::write(&path, changed).unwrap();
    let request = Request { commons: COMMONS, hash, outline: false, first: 0, count: 3 };
    let (answer, mut exchange) = b.wire.ask(a.wire.key, &request.encode()).await.unwrap();
    assert_eq!(answer, Answer::Here(bytes.len() as u64));
    let mut got = Vec::new();
    while let Ok(Some(piece)) = exchange.receive(PIECE).await {
        got.extend(piece);
    }
    assert!(got == bytes[..2 * PIECE], "the wrong bytes did not leave");
    a.arrived(&bytes).await;
    a.stop();
}
