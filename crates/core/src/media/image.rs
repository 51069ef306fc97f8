//! What is in an image file.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use image::{
    ImageDecoder, ImageFormat as Known, ImageReader, codecs::webp::WebPDecoder, error::ImageError,
};

use super::{ImageFacts, ImageFormat, error::Problem, file::name_of};

/// How far from the end an end marker may stand: programs append notes of their own.
const TAIL: u64 = 64 << 10;

/// Reads what is in an image of `length` bytes.
pub(super) fn probe(file: impl Read + Seek, length: u64) -> Result<ImageFacts, Problem> {
    let mut reader = BufReader::new(file);
    let mut head = [0; 16];
    let known = reader.fill_buf()?.len().min(head.len());
    head.iter_mut().zip(reader.fill_buf()?).for_each(|(to, from)| *to = *from);
    let head = head.get(..known).unwrap_or_default();
    let format = format(head).ok_or_else(|| Problem::NotAnImage(name_of(head)))?;
    if !ends_well(&mut reader, format, length)? {
        return Err(Problem::NoEnd);
    }
    reader.rewind()?;
    let (width, height, has_alpha) = decode_header(reader, format)?;
    Ok(ImageFacts { format, bytes: length, width, height, has_alpha })
}

fn format(head: &[u8]) -> Option<ImageFormat> {
    match image::guess_format(head).ok()? {
        Known::Jpeg => Some(ImageFormat::Jpeg),
        Known::Png => Some(ImageFormat::Png),
        Known::WebP => Some(ImageFormat::Webp),
        Known::Bmp => Some(ImageFormat::Bmp),
        _ => None,
    }
}

const fn known(format: ImageFormat) -> Known {
    match format {
        ImageFormat::Jpeg => Known::Jpeg,
        ImageFormat::Png => Known::Png,
        ImageFormat::Webp => Known::WebP,
        ImageFormat::Bmp => Known::Bmp,
    }
}

fn decode_header(
    mut reader: impl BufRead + Seek,
    format: ImageFormat,
) -> Result<(u32, u32, bool), Problem> {
    if format == ImageFormat::Webp {
        let decoder = WebPDecoder::new(&mut reader).map_err(damaged)?;
        if decoder.has_animation() {
            return Err(Problem::Animated);
        }
        reader.rewind()?;
    }
    let decoder =
        ImageReader::with_format(reader, known(format)).into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    Ok((width, height, decoder.color_type().has_alpha()))
}

fn damaged(error: ImageError) -> Problem {
    match error {
        ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Problem::Io(error)
        }
        _ => Problem::Damaged("its headers cannot be read"),
    }
}

/// Whether the end is there: decoders of headers do not look.
fn ends_well(
    reader: &mut (impl Read + Seek),
    format: ImageFormat,
    length: u64,
) -> Result<bool, Problem> {
    let marker: &[u8] = match format {
        ImageFormat::Jpeg => &[0xff, 0xd9],
        ImageFormat::Png => b"IEND",
        ImageFormat::Webp | ImageFormat::Bmp => return long_enough(reader, format, length),
    };
    reader.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    reader.take(TAIL).read_to_end(&mut tail)?;
    Ok(tail.windows(marker.len()).any(|window| window == marker))
}

/// WebP and BMP tell their length in their header.
fn long_enough(
    reader: &mut (impl Read + Seek),
    format: ImageFormat,
    length: u64,
) -> Result<bool, Problem> {
    let (at, beyond) = match format {
        ImageFormat::Webp => (4, 8),
        _ => (2, 0),
    };
    let mut told = [0; 4];
    reader.seek(SeekFrom::Start(at))?;
    reader.read_exact(&mut told)?;
    Ok(u64::from(u32::from_le_bytes(told)) + beyond <= length)
}
