//! The limits of the capabilities are those of the specs: neither can drift alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use reshoot::{
    Capabilities, Descriptor, EditRequest, Media, PROVIDERS, Seconds, Staging, Url,
    capabilities::Webhook,
};
use serde_json::{Value, json};

/// The body of the call that makes an edit, as a provider's spec says it.
struct Wire {
    spec: Value,
    /// Every property of the body, however deep, by name.
    fields: Vec<(String, Value)>,
}

impl Wire {
    fn of(provider: &str) -> Self {
        let root = env!("CARGO_MANIFEST_DIR");
        let path = format!("{root}/../crates/emulator/src/specs/{provider}.json");
        let spec: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let paths = spec["paths"].as_object().unwrap();
        let edit = paths.values().map(|path| &path["post"]).find(|call| call["x-edit"] == true);
        let body = edit.unwrap_or_else(|| panic!("{provider} marks no call as the edit"));
        let schema = body.pointer("/requestBody/content/application~1json/schema").unwrap();
        let mut wire = Self { spec: spec.clone(), fields: Vec::new() };
        wire.walk(&schema.clone());
        wire
    }

    fn walk(&mut self, schema: &Value) {
        let schema = self.resolved(schema);
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.fields.push((name.clone(), property.clone()));
            self.walk(property);
        }
        if !schema["items"].is_null() {
            self.walk(&schema["items"]);
        }
    }

    /// What a reference refers to, with what stands beside it.
    fn resolved(&self, schema: &Value) -> Value {
        let reference = schema.pointer("/allOf/0/$ref").unwrap_or(&schema["$ref"]);
        let Some(place) = reference.as_str() else {
            return schema.clone();
        };
        let mut resolved = self.spec.pointer(place.trim_start_matches('#')).unwrap().clone();
        for (key, value) in schema.as_object().into_iter().flatten() {
            resolved[key] = value.clone();
        }
        resolved
    }

    /// A limit of a field; null if there is none.
    fn limit(&self, field: &str, limit: &str) -> Value {
        let found = self.fields.iter().find(|(name, _)| name == field);
        found.map_or(Value::Null, |(_, schema)| self.resolved(schema)[limit].clone())
    }

    /// How many reference images there is room for: fields of their own, a list, or a list with the
    /// clip in it.
    fn images(&self) -> usize {
        let is_single = |name: &str| name.starts_with("reference_image") || name == "image_url";
        let single = self.fields.iter().filter(|(name, _)| is_single(name)).count();
        let room = |list: &str| self.limit(list, "maxItems").as_u64().map(|most| most as usize);
        let lists = room("image_urls").or_else(|| room("images"));
        lists.or_else(|| Some(room("media")?.saturating_sub(1))).unwrap_or(single)
    }
}

fn text(limit: Option<usize>) -> Value {
    limit.map_or(Value::Null, |limit| json!(limit))
}

/// What the provider's own documentation says; the model's limits stand in where it is silent.
fn documented<T>(fact: &reshoot::capabilities::Fact<T>) -> bool {
    fact.source != reshoot::model::DOC
}

fn capabilities(provider: &str) -> &'static Capabilities {
    PROVIDERS.iter().find(|known| known.name() == provider).unwrap().capabilities
}

#[test]
fn texts_have_the_length_that_the_spec_says() {
    for name in PROVIDERS.iter().map(Descriptor::name) {
        let (wire, can) = (Wire::of(name), capabilities(name));
        let prompt = Some(can.prompt.value.max_chars).filter(|_| documented(&can.prompt));
        assert_eq!(wire.limit("prompt", "maxLength"), text(prompt), "{name}");
        let negative = can.negative_prompt.filter(documented).map(|limit| limit.value.max_chars);
        assert_eq!(wire.limit("negative_prompt", "maxLength"), text(negative), "{name}");
    }
}

#[test]
fn numbers_have_the_range_that_the_spec_says() {
    for name in PROVIDERS.iter().map(Descriptor::name) {
        let (wire, can) = (Wire::of(name), capabilities(name));
        assert_eq!(wire.limit("duration", "maximum"), json!(can.duration.value.max), "{name}");
        // A seed that is not offered may stand in the spec all the same, where it is but a guess.
        let Some(seed) = can.seed else { continue };
        let seed = Some(seed).filter(documented).map(|seed| seed.value);
        let min = seed.map_or(Value::Null, |seed| json!(seed.min));
        let max = seed.map_or(Value::Null, |seed| json!(seed.max));
        assert_eq!((wire.limit("seed", "minimum"), wire.limit("seed", "maximum")), (min, max));
    }
}

#[test]
fn there_are_as_many_reference_images_as_the_spec_has_room_for() {
    for name in PROVIDERS.iter().map(Descriptor::name) {
        assert_eq!(capabilities(name).reference_images.value, Wire::of(name).images(), "{name}");
    }
}

#[test]
fn base_urls_are_those_of_the_specs() {
    for provider in PROVIDERS {
        let wire = Wire::of(provider.name());
        assert_eq!(wire.spec["servers"][0]["url"], provider.base_url, "{}", provider.name());
    }
}

/// Whether a provider would run a request that was changed so.
fn runs(provider: &Descriptor, change: impl FnOnce(&mut EditRequest)) -> bool {
    let video = Url::parse("https://media.example.net/in/a.mp4").unwrap();
    let mut request = EditRequest::new(Media::Url(video), "make it snow");
    change(&mut request);
    request.check(provider.capabilities, Staging::Provider).is_ok()
}

/// Below, at and above the largest value allowed.
fn around(max: usize) -> [(usize, bool); 3] {
    [(max.saturating_sub(1), true), (max, true), (max + 1, false)]
}

#[test]
fn every_provider_holds_its_limits_below_at_and_above_them() {
    for provider in PROVIDERS {
        let (name, can) = (provider.name(), provider.capabilities);
        for (chars, fine) in around(can.prompt.value.max_chars) {
            let fits = runs(provider, |request| request.prompt = "雪".repeat(chars));
            assert_eq!(fits, fine, "{name}: prompt of {chars}");
        }
        for (chars, fine) in
            can.negative_prompt.map(|text| around(text.value.max_chars)).into_iter().flatten()
        {
            let text = "雪".repeat(chars);
            let fits = runs(provider, |request| request.negative_prompt = Some(text));
            assert_eq!(fits, fine, "{name}: negative prompt of {chars}");
        }
        for (images, fine) in around(can.reference_images.value) {
            let image = Media::Url(Url::parse("https://media.example.net/in/i.png").unwrap());
            let fits = runs(provider, |request| request.reference_images = vec![image; images]);
            assert_eq!(fits, fine, "{name}: {images} images");
        }
        let with_seed = |seed: i64| runs(provider, |request| request.seed = Some(seed));
        match can.seed.map(|seed| seed.value) {
            Some(seed) => {
                for (seed, fine) in [
                    (seed.min - 1, false),
                    (seed.min, true),
                    (seed.min + 1, true),
                    (seed.max - 1, true),
                    (seed.max, true),
                    (seed.max + 1, false),
                ] {
                    assert_eq!(with_seed(seed), fine, "{name}: seed {seed}");
                }
            }
            None => assert!(!with_seed(7), "{name} takes no seed"),
        }
        for (seconds, fine) in
            [(0, false), (1, false), (2, true), (3, true), (9, true), (10, true), (11, false)]
        {
            let fits = runs(provider, |request| request.duration = Some(Seconds(seconds)));
            assert_eq!(fits, fine, "{name}: {seconds} s");
        }
        let most = can.outputs.value.max;
        for (outputs, fine) in [(0, false), (1, true), (most, true), (most + 1, false)] {
            let fits = runs(provider, |request| request.outputs = outputs);
            assert_eq!(fits, fine, "{name}: {outputs} outputs");
        }
    }
}

#[test]
fn keys_and_webhooks_keep_to_each_providers_rule() {
    for provider in PROVIDERS {
        let (name, can) = (provider.name(), provider.capabilities);
        let key = |chars: usize| {
            runs(provider, |request| request.idempotency_key = Some("k".repeat(chars)))
        };
        match can.idempotency.map(|rule| rule.value.chars) {
            Some(chars) => {
                assert!(!key(chars.min - 1) && key(chars.min) && key(chars.max), "{name}");
                assert!(!key(chars.max + 1), "{name}");
            }
            None => assert!(!key(32), "{name} honours no keys"),
        }
        let hook = |chars: usize| {
            let head = "https://hooks.example.net/";
            let url = format!("{head}{}", "x".repeat(chars - head.len()));
            runs(provider, |request| request.webhook = Some(Url::parse(&url).unwrap()))
        };
        match can.webhook.value {
            Webhook::PerRequest { max_chars: Some(max), .. } => {
                assert!(hook(max - 1) && hook(max) && !hook(max + 1), "{name}");
            }
            Webhook::PerRequest { max_chars: None, .. } => assert!(hook(4000), "{name}"),
            Webhook::Dashboard => assert!(!hook(60), "{name}"),
        }
    }
}
