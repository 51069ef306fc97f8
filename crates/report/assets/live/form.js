// ---- What is chosen, and what is missing.

function seeds() {
  const words = one("#seeds").value.split(/[\s,;]+/).filter(Boolean);
  return [...new Set(words)].map((word) => (/^\d+$/.test(word) ? Number(word) : NaN));
}

const prompts = () => all("#prompts textarea").map((it) => it.value.trim()).filter(Boolean);
const chosen = () => all("#providers input:checked").map((it) => it.value);

function missing() {
  const steps = [
    [!clip && one("#sent").hidden, "choose a clip"],
    [prompts().length === 0, "write a prompt"],
    [chosen().length === 0, "choose a provider"],
  ];
  return steps.filter(([is]) => is).map(([, step]) => step);
}

function showSeeds() {
  const wrong = !seeds().every(Number.isSafeInteger);
  one("#seeds").setAttribute("aria-invalid", wrong);
  tell("#seeds-hint", wrong ? "Whole numbers, as in 1, 2, 3." : "An edit for each. Without any, chance decides.");
  return !wrong;
}

function request() {
  const value = (id) => one(`#${id}`).value.trim() || undefined;
  return {
    clip,
    prompts: prompts(),
    seeds: seeds(),
    providers: chosen(),
    resolution: value("resolution"),
    aspect_ratio: value("aspect_ratio"),
    duration: value("duration") && Number(value("duration")),
    audio: value("audio"),
    negative_prompt: value("negative_prompt"),
  };
}
