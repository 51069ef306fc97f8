//! What a body means: defaults, forms, price.
use serde_json::{Map, Value, json};

use crate::app::{App, Origin};
use crate::jobs::Billed;
use crate::wire::{self, Form};

/// Fields that are lists; in a form their key is repeated.
const LISTS: [&str; 2] = ["reference_image_urls", "video_refs"];
const NUMBERS: [&str; 3] = ["duration", "seed", "n"];
const FLAGS: [&str; 2] = ["enable_prompt_expansion", "multi_shots"];

/// The body with the route's defaults written out, as the echo shows it.
pub(super) fn normalised(mut body: Value, unified: bool) -> Value {
    let defaults = match unified {
        true => json!({
            "aspect_ratio": "16:9", "resolution": "1080p", "duration": 5,
            "audio_setting": "auto", "enable_prompt_expansion": true, "multi_shots": false,
        }),
        false => json!({ "resolution": "1080p", "duration": 0, "audio_setting": "auto", "n": 1 }),
    };
    if let (Some(body), Some(defaults)) = (body.as_object_mut(), defaults.as_object()) {
        for (key, value) in defaults {
            body.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    body
}

/// A form as the JSON it stands for; `place` gives a file its URL.
pub(super) fn from_form(
    form: Form,
    mut place: impl FnMut(&str, crate::store::Received) -> String,
) -> Value {
    let files =
        form.files.into_iter().map(|(field, name, received)| (field, place(&name, received)));
    let mut body = Map::new();
    for (field, text) in form.fields.into_iter().chain(files.collect::<Vec<_>>()) {
        let value = scalar(&field, text);
        match body.get_mut(&field).and_then(Value::as_array_mut) {
            Some(list) => list.push(value),
            None if LISTS.contains(&field.as_str()) => drop(body.insert(field, json!([value]))),
            None => drop(body.insert(field, value)),
        }
    }
    Value::Object(body)
}

/// In a form all scalars travel as text.
fn scalar(field: &str, text: String) -> Value {
    if NUMBERS.contains(&field) || FLAGS.contains(&field) {
        return serde_json::from_str(&text).unwrap_or(Value::from(text));
    }
    Value::from(text)
}

/// What the schema cannot say about the workflows of the unified route.
pub(super) fn workflow_problem(body: &Value) -> Option<&'static str> {
    let has = |field: &str| body.get(field).is_some_and(|value| !value.is_null());
    match wire::text(body, "feature") {
        "edit-video" | "edit" if !has("video_url") => {
            Some("video_url is required in the edit-video workflow")
        }
        "edit-video" | "edit" | "reference" if !has("prompt") => {
            Some("prompt is required in this workflow")
        }
        _ if has("end_image_url") && !has("image_url") => Some("end_image_url requires image_url"),
        _ => None,
    }
}

/// What the job costs: 16 credits a second at 720p, 24 at 1080p, times the number of results.
pub(super) fn billed(app: &App, origin: &Origin, body: &Value) -> Billed {
    let (input_seconds, output_seconds) =
        app.seconds(origin, body.get("duration").and_then(Value::as_f64));
    let price = if wire::text(body, "resolution") == "720p" { 16.0 } else { 24.0 };
    let results = body.get("n").and_then(Value::as_f64).unwrap_or(1.0);
    Billed { input_seconds, output_seconds, credits: (output_seconds * price).ceil() * results }
}

/// Width and height of the result.
pub(super) fn pixels(body: &Value) -> (u32, u32) {
    let (full, small) = match wire::text(body, "aspect_ratio") {
        "9:16" => ((1080, 1920), (720, 1280)),
        "1:1" => ((1440, 1440), (960, 960)),
        "4:3" => ((1648, 1248), (1104, 832)),
        "3:4" => ((1248, 1648), (832, 1104)),
        _ => ((1920, 1080), (1280, 720)),
    };
    if wire::text(body, "resolution") == "720p" { small } else { full }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_typed_json() {
        let fields = [
            ("prompt", "7"),
            ("n", "2"),
            ("seed", "x"),
            ("multi_shots", "true"),
            ("video_refs", "a"),
            ("video_refs", "b"),
        ];
        let form = Form {
            fields: fields.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            files: Vec::new(),
        };
        let expected = json!({"prompt": "7", "n": 2, "seed": "x", "multi_shots": true, "video_refs": ["a", "b"]});
        assert_eq!(from_form(form, |_, _| String::new()), expected);
    }

    #[test]
    fn workflows_need_their_inputs() {
        let cases = [
            (json!({"feature": "edit-video", "prompt": "x"}), true),
            (json!({"feature": "edit-video", "prompt": "x", "video_url": "u"}), false),
            (json!({"feature": "reference", "prompt": null}), true),
            (json!({"feature": "text-image"}), false),
            (json!({"end_image_url": "u"}), true),
        ];
        for (body, refused) in cases {
            assert_eq!(workflow_problem(&body).is_some(), refused, "{body}");
        }
    }
}
