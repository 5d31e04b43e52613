//! A client that can send any header.

use std::fmt::Write;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request, as a browser on a page of the site sends it unless a test says otherwise.
#[derive(Clone)]
pub(crate) struct Request {
    address: SocketAddr,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn new(address: SocketAddr, method: &'static str, path: &str) -> Self {
        let request = Self {
            address,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: String::new(),
        };
        request
            .header("Host", &address.to_string())
            .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("Sec-Fetch-Site", "same-origin")
            .header(
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            )
    }

    /// Sets a header, in place of an earlier one of the name.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let mut request = self.without(name);
        request.headers.push((name.to_owned(), value.to_owned()));
        request
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// Presents a session, or any cookie as `name=value`.
    pub(crate) fn cookie(self, cookie: &str) -> Self {
        self.header("Cookie", cookie)
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut request = self.header("Content-Type", "application/x-www-form-urlencoded");
        request.body = encode(fields);
        request
    }

    /// Appends fields to the path, which has no query.
    pub(crate) fn query(mut self, fields: &[(&str, &str)]) -> Self {
        self.path = format!("{}?{}", self.path, encode(fields));
        self
    }

    /// Sends the request, and returns the connection.
    pub(crate) async fn open(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(self.text().as_bytes()).await.unwrap();
        stream
    }

    /// Sends the request without its last byte, and returns the connection and the byte once the server reads the body.
    pub(crate) async fn open_partly(self) -> (TcpStream, u8) {
        let request = self.header("Expect", "100-continue");
        let mut stream = TcpStream::connect(request.address).await.unwrap();
        let text = request.text();
        let (last, rest) = text.as_bytes().split_last().unwrap();
        stream.write_all(rest).await.unwrap();
        let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
        let mut answer = [0; 25];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, *expected);
        (stream, *last)
    }

    pub(crate) async fn send(&self) -> Response {
        Response::read(self.open().await).await
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nConnection: close\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        write!(
            text,
            "Content-Length: {}\r\n\r\n{}",
            self.body.len(),
            self.body
        )
        .unwrap();
        text
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

impl Response {
    /// Reads the response of a connection that the server closes.
    pub(crate) async fn read(mut stream: TcpStream) -> Self {
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.unwrap();
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: body.to_owned(),
        }
    }

    /// Returns the response without the headers that differ between responses to equal requests.
    pub(crate) fn comparable(mut self) -> Self {
        self.headers
            .retain(|(name, _)| name != "x-request-id" && name != "date");
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the cookie that it sets, as a request presents it.
    pub(crate) fn cookie(&self) -> Option<String> {
        let cookie = self.header("set-cookie")?.split(';').next()?;
        Some(cookie.to_owned()).filter(|cookie| !cookie.ends_with('='))
    }

    /// Returns the value of a hidden field of its form.
    pub(crate) fn hidden(&self, name: &str) -> &str {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self
            .body
            .split_once(&start)
            .unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        rest.split('"').next().unwrap()
    }
}
