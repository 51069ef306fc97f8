//! From a file or a directory to the cells of one row after the other.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::Arc,
};

use reshoot::Violation;
use serde_json::{Map, Value};

use super::cells;
use crate::exit::Failure;

/// The cells of a row by name, as they were written.
pub(crate) type Cells = Map<String, Value>;

/// A row's place, and its cells, or why they cannot be read.
type Line = (u64, Result<Cells, Violation>);
type Lines = Box<dyn Iterator<Item = Line>>;

/// The endings of clips in a directory.
const CLIPS: [&str; 2] = ["mp4", "mov"];

/// What some editors begin a file with.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Follows the last row of a CSV, as a line of its own – unless a quote was opened there and never closed.
const END: &[u8] = b"\n\x1a";
const END_CELL: char = '\x1a';

/// How a manifest is written.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Csv,
    Jsonl,
    Directory,
    /// Not at all.
    Rows(Arc<[Cells]>),
}

impl Kind {
    pub(super) fn of(path: &Path, is_directory: bool) -> Result<Self, Failure> {
        if is_directory {
            return Ok(Self::Directory);
        }
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            _ => Err(Failure::usage(format!(
                "{} is no manifest: it is a .csv or .jsonl file, or a directory of clips",
                path.display()
            ))),
        }
    }
}

/// Opens a manifest anew, from its first row.
pub(super) fn lines(path: &Path, kind: &Kind) -> Result<Lines, Failure> {
    let lines = match kind {
        Kind::Csv => csv(path)?,
        Kind::Jsonl => Some(jsonl(path)),
        Kind::Directory => Some(directory(path)),
        Kind::Rows(rows) => Some(Ok(numbered(rows.clone()))),
    };
    match lines {
        Some(Ok(lines)) => Ok(lines),
        Some(Err(error)) => Err(unreadable(path, &error)),
        None => Err(Failure::usage(format!("{} has no rows", path.display()))),
    }
}

fn numbered(rows: Arc<[Cells]>) -> Lines {
    let mut line = 0;
    Box::new(std::iter::from_fn(move || {
        let cells = rows.get(line)?.clone();
        line += 1;
        Some((u64::try_from(line).unwrap_or(u64::MAX), Ok(cells)))
    }))
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::usage(format!("the manifest {} cannot be read: {error}", path.display()))
}

/// None: it is empty.
fn csv(path: &Path) -> Result<Option<io::Result<Lines>>, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(file.chain(END));
    let first_line =
        |message| Failure::usage(format!("the first line of {}: {message}", path.display()));
    let header = reader.headers().map_err(|error| first_line(why(&error)))?.clone();
    if header.is_empty() || is_end(&header) {
        return Ok(None);
    }
    cells::check_names(header.iter()).map_err(first_line)?;
    let mut counter = Counter::open(path).map_err(|error| unreadable(path, &error))?;
    let mut records = reader.into_records();
    let mut ended = false;
    Ok(Some(Ok(Box::new(std::iter::from_fn(move || {
        let record = records.next().filter(|_| !ended)?;
        Some(match record {
            Ok(record) if is_end(&record) => return None,
            Ok(record) => {
                let line = counter.line_at(record.position().map_or(0, csv::Position::byte));
                (line, cells_of(&header, &record))
            }
            Err(error) => {
                // Whatever cannot be read further would be told for ever.
                ended = error.is_io_error();
                let line = counter.line_at(error.position().map_or(0, csv::Position::byte));
                (line, Err(Violation::new("row", why(&error))))
            }
        })
    })))))
}

fn is_end(record: &csv::StringRecord) -> bool {
    record.len() == 1 && record.iter().all(|cell| cell == END_CELL.encode_utf8(&mut [0; 4]))
}

fn cells_of(header: &csv::StringRecord, record: &csv::StringRecord) -> Result<Cells, Violation> {
    if record.iter().any(|cell| cell.ends_with(END_CELL)) {
        // All the rows after it would be one prompt.
        return Err(Violation::new("row", "a quote is opened here and never closed"));
    }
    if record.len() != header.len() {
        let (cells, names) = (record.len(), header.len());
        let message = format!("it has {cells} cells, the first line has {names}");
        return Err(Violation::new("row", message));
    }
    let cells = header.iter().zip(record);
    Ok(cells.map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect())
}

/// Without the place, which is told of every row.
fn why(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => format!("it is not UTF-8: {err}"),
        _ => error.to_string(),
    }
}

/// Counts lines as an editor does: the reader of CSV is off by what ends a line before a row.
struct Counter {
    bytes: io::Bytes<BufReader<File>>,
    read: u64,
    line: u64,
    /// Read already, and part of the next row.
    is_ahead: bool,
}

impl Counter {
    fn open(path: &Path) -> io::Result<Self> {
        let bytes = BufReader::new(File::open(path)?).bytes();
        Ok(Self { bytes, read: 0, line: 1, is_ahead: false })
    }

    /// The line of the first byte at or after `offset` that ends none.
    fn line_at(&mut self, offset: u64) -> u64 {
        if self.read > offset && self.is_ahead {
            return self.line;
        }
        // What cannot be read here is told by who reads the rows.
        while let Some(Ok(byte)) = self.bytes.next() {
            self.read += 1;
            self.is_ahead = !matches!(byte, b'\r' | b'\n');
            if self.read > offset && self.is_ahead {
                break;
            }
            self.line += u64::from(byte == b'\n');
        }
        self.line
    }
}

fn jsonl(path: &Path) -> io::Result<Lines> {
    let mut reader = BufReader::new(File::open(path)?);
    let (mut line, mut ended) = (0, false);
    Ok(Box::new(std::iter::from_fn(move || {
        while !ended {
            line += 1;
            let mut text = Vec::new();
            match reader.read_until(b'\n', &mut text) {
                Ok(0) => return None,
                Ok(_) if text.trim_ascii().is_empty() => {}
                Ok(_) => return Some((line, object(text.strip_prefix(BOM).unwrap_or(&text)))),
                Err(error) => {
                    ended = true;
                    return Some((line, Err(Violation::new("row", error.to_string()))));
                }
            }
        }
        None
    })))
}

fn object(text: &[u8]) -> Result<Cells, Violation> {
    serde_json::from_slice(text)
        .map_err(|error| Violation::new("row", format!("it is not a JSON object: {error}")))
}

/// The clips of a directory, in the order in which it holds them.
fn directory(path: &Path) -> io::Result<Lines> {
    let entries = std::fs::read_dir(path)?;
    let clips = entries.filter_map(|entry| match entry {
        Ok(entry) => {
            let name = entry.file_name();
            let name = is_clip(&name).then(|| name.to_string_lossy().into_owned())?;
            Some(Ok(Cells::from_iter([("clip".to_owned(), Value::from(name))])))
        }
        Err(error) => Some(Err(Violation::new("row", error.to_string()))),
    });
    Ok(Box::new((1..).zip(clips)))
}

fn is_clip(name: &OsStr) -> bool {
    let ending = Path::new(name).extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| CLIPS.iter().any(|clip| ending.eq_ignore_ascii_case(clip)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Vec<String>, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        let kind = Kind::of(&path, false).map_err(|failure| failure.message)?;
        let lines = lines(&path, &kind);
        let told = |message: String| message.replace(&path.display().to_string(), name);
        let lines = lines.map_err(|failure| told(failure.message))?;
        Ok(lines
            .map(|(line, cells)| match cells {
                Ok(cells) => format!("{line} {}", Value::Object(cells)),
                Err(wrong) => format!("{line} {}", told(wrong.to_string())),
            })
            .collect())
    }

    #[test]
    fn rows_are_read_with_the_line_on_which_they_stand() {
        for (name, text, expected) in [
            (
                "a.csv",
                "clip,prompt\na.mp4, clay \n\n\"b,1.mp4\",\"two\nlines\"\nc.mp4,\n",
                &[
                    r#"2 {"clip":"a.mp4","prompt":"clay"}"#,
                    r#"4 {"clip":"b,1.mp4","prompt":"two\nlines"}"#,
                    r#"6 {"clip":"c.mp4","prompt":""}"#,
                ][..],
            ),
            (
                "bom.CSV",
                "\u{feff}clip\r\na.mp4\r\n\r\nb.mp4",
                &[r#"2 {"clip":"a.mp4"}"#, r#"4 {"clip":"b.mp4"}"#],
            ),
            (
                "a.jsonl",
                "\u{feff}{\"clip\":\"a.mp4\",\"seed\":7}\n\n{\"clip\":\"b.mp4\"}",
                &[r#"1 {"clip":"a.mp4","seed":7}"#, r#"3 {"clip":"b.mp4"}"#],
            ),
        ] {
            assert_eq!(read(name, text).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_does_not_end_the_manifest() {
        let lines = read("a.csv", "clip,prompt\na.mp4\nb.mp4,clay\n").unwrap();
        assert!(
            lines[0].starts_with("2 row: it has 1 cells") && lines[1].starts_with("3 {"),
            "{lines:?}"
        );
        for open in ["clip,prompt\na.mp4,\"clay\nb.mp4,wool\n", "clip,prompt\n\"a.mp4,x"] {
            let lines = read("a.csv", open).unwrap();
            assert_eq!(lines, ["2 row: a quote is opened here and never closed"]);
        }
        let lines = read("a.jsonl", "[1]\n{\"clip\":\"b.mp4\"}\n{").unwrap();
        assert!(lines[0].starts_with("1 row: it is not a JSON object"), "{lines:?}");
        assert!(lines[1].starts_with("2 {") && lines[2].starts_with("3 row: "), "{lines:?}");
    }

    #[test]
    fn what_is_no_manifest_is_refused_by_name() {
        for (name, text, expected) in [
            ("a.txt", "", "is no manifest: it is a .csv or .jsonl file, or a directory"),
            ("a.csv", "", "a.csv has no rows"),
            ("a.csv", "a.mp4,clay\n", "the first line of a.csv: there is no column \"clip\""),
            ("a.csv", "clip;prompt\n", "a.csv: its cells must have commas between them"),
            ("a.csv", "clip\tprompt\n", "a.csv: its cells must have commas between them"),
            ("a.csv", "clip,prompt,prompt\n", "a.csv: \"prompt\" stands there more than once"),
            (
                "a.csv",
                "clip,promt\n",
                "\"promt\" is not known; known are clip, prompt, provider, output,",
            ),
            ("a.csv", "clip,video\n", "\"clip\" and \"video\" are the same: one is enough"),
        ] {
            let message = read(name, text).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_directory_is_its_clips() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a.mp4", "b.MOV", "notes.txt", ".mp4"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let lines = lines(directory.path(), &Kind::Directory).unwrap();
        let mut clips: Vec<_> =
            lines.map(|(_, cells)| cells.unwrap()["clip"].to_string()).collect();
        clips.sort();
        assert_eq!(clips, [r#""a.mp4""#, r#""b.MOV""#]);
    }
}
