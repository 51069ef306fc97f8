//! Each rule, with a spec that breaks only this one.

use super::check;
use crate::spec::Spec;

const GOOD: &str = include_str!("../fixture.yaml");

fn problems(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "the fixture has no `{from}`");
    check(&Spec::parse("p", &GOOD.replacen(from, to, 1)).unwrap())
}

/// Breaks the fixture at one place and expects these lines, without the file's name.
fn broken(cases: &[(&str, &str, &[&str])]) {
    for (from, to, expected) in cases {
        let expected: Vec<_> =
            expected.iter().map(|line| format!("specs/p.yaml: {line}")).collect();
        assert_eq!(problems(from, to), expected, "`{from}` -> `{to}`");
    }
}

#[test]
fn the_fixture_keeps_all_rules() {
    assert_eq!(problems("", ""), [""; 0]);
}

#[test]
fn document() {
    broken(&[
        ("openapi: 3.0.3", "openapi: 3.1.0", &["document: openapi: must be 3.0.3"]),
        (
            "\"1.2.0\"",
            "é",
            &["document: info.version: must be a quoted ASCII text: it becomes a header"],
        ),
        (
            "\"1.2.0\"",
            "1.2",
            &["document: info.version: must be a quoted ASCII text: it becomes a header"],
        ),
        (
            "\"2026-11-20\"",
            "November",
            &[
                "document: info.x-read: must be the quoted date, as 2026-11-20, on which the sources were read",
            ],
        ),
        (
            "https://api.example.com/v1",
            "https://api.example.com/",
            &[
                "document: servers[0].url: must be an https URL without a slash at its end, query or variables",
            ],
        ),
        (
            "x-source: https://docs.example.com/create\n      parameters",
            "parameters",
            &["create_edit: x-source: must be the URL of the page that says so, or a list of them"],
        ),
        (
            "x-source: https://docs.example.com/create\n      description",
            "description",
            &[
                "components/schemas/EditRequest: x-source: must be the URL of the page that says so, or a list of them",
            ],
        ),
    ]);
}

#[test]
fn operations() {
    broken(&[
        (
            "operationId: get_edit\n      ",
            "",
            &["GET /edits/{id}: operationId: must be there, in snake_case"],
        ),
        (
            "operationId: get_edit",
            "operationId: getEdit",
            &["getEdit: operationId: must be there, in snake_case"],
        ),
        (
            "operationId: get_edit",
            "operationId: inner",
            &["inner: operationId: is the name of a method that every client has; choose another"],
        ),
        (
            "operationId: get_edit",
            "operationId: create_edit",
            &["create_edit: operationId: is used twice; choose another"],
        ),
        (
            "name: Idempotency-Key",
            "name: Content-Type",
            &[
                "create_edit: parameter Content-Type: the client sets this header itself; leave it out",
            ],
        ),
        (
            "name: Idempotency-Key",
            "name: accept",
            &["create_edit: parameter accept: the client sets this header itself; leave it out"],
        ),
        (
            "name: Idempotency-Key",
            "name: Authorization",
            &[
                "create_edit: parameter Authorization: the client sets this header itself; leave it out",
            ],
        ),
        (
            "name: ratio, in: query",
            "name: ratio, in: cookie",
            &["get_edit: parameter ratio: the generator cannot send cookies; leave it out"],
        ),
        (
            "{ type: string, minLength: 1, maxLength: 255 }",
            "{ type: string, nullable: true }",
            &["create_edit: parameter Idempotency-Key: cannot be null; make it optional"],
        ),
        (
            ", schema: { type: string, minLength: 1, maxLength: 255 }",
            "",
            &["create_edit: parameter Idempotency-Key: must have a schema"],
        ),
    ]);
}

#[test]
fn bodies_and_answers() {
    broken(&[
        (
            "x-hand-written: multipart bodies are not generated\n      ",
            "",
            &[
                "upload: requestBody.content: the generator cannot do multipart/form-data; say why in x-hand-written",
            ],
        ),
        (
            "multipart bodies are not generated",
            "\"\"",
            &["upload: x-hand-written: must say why no code can be generated"],
        ),
        (
            "required: true\n        content:\n          application/json",
            "content:\n          application/json",
            &["create_edit: requestBody.required: must be true"],
        ),
        (
            "\"200\":\n          description: The edit",
            "4XY:\n          description: The edit",
            &["get_edit: responses: must have exactly one 2xx answer"],
        ),
        ("\"402\":", "\"202\":", &["create_edit: responses: must have exactly one 2xx answer"]),
        (
            "The edit.\n          content:\n            application/json:\n              schema: { $ref: \"#/components/schemas/Edit\" }",
            "The edit.\n          content:\n            application/json:\n              schema: { type: object }",
            &["get_edit: responses.200.content: must be a $ref to a component schema"],
        ),
        (
            "The edit.\n          content:\n            application/json:",
            "The edit.\n          content:\n            text/event-stream:",
            &[
                "get_edit: responses.200.content: the generator cannot do text/event-stream; say why in x-hand-written",
            ],
        ),
        (
            "description: The edit.\n          content:",
            "description: The edit.\n          nothing:",
            &[
                "get_edit: responses.200.content: must have application/json and no other media type",
            ],
        ),
    ]);
}

#[test]
fn schemas() {
    broken(&[
        (
            "    Upload:\n",
            "    XMLUpload:\n",
            &[
                "components/schemas/XMLUpload: name: must be in PascalCase, with one capital per word as in ApiError",
            ],
        ),
        (
            "cover: { $ref: \"#/components/schemas/Media\" }",
            "cover: { $ref: \"#/components/schemas/Output\" }",
            &[
                "components/schemas/Output: schema: is used in requests and in answers; write one schema for each",
            ],
        ),
        (
            "type: { type: string }",
            "type: { discriminator: {} }",
            &[
                "components/schemas/EditRequest: type: the generator ignores discriminators; remove it",
            ],
        ),
        (
            "type: { type: string }",
            "type: { anyOf: [{ type: string }] }",
            &[
                "components/schemas/EditRequest: type: anyOf never decodes; use oneOf of scalars, or a lenient type",
            ],
        ),
        (
            "type: { type: string }",
            "type: { allOf: [{}, {}] }",
            &[
                "components/schemas/EditRequest: type: allOf of several schemas; write the fields out",
            ],
        ),
        (
            "type: { type: string }",
            "type: { oneOf: [{ type: object }] }",
            &[
                "components/schemas/EditRequest: type: oneOf objects are told apart by guessing; write one object with optional fields",
            ],
        ),
        (
            "x-rust: lenient-number",
            "x-rust: lax",
            &[
                "components/schemas/LenientNumber: schema: x-rust must be exact-number, lenient-number or lenient-string",
            ],
        ),
        (
            "createdAt: { type: integer",
            "createdAt: { format: date-time, type: string",
            &[
                "components/schemas/Edit: createdAt: a strict format in an answer; say it in the description",
            ],
        ),
        (
            "createdAt: { type: integer",
            "createdAt: { pattern: x, type: string",
            &[
                "components/schemas/Edit: createdAt: a pattern in an answer; say it in the description",
            ],
        ),
        (
            "additionalProperties: true\n      properties:\n        id",
            "additionalProperties: false\n      properties:\n        id",
            &[
                "components/schemas/Edit: schema: additionalProperties: false refuses answers with a new field; remove it",
            ],
        ),
        (
            "type: array\n          nullable: true",
            "type: array",
            &[
                "components/schemas/Edit: schema: outputs is an array in an answer and must be nullable: true",
            ],
        ),
    ]);
}

#[test]
fn requests_may_be_strict() {
    let strict = "type: { type: array, items: { type: string, pattern: x, format: uuid } }";
    assert_eq!(problems("type: { type: string }", strict), [""; 0]);
}

#[test]
fn enums() {
    broken(&[
        (
            "type: { type: string }",
            "type: { type: string, enum: [a] }",
            &[
                "components/schemas/EditRequest: type: an enum must be a component schema of its own, with x-open-enum",
            ],
        ),
        (
            "{ type: string, minLength: 1, maxLength: 255 }",
            "{ type: string, enum: [a] }",
            &[
                "create_edit: parameter Idempotency-Key: an enum must be a component schema of its own, with x-open-enum",
            ],
        ),
        (
            "x-open-enum: true\n      type: string\n      description",
            "type: string\n      description",
            &[
                "components/schemas/Status: enum: must have x-open-enum: true, or a map from words to names",
            ],
        ),
        (
            "[IN_QUEUE, COMPLETED, FAILED]",
            "[IN_QUEUE, 7]",
            &["components/schemas/Status: enum: must be of type string, each word quoted"],
        ),
        (
            "[IN_QUEUE, COMPLETED, FAILED]",
            "[FAILED, failed]",
            &[
                "components/schemas/Status: enum: `FAILED` and `failed` would both be called Failed; name them in x-open-enum",
            ],
        ),
        (
            "[IN_QUEUE, COMPLETED, FAILED]",
            "[UNKNOWN]",
            &["components/schemas/Status: enum: `UNKNOWN` needs a name of its own in x-open-enum"],
        ),
        (
            "\"16:9\": Landscape, ",
            "",
            &["components/schemas/Ratio: enum: `16:9` needs a name of its own in x-open-enum"],
        ),
    ]);
}

#[test]
fn texts() {
    broken(&[
        (
            "description: What to change.",
            "description: \"So:\\n\\n```\\ncode\\n```\"",
            &[
                "components/schemas/EditRequest: prompt.description: fenced or indented code would be compiled; write it inline",
            ],
        ),
        (
            "summary: Starts an edit.",
            "summary: \"So:\\n\\n    code\"",
            &["create_edit: summary: fenced or indented code would be compiled; write it inline"],
        ),
    ]);
}

#[test]
fn all_problems_come_at_once() {
    let worst = "openapi: 3.0.3\ninfo: {}\npaths: { /x: { get: {} } }\n";
    assert_eq!(check(&Spec::parse("p", worst).unwrap()).len(), 6);
}
