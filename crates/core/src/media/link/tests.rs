//! The rim, against a server on loopback.

mod server;

use std::path::Path;

use tokio::net::TcpListener;

use self::server::{Server, TAG, answer, bounds, empty, part, part_of, redirect, whole};
use super::*;
use crate::media::tests::{boxed, bytes, position};

fn clip() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(root.join("../../tests/fixtures/clip.mp4")).unwrap()
}

/// A clip whose movie box comes after `megabytes` of other data.
fn movie_after(megabytes: usize) -> Vec<u8> {
    let clip = bytes("moov-first.mp4");
    let movie = position(&clip, b"moov");
    let padding = boxed(b"mdat", &vec![0; megabytes << 20]);
    [&clip[..movie], &padding, &clip[movie..]].concat()
}

/// What is said of a link, which is never signed.
fn said(result: Result<VideoFacts, Error>) -> (ErrorKind, String) {
    let error = result.unwrap_err();
    let all = format!("{error} {error:?}");
    assert!(!all.contains("secret"), "{all}");
    assert_eq!(error.operation(), Operation::Check);
    (error.kind(), error.message().to_owned())
}

#[tokio::test]
async fn a_remote_clip_measures_as_a_local_one() {
    let mut clips = vec![("clip.mp4", clip())];
    for name in ["moov-first.mp4", "moov-last.mp4", "fragmented.mp4", "quicktime.mov"] {
        clips.push((name, bytes(name)));
    }
    for (name, content) in clips {
        let local =
            crate::media::movie::probe(std::io::Cursor::new(&content), content.len() as u64);
        let local = local.unwrap();
        let body = content.clone();
        let plain = Server::answering(move |_, _| whole(&body)).await;
        let body = content.clone();
        let endless = Server::answering(move |_, _| answer("200 OK", &[], &body)).await;
        let ranged = Server::with(content).await;
        for (how, server) in [("ranges", ranged), ("none", plain), ("no length", endless)] {
            assert_eq!(server.probe().await.unwrap(), local, "{name}: {how}");
        }
    }
}

#[tokio::test]
async fn only_headers_are_fetched() {
    let clip = bytes("moov-first.mp4");
    let first = [&clip[..], &boxed(b"mdat", &vec![0; 8 << 20])].concat();
    let last = movie_after(8);
    let movie = last.len() - clip.len() + position(&clip, b"moov");
    let second = format!("{movie}-{}", last.len() - 1);
    for (name, content, expected) in
        [("movie first", first, vec!["0-65535"]), ("movie last", last, vec!["0-65535", &second])]
    {
        let total = content.len() as u64;
        let server = Server::with(content).await;
        let facts = server.probe().await.unwrap();
        assert_eq!((facts.bytes, facts.duration), (total, Duration::from_secs(3)), "{name}");
        assert_eq!(server.ranges(), expected, "{name}");
    }
}

#[tokio::test]
async fn no_key_or_cookie_is_asked_with() {
    let content = clip();
    let server = Server::answering(move |number, request| match number {
        0 => answer("302 Found", &["set-cookie: a=b", "location: /b", "content-length: 0"], b""),
        _ => part(&content, request, &[TAG]),
    })
    .await;
    server.probe().await.unwrap();
    for request in server.requests() {
        assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
        for header in ["authorization", "cookie", "x-api-key", "referer"] {
            assert!(!request.contains(&format!("\n{header}:")), "{request}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_followed_once_for_all_parts() {
    let content = movie_after(1);
    let server = Server::answering(move |number, request| match number {
        0 => redirect("/elsewhere/b.mp4"),
        _ => part(&content, request, &[TAG]),
    })
    .await;
    server.probe().await.unwrap();
    let requests = server.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.split(' ').nth(1)).collect();
    let elsewhere = Some("/elsewhere/b.mp4");
    assert_eq!(paths, [Some("/a.mp4?sig=secret"), elsewhere, elsewhere]);
}

#[tokio::test]
async fn a_server_may_give_less_than_asked_or_more() {
    let content = movie_after(1);
    for (name, give) in [("less", 20_000), ("more", 1 << 20)] {
        let content = content.clone();
        let server = Server::answering(move |_, request| {
            let (first, _) = bounds(request);
            let end = content.len().min(first + give);
            part_of(content.len(), first, &content[first..end], &[])
        })
        .await;
        assert_eq!(server.probe().await.unwrap().duration, Duration::from_secs(3), "{name}");
    }
}

#[tokio::test]
async fn what_follows_the_announced_part_is_not_taken_for_more_of_it() {
    let content = bytes("moov-first.mp4");
    let server = Server::answering(move |_, request| {
        let (first, _) = bounds(request);
        let end = content.len().min(first + 1000);
        let range = format!("content-range: bytes {first}-{}/{}", end - 1, content.len());
        let body = [&content[first..end], &[0xff; 1000]].concat();
        answer("206 Partial Content", &[&range], &body)
    })
    .await;
    server.probe().await.unwrap();
}

#[tokio::test]
async fn every_way_to_give_no_clip_has_its_kind() {
    use ErrorKind as K;
    let page = b"<!doctype html><html>sign in</html>".as_slice();
    let cut = clip()[..90_000].to_vec();
    let unannounced = answer("200 OK", &[], page);
    for (name, reply, kind, words) in [
        ("dead", empty("403 Forbidden"), K::LinkExpired, "gives no file"),
        ("missing", empty("404 Not Found"), K::LinkExpired, "gives no file"),
        ("busy", empty("429 Too Many"), K::RateLimited, "come back later"),
        ("down", empty("503 Down"), K::Unavailable, "not available"),
        ("odd", empty("204 No Content"), K::Other, "gave no file"),
        ("page", whole(page), K::InvalidRequest, "is a web page or other text, not an mp4"),
        ("page in parts", part_of(35, 0, page, &[]), K::InvalidRequest, "is a web page"),
        ("page, no length", unannounced, K::InvalidRequest, "is a web page"),
        ("no bytes", whole(b""), K::InvalidRequest, "is empty"),
        ("no bytes, no length", answer("200 OK", &[], b""), K::InvalidRequest, "is empty"),
        ("no bytes to give", empty("416 No"), K::InvalidRequest, "is empty"),
        ("cut off", whole(&cut), K::InvalidRequest, "is cut off"),
        ("another range", part_of(9, 4, b"xxxxx", &[]), K::Unreadable, "something else"),
        ("no answer", Vec::new(), K::Network, "broke"),
    ] {
        let server = Server::answering(move |_, _| reply.clone()).await;
        let (found, message) = said(server.probe().await);
        assert_eq!(found, kind, "{name}: {message}");
        assert!(message.contains(words), "{name}: {message}");
        assert!(message.starts_with("http://127.0.0.1:"), "{name}: {message}");
    }
}

#[tokio::test]
async fn links_lead_only_where_they_may() {
    for (location, words) in [
        ("https://169.254.169.254/x?sig=secret", "leads into a private network"),
        ("http://cdn.example/x?sig=secret", "is not https"),
        ("file:///etc/passwd", "is not https"),
        ("http://[/", "cannot be read"),
        ("/a.mp4", "more than 5 times"),
    ] {
        let server = Server::answering(move |_, _| redirect(location)).await;
        let (kind, message) = said(server.probe().await);
        assert_eq!(kind, ErrorKind::Other, "{location}: {message}");
        assert!(message.contains(words), "{location}: {message}");
        let asked = if location == "/a.mp4" { 6 } else { 1 };
        assert_eq!(server.requests().len(), asked, "{location}");
    }
}

#[tokio::test]
async fn a_link_that_may_not_be_followed_is_not_asked() {
    let server = Server::with(clip()).await;
    let (kind, message) = said(probe_link(&server.link, false).await);
    assert_eq!(kind, ErrorKind::InvalidRequest);
    assert!(message.contains("leads to this machine"), "{message}");
    assert_eq!(server.requests().len(), 0);
    for (link, allow, words) in [
        ("http://cdn.example/a.mp4?sig=secret", true, "is not https"),
        ("https://10.0.0.1/a.mp4", true, "private network"),
        ("https://u:secret@cdn.example/a.mp4", false, "a user name or a password"),
        ("file:///a.mp4", true, "is not https"),
    ] {
        let (kind, message) = said(probe_link(&Url::parse(link).unwrap(), allow).await);
        assert_eq!(kind, ErrorKind::InvalidRequest, "{link}");
        assert!(message.contains(words), "{link}: {message}");
    }
}

#[tokio::test]
async fn a_file_that_changes_between_two_requests_is_not_measured() {
    let content = movie_after(1);
    let other = [&content[..], &boxed(b"free", b"more")].concat();
    let (first, end) = (content.len() - 100, content.len());
    let changed = (ErrorKind::Unreadable, "the file changed while it was read");
    let mixed = (ErrorKind::Unreadable, "one part of the file, but not the next");
    type Later = Box<dyn Fn(&str) -> Vec<u8> + Send>;
    let content_again = content.clone();
    let laters: [(&str, (ErrorKind, &str), Later); 5] = [
        ("other length", changed, Box::new(move |request| part(&other, request, &[TAG]))),
        ("other tag", changed, {
            let content = content.clone();
            Box::new(move |request| part(&content, request, &["etag: \"v2\""]))
        }),
        ("shorter than it said", changed, Box::new(|_| empty("416 No"))),
        ("another whole", changed, Box::new(move |_| whole(&vec![0; end - first]))),
        ("the whole, late", mixed, Box::new(move |_| whole(&content_again))),
    ];
    for (name, (kind, words), later) in laters {
        let content = content.clone();
        let server = Server::answering(move |number, request| match number {
            0 => part(&content, request, &[TAG]),
            _ => later(request),
        })
        .await;
        let (found, message) = said(server.probe().await);
        assert_eq!(found, kind, "{name}: {message}");
        assert!(message.contains(words), "{name}: {message}");
    }
}

#[tokio::test]
async fn a_weak_tag_proves_no_change() {
    let content = movie_after(1);
    let server = Server::answering(move |number, request| {
        part(&content, request, &[&format!("etag: W/\"{number}\"")])
    })
    .await;
    assert!(server.probe().await.is_ok());
}

#[tokio::test]
async fn a_server_that_lies_about_the_length_is_not_believed() {
    let content = clip();
    let real = content.len();
    for (name, total, kind, words) in [
        ("shorter", 80_000, ErrorKind::InvalidRequest, "is cut off"),
        ("longer", 10 << 20, ErrorKind::Unreadable, "the file changed while it was read"),
        ("far longer", usize::MAX, ErrorKind::Unreadable, "the file changed while it was read"),
    ] {
        let content = content.clone();
        let server = Server::answering(move |_, request| {
            let (first, end) = bounds(request);
            match content.get(first..end.min(real)) {
                Some(body) if !body.is_empty() => part_of(total, first, body, &[]),
                _ => empty("416 No"),
            }
        })
        .await;
        let (found, message) = said(server.probe().await);
        assert_eq!(found, kind, "{name}: {message}");
        assert!(message.contains(words), "{name}: {message}");
    }
    let short = move |_: usize, _: &str| {
        answer(
            "206 Partial Content",
            &["content-range: bytes 0-65535/99999"],
            b"\0\0\0\x20ftypisom",
        )
    };
    let (kind, message) = said(Server::answering(short).await.probe().await);
    assert_eq!(kind, ErrorKind::Network, "{message}");
    assert!(message.contains("ended before"), "{message}");
}

#[tokio::test]
async fn what_takes_too_much_is_given_up() {
    let pieces: Vec<u8> = (0..40).flat_map(|_| boxed(b"mdat", &vec![0; 70_000])).collect();
    let pieces = [bytes("moov-first.mp4"), pieces].concat();
    let many = Server::with(pieces).await;
    let far = movie_after(21);
    let (body, endless) = (far.clone(), far);
    let plain = Server::answering(move |_, _| whole(&body)).await;
    let endless = Server::answering(move |_, _| answer("200 OK", &[], &endless)).await;
    for (name, server, requests, words) in [
        ("pieces", many, 32, "too many pieces"),
        ("no parts", plain, 1, "gives no parts of a file"),
        ("no parts, no length", endless, 1, "gives no parts of a file"),
    ] {
        let (kind, message) = said(server.probe().await);
        assert_eq!(kind, ErrorKind::Other, "{name}: {message}");
        assert!(message.contains(words), "{name}: {message}");
        assert_eq!(server.requests().len(), requests, "{name}");
    }
}

#[tokio::test]
async fn without_parts_no_more_is_read_than_needed() {
    let content = [&bytes("moov-first.mp4")[..], &boxed(b"mdat", &vec![0; 8 << 20])].concat();
    let length = format!("content-length: {}", content.len());
    let breaking = move |_: usize, _: &str| answer("200 OK", &[&length], &content[..100_000]);
    let facts = Server::answering(breaking).await.probe().await.unwrap();
    assert_eq!(facts.duration, Duration::from_secs(3));
}

#[tokio::test]
async fn a_server_that_never_answers_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = format!("http://{}/a.mp4?sig=secret", listener.local_addr().unwrap());
    let link = Url::parse(&link).unwrap();
    let short = Duration::from_millis(20);
    for (one, all, words) in
        [(short, PATIENCE, "did not answer in time"), (PATIENCE, short, "its server is too slow")]
    {
        let mut asker = Asker::new(&link, true).unwrap();
        asker.patience = one;
        let (kind, message) = said(within(all, asker).await);
        assert_eq!(kind, ErrorKind::Network, "{words}");
        assert!(message.contains(words), "{message}");
    }
}
