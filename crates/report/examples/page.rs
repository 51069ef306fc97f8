//! Writes a page into the folder that is named, of the clips that lie in it: `original.mp4`, and
//! one file for each provider, such as `kie.mp4`.
//!
//! `cargo run --example page -- FOLDER`

use std::{env, error::Error, fs, path::Path};

use reshoot_report::{Clip, Edit, MediaPath, Page, State, render};
use sha2::{Digest as _, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("say in which folder the clips are")?;
    let folder = Path::new(&folder);
    let mut files: Vec<_> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    files.retain(|file| {
        file.extension().is_some_and(|it| it == "mp4") && !file.ends_with("original.mp4")
    });
    files.sort();
    let clip = Clip {
        name: "original.mp4".to_owned(),
        original: Some(MediaPath::new("original.mp4")?),
        edits: files.iter().map(|file| edit(file)).collect::<Result<_, _>>()?,
        ..Clip::default()
    };
    let page =
        Page { title: "Edits, compared".to_owned(), notice: None, as_of: None, clips: vec![clip] };
    Ok(fs::write(folder.join("index.html"), render(&page))?)
}

fn edit(file: &Path) -> Result<Edit, Box<dyn Error>> {
    let name = file.file_name().unwrap_or_default();
    let provider = file.file_stem().unwrap_or_default().to_string_lossy();
    let content = fs::read(file)?;
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let state = State::Done { file: MediaPath::new(name)?, bytes: content.len() as u64, sha256 };
    Ok(Edit::new(provider, "turn it into claymation", state))
}
