//! A client of HTTP/1.1 that can do one thing: post a body on a connection of
//! its own and hear the status.

use std::io;
use std::time::Duration;

use axum::http::Uri;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::WebhookError;

/// How long a delivery may take in all.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
/// Bound on the head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// As much of an answer's body is taken off the line; nobody reads it.
const MAX_BODY: u64 = 64 * 1024;
/// How long that may take.
const DRAIN: Duration = Duration::from_secs(1);

/// Where to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    host: String,
    port: u16,
    authority: String,
    path: String,
    query: String,
}

impl Target {
    /// Reads `http://host[:port][/path][?query]`; none if it is anything else.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains('#');
        if uri.scheme_str() != Some("http") || authority.as_str().contains('@') || !is_plain {
            return None;
        }
        let port = match authority.port() {
            Some(port) => Some(port.as_u16()).filter(|port| *port > 0)?,
            // `host:` with nothing behind it, or a number that is no port.
            None if authority.as_str() != authority.host() => return None,
            None => 80,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self {
            host: Some(host).filter(|host| !host.is_empty())?,
            port,
            authority: authority.as_str().to_owned(),
            path: uri.path().to_owned(),
            query: uri.query().map(|query| format!("?{query}")).unwrap_or_default(),
        })
    }

    /// The address without the query.
    pub(super) fn shown(&self) -> String {
        format!("http://{}{}", self.authority, self.path)
    }

    fn head(&self, signature: &str, length: usize) -> String {
        format!(
            "POST {}{} HTTP/1.1\r\nhost: {}\r\nuser-agent: commons/{}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\ncommons-signature: {signature}\r\nconnection: close\r\n\r\n",
            self.path,
            self.query,
            self.authority,
            env!("CARGO_PKG_VERSION"),
        )
    }
}

/// Posts a body and returns the status of the answer. The caller bounds the
/// time.
pub(super) async fn post(target: &Target, signature: &str, body: &[u8]) -> Result<u16, WebhookError> {
    let mut stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
    let head = target.head(signature, body.len());
    let sent = send(&mut stream, head.as_bytes(), body).await;
    // Who refuses early may answer before it has read everything.
    let status = match (sent, status(&mut stream).await) {
        (_, Ok(status)) => status,
        (Err(error), Err(_)) => return Err(error.into()),
        (Ok(()), Err(error)) => return Err(error),
    };
    // So that the receiver sees no broken connection. What it says beyond the
    // status does not matter.
    let mut rest = stream.take(MAX_BODY);
    let _ = tokio::time::timeout(DRAIN, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
    Ok(status)
}

async fn send(stream: &mut TcpStream, head: &[u8], body: &[u8]) -> io::Result<()> {
    stream.write_all(head).await?;
    stream.write_all(body).await?;
    stream.flush().await
}

/// The status of the first answer that is final.
async fn status(stream: &mut (impl AsyncRead + Unpin)) -> Result<u16, WebhookError> {
    let mut read = Vec::new();
    loop {
        let ends = read.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = ends {
            match parse(&read).ok_or(WebhookError::NotHttp)? {
                100..=199 => drop(read.drain(..end + 4)),
                status => return Ok(status),
            }
            continue;
        }
        if read.len() >= MAX_HEAD {
            return Err(WebhookError::NotHttp);
        }
        let mut piece = [0_u8; 1024];
        match stream.read(&mut piece).await? {
            0 => return Err(WebhookError::NotHttp),
            length => read.extend_from_slice(piece.get(..length).unwrap_or_default()),
        }
    }
}

/// The code in a line such as `HTTP/1.1 204 No Content`.
fn parse(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.1 ").or_else(|| head.strip_prefix(b"HTTP/1.0 "))?;
    let (code, rest) = rest.split_at_checked(3)?;
    let is_end = matches!(rest.first(), Some(b' ' | b'\r'));
    let status: u16 = std::str::from_utf8(code).ok().filter(|_| is_end)?.parse().ok()?;
    (100..=599).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::{MAX_HEAD, Target, status};
    use crate::webhooks::WebhookError;

    #[test]
    fn addresses_are_plain_http() {
        let target = Target::parse("http://hooks.example.org:8080/a/b?key=1").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("hooks.example.org", 8080));
        assert_eq!(target.shown(), "http://hooks.example.org:8080/a/b");
        let head = target.head("t=1,v1=00", 5);
        assert!(head.starts_with("POST /a/b?key=1 HTTP/1.1\r\nhost: hooks.example.org:8080\r\n"), "{head}");
        let six = Target::parse("http://[::1]/x").unwrap();
        assert_eq!((six.host.as_str(), six.port, six.authority.as_str()), ("::1", 80, "[::1]"));
        assert!(Target::parse("http://a").unwrap().head("", 0).starts_with("POST / HTTP/1.1\r\n"));
        let wrong = [
            "",
            "http://",
            "http:///x",
            "https://a",
            "ftp://a",
            "a/b",
            "http://u:p@a/",
            "http://a:0/",
            "http://a:x/",
            "http://a:70000/",
            "http://a/ b",
            "http://a/\r\nx: y",
            "http://a/#b",
            "http://ä/",
        ];
        for url in wrong {
            assert_eq!(Target::parse(url), None, "{url:?}");
        }
    }

    #[tokio::test]
    async fn the_status_is_read_from_any_answer_or_refused() {
        let long = format!("HTTP/1.1 200 OK\r\nx: {}", "a".repeat(MAX_HEAD));
        let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000);
        let early = "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n";
        let good = [
            ("HTTP/1.1 204 No Content\r\n\r\n", 204),
            ("HTTP/1.0 500\r\na: b\r\n\r\nbody", 500),
            (early, 202),
        ];
        for (text, expected) in good {
            assert_eq!(status(&mut text.as_bytes()).await.unwrap(), expected, "{text:?}");
        }
        let refused = [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 999 \r\n\r\n",
            "HTTP/1.1 +20 \r\n\r\n",
            "SSH-2.0-x\r\n\r\n",
            &long,
            &interim,
        ];
        for text in refused {
            let error = status(&mut text.as_bytes()).await.unwrap_err();
            assert!(matches!(error, WebhookError::NotHttp), "{text:.40}: {error}");
        }
    }
}
