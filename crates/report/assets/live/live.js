// ---- Time goes on between two answers.

function tick() {
  for (const bar of all("progress[data-age]")) {
    const age = Number(bar.dataset.age) + 1;
    bar.dataset.age = age;
    if (age < Number(bar.dataset.expected)) bar.value = age;
    else bar.removeAttribute("value");
    const told = one(".age", bar.parentElement);
    if (told) told.textContent = time(age);
  }
}

function time(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return [minutes && `${minutes} min`, seconds % 60 && `${seconds % 60} s`].filter(Boolean).join(" ");
}

// ---- Watching: the command answers when something has changed.

async function watch() {
  let version = 0;
  for (let misses = 0; ; ) {
    try {
      const options = { signal: AbortSignal.timeout(60000) };
      const answer = await answered(`edits?after=${version}`, options);
      if (answer) update(answer);
      version = answer?.version ?? version;
      misses = 0;
      tell("#lost", "");
      await pause(200);
    } catch (error) {
      // Another run of the command counts anew.
      version = 0;
      misses += 1;
      tell("#lost", wordsOf(error));
      await pause(Math.min(1000 * 2 ** (misses - 1), 30000));
    }
  }
}

// ---- Beginning.

function another() {
  one("#prompts").append(one("#one-more").content.cloneNode(true));
  number();
  one("#prompts > :last-child textarea").focus();
}

function remove(button) {
  const asked = button.closest(".ask");
  const before = asked.previousElementSibling;
  asked.remove();
  number();
  one("textarea", before).focus();
  changed();
}

function number() {
  const labels = all("#prompts label span");
  labels.forEach((label, index) => {
    label.textContent = labels.length > 1 ? `Prompt ${index + 1}` : "Prompt";
  });
  all("#prompts .ask").forEach((it, index) => {
    one(".remove", it)?.setAttribute("aria-label", `Remove prompt ${index + 1}`);
  });
}

function everyProvider() {
  const boxes = all("#providers input:enabled");
  const isAll = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !isAll;
  changed();
}

function listenToForm() {
  form.addEventListener("input", (event) => event.target.id !== "file" && changed());
  form.addEventListener("submit", (event) => event.preventDefault());
  // The keys of the player are letters here.
  section.addEventListener("keydown", (event) => event.stopPropagation());
  section.addEventListener("toggle", () => section.open || preview.pause());
  // What has been run since may be here already.
  one("summary", section).addEventListener("click", () => section.open || changed());
  one("#file").addEventListener("change", ({ target }) => {
    if (target.files.length > 0) take(target.files[0]);
    target.value = "";
  });
  preview.addEventListener("error", () => showPreview(false));
  one("#another").addEventListener("click", another);
  one("#every")?.addEventListener("click", everyProvider);
  one("#prompts").addEventListener("click", ({ target }) => target.matches(".remove") && remove(target));
  run.addEventListener("click", start);
}

function listenToDrops() {
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (is) => document.body.classList.toggle("dropping", is);
  document.addEventListener("dragover", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  document.addEventListener("drop", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    mark(false);
    if (event.dataTransfer.files.length > 0) take(event.dataTransfer.files[0]);
  });
}

cards = keyed(list.children);
for (const { card } of cards.values()) addKeep(card);
section.hidden = false;
listenToForm();
listenToDrops();
document.addEventListener("click", ({ target }) => {
  const button = target.closest(".keep");
  if (button) keep(button);
});
incomplete(missing());
setInterval(tick, 1000);
watch();
