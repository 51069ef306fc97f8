//! Trial.
use reshoot_report::*;
use std::time::Duration;
fn main() {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let looks = ["claymation", "noir", "water", "warm"];
    let providers = [
        "kie",
        "evolink",
        "wavespeed",
        "dashscope",
        "fal",
        "replicate",
        "novita",
        "apiframe",
        "skills-video",
    ];
    let edit = |i: usize, p: &str| {
        let mut e = Edit::new(
            p,
            "Turn it into claymation, keep the camera path and the light of the original",
            if i % 7 == 5 {
                State::Failed { reason: "The provider refused the content: the prompt may name a living person (DataInspectionFailed)".into() }
            } else if i % 19 == 13 {
                State::Open { word: "running".into(), progress: None }
            } else {
                State::Done {
                    file: MediaPath::new(format!("{}.mp4", looks[i % 4])).unwrap(),
                    bytes: 1_299_169 + i as u64 * 130_000,
                    sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                        .into(),
                }
            },
        );
        e.settings = vec![
            ("Resolution".into(), "1080p".into()),
            ("Seed".into(), "42".into()),
            ("Audio".into(), "original".into()),
        ];
        let price = 0.4 + ((i * 37) % 23) as f64 / 40.0;
        e.quoted = Some(price);
        if i % 7 != 5 {
            e.billed = Some(Charge { usd: Some(price), credits: (i % 3 == 0).then_some(40.0) });
        }
        e.queued = Some(Duration::from_secs(5 + (i as u64 * 7) % 20));
        e.running = Some(Duration::from_secs(70 + (i as u64 * 53) % 200));
        e
    };
    for (name, n) in [("one", 1), ("three", 3), ("failed", 6)] {
        let page = Page {
            title: "Claymation, compared".into(),
            clips: vec![Clip {
                name: "skatepark.mp4".into(),
                original: Some(MediaPath::new("orig.mp4").unwrap()),
                frame_rate: Some(24.0),
                edits: (0..n).map(|i| edit(i, providers[i % 9])).collect(),
            }],
        };
        std::fs::write(folder.join(format!("{name}.html")), render(&page)).unwrap();
    }
    for (name, n) in [("forty", 40), ("many", 2000)] {
        let page = Page {
            title: "Spring campaign".into(),
            clips: (0..n)
                .map(|i| Clip {
                    name: format!("shot-{:03}.mp4", i + 1),
                    original: Some(MediaPath::new("orig.mp4").unwrap()),
                    frame_rate: Some(24.0),
                    edits: vec![edit(i, providers[i % 5])],
                })
                .collect(),
        };
        let start = std::time::Instant::now();
        let html = render(&page);
        println!("{name}: {:?}, {} bytes", start.elapsed(), html.len());
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}
