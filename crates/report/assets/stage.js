
// ---- The stage: a clip and its edits, nine at a time.

// More would neither fit nor decode in time.
const AT_ONCE = 9;

const stage = { sets: [], current: 0, cards: [] };

const promptOf = (card) => one(".prompt", card).textContent;
const jobOf = (card) => card.dataset.job ?? card;
// As long as this is the same, so is what is to be seen of an edit.
const lookOf = (card) => `${card.dataset.job} ${card.dataset.file ?? ""}`;

function setsOf(cards) {
  const clips = Map.groupBy(cards, (card) => card.dataset.clip);
  const cut = (edits) =>
    Array.from({ length: Math.ceil(edits.length / AT_ONCE) }, (_, number) => ({
      edits: edits.slice(number * AT_ONCE, (number + 1) * AT_ONCE),
      first: number * AT_ONCE,
      of: edits.length,
    }));
  return [...clips.values()].flatMap(cut);
}

// Another set, from its beginning.
function show(number) {
  stop();
  player.turn += 1;
  all(".pane", panes).forEach(remove);
  stage.current = clamp(number, 0, stage.sets.length - 1);
  fill();
  setWipe(0);
  setZoom(1);
  showTime(0);
}

// The list has changed: the same set again, wherever it is now.
function renew(cards) {
  const jobs = new Set(stage.cards.map(jobOf));
  stage.sets = setsOf(cards);
  one("#stage").hidden = stage.sets.length === 0;
  const same = stage.sets.findIndex(({ edits }) => edits.some((card) => jobs.has(jobOf(card))));
  if (same < 0) return show(stage.current);
  stage.current = same;
  fill();
}

// What is shown already, and has not changed, stays as it is.
function fill() {
  const set = stage.sets[stage.current] ?? { edits: [], first: 0, of: 0 };
  const { edits } = set;
  const there = new Map(all(".pane", panes).map((figure) => [figure.dataset.look, figure]));
  const shared = edits.every((card) => promptOf(card) === promptOf(edits[0]));
  const take = (look) => {
    const figure = there.get(look);
    there.delete(look);
    return figure;
  };
  const wanted = edits.map((card) => take(lookOf(card)) ?? newPane(card));
  edits.forEach((card, index) => caption(wanted[index], card, shared));
  const source = edits[0]?.dataset.original;
  if (source) wanted.unshift(take(source) ?? originalPane(source));
  for (const figure of all(".pane", panes)) if (!wanted.includes(figure)) remove(figure);
  player.rate = Number(edits[0]?.dataset.rate) || 30;
  scrub.step = 1 / player.rate;
  place(panes, wanted);
  arrange();
  head(set, shared);
  offerSound();
  mark(edits);
}

// Those that stay are not touched: a video that is moved stops, and a button loses the focus.
function place(parent, wanted) {
  let next = parent.firstElementChild;
  for (const element of wanted) {
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}

// As few rows as make the frames largest, where each frame has a caption below it.
function arrange() {
  const number = panes.children.length;
  const aspect = Number(panes.style.getPropertyValue("--aspect")) || 16 / 9;
  const columns = (rows) => Math.ceil(number / rows);
  const width = (rows) => {
    const high = (innerHeight - 240) / rows - 64;
    return Math.min(panes.clientWidth / columns(rows), Math.max(high, 176) * aspect);
  };
  const choices = Array.from({ length: number }, (_, index) => index + 1);
  const rows = choices.reduce((best, it) => (width(it) > width(best) ? it : best), 1);
  panes.style.setProperty("--columns", columns(rows));
  panes.style.setProperty("--rows", rows);
}

// A decoder is kept for as long as a video has a source.
function remove(figure) {
  const video = one("video", figure);
  figure.remove();
  if (!video) return;
  leave(video);
  video.removeAttribute("src");
  video.load();
}

const blank = () => one("#pane").content.firstElementChild.cloneNode(true);

function load(figure, source) {
  const video = one("video", figure);
  video.muted = true;
  video.addEventListener("loadedmetadata", () => join(video));
  video.addEventListener("loadeddata", draw);
  video.addEventListener("ended", () => video === player.lead && ended());
  video.addEventListener("error", () => {
    if (!video.hasAttribute("src")) return;
    leave(video);
    notice(figure, "This file cannot be played here.");
  });
  video.src = source;
  return video;
}

function notice(figure, ...content) {
  const paragraph = one(".notice", figure);
  paragraph.replaceChildren(...content);
  paragraph.hidden = false;
  for (const element of all("video, canvas, .wipe, .tag", figure)) element.remove();
}

function originalPane(source) {
  const figure = blank();
  for (const element of all("canvas, .wipe, .tag, .gist, .prompt", figure)) element.remove();
  one(".name", figure).textContent = "Original";
  Object.assign(figure.dataset, { look: source, name: "Original" });
  player.original = load(figure, source);
  return figure;
}

function newPane(card) {
  const figure = blank();
  const { provider, original, file, state } = card.dataset;
  Object.assign(figure.dataset, { look: lookOf(card), name: provider, state });
  one(".name", figure).append(...all(".show > .mark, .show > .provider", card).map((it) => it.cloneNode(true)));
  one("figcaption", figure).append(one(".facts", card).cloneNode(true));
  one(".wipe", figure).setAttribute("aria-label", `Before and after, ${provider}`);
  showWipe(one(".wipe", figure));
  if (!original) for (const it of all("canvas, .wipe, .tag", figure)) it.remove();
  if (file) load(figure, file);
  return figure;
}

// What is said of an edit may change while it plays; whoever reads its facts goes on reading.
function caption(figure, card, shared) {
  const fresh = (selector) => one(selector, card).cloneNode(true).childNodes;
  if (!card.dataset.file) notice(figure, ...fresh(one(".reason", card) ? ".reason" : ".thumb"));
  figure.dataset.state = card.dataset.state;
  one(".gist", figure).replaceChildren(...fresh(".gist"));
  one(".prompt", figure).replaceChildren(...fresh(".prompt"));
  figure.classList.toggle("shared", shared);
  one(".facts dl", figure).replaceChildren(...fresh(".facts dl"));
  lend(figure, one(".keep", card));
}

// The button of the card is at hand here too, where there is one.
function lend(figure, button) {
  const there = one(".keep", figure);
  if (there?.isEqualNode(button)) return;
  there?.remove();
  if (button) one("figcaption", figure).append(button.cloneNode(true));
}

function head({ edits, first, of }, shared) {
  const part = of > AT_ONCE ? `, edits ${first + 1} to ${first + edits.length} of ${of}` : "";
  const { current, sets } = stage;
  one("#stage-heading").textContent = (edits[0]?.dataset.name ?? "") + part;
  one("#stage-prompt").textContent = shared && edits[0] ? promptOf(edits[0]) : "";
  one("#stage-prompt").hidden = !shared;
  one("#turn").hidden = sets.length < 2;
  one("#place").textContent = `${current + 1} of ${sets.length}`;
  one("#previous").disabled = current === 0;
  one("#next").disabled = current === sets.length - 1;
}

function mark(cards) {
  for (const card of stage.cards) one(".show", card).removeAttribute("aria-current");
  for (const card of cards) one(".show", card).setAttribute("aria-current", "true");
  stage.cards = cards;
}

// Whoever has been heard goes on being heard, in the next clip too.
function offerSound() {
  const sound = one("#sound");
  const names = all("video", panes).map((video) => video.closest(".pane").dataset.name);
  const heard = names.indexOf(sound.selectedOptions[0]?.textContent);
  offer(sound, [["", "Muted"], ...names.entries()], heard < 0 ? "" : String(heard));
  setSound(sound.value);
}

function setSound(index) {
  all("video", panes).forEach((video, number) => {
    video.muted = String(number) !== index;
  });
}

function turn(by) {
  const to = stage.current + by;
  if (to < 0 || to >= stage.sets.length) return;
  show(to);
  say(`${one("#stage-heading").textContent}, ${one("#place").textContent}`);
}

function choose(card) {
  show(stage.sets.findIndex(({ edits }) => edits.includes(card)));
  one("#stage").scrollIntoView();
  one("#stage-heading").focus({ preventScroll: true });
}
