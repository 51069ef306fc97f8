//! What the submitted files are and whether the model can read them.
use serde_json::Value;

use super::{MODEL, policy};
use crate::app::{App, Origin};
use crate::wire;

/// The files of a submit.
pub(super) fn items(body: &Value) -> impl Iterator<Item = &Value> {
    body.pointer("/input/media").and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn is_video(item: &Value) -> bool {
    wire::text(item, "type") == "video"
}

/// The model, as it reads for one account.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    app: &'a App,
    /// Whose files of the temporary store it may read.
    holder: String,
    /// Whether `oss://` means anything to it.
    resolves: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(app: &'a App, owner: &str, resolves: bool) -> Self {
        Self { app, holder: policy::holder(&app.secret, owner, MODEL), resolves }
    }

    /// Where a file is, or why the task fails.
    pub(super) fn origin(&self, item: &Value) -> Result<Origin, &'static str> {
        let url = wire::text(item, "url");
        let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("oss") => self.in_store(url),
            Some("data") if !is_video(item) && url.contains(";base64,") => Ok(Origin::Outside),
            Some("http" | "https") => match self.app.origin(url) {
                Origin::Missing => Err("the file could not be downloaded"),
                origin => Ok(origin),
            },
            _ => Err("url error, please check url"),
        }
    }

    fn in_store(&self, url: &str) -> Result<Origin, &'static str> {
        if !self.resolves {
            return Err("oss:// is read with X-DashScope-OssResourceResolve: enable only");
        }
        let file = self.app.store.get(url).filter(|file| file.owner == self.holder);
        file.map(|file| Origin::Stored(file.id)).ok_or("the oss:// file could not be read")
    }
}
