// What the page does: plays an original and its edits as one, and narrows the list of all edits.
// It reads everything from the list, fetches nothing, and keeps nothing.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const after = (element, ...events) =>
  new Promise((resolve) => {
    for (const event of events) element.addEventListener(event, resolve, { once: true });
  });
const patience = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const stage = one("#stage");
const panes = one("#panes");
const scrub = one("#scrub");
const list = one("#list");
const cards = all(".edit", list);

// More would neither fit nor decode in time.
const AT_ONCE = 9;
// Seconds at the end of a video in which it may stop before the clock does.
const SLACK = 0.05;

// ---- Playing: the longest video leads, the others follow its clock.

let players = [];
let original = null;
let lead = null;
let playing = false;
let looping = true;
let speed = 1;
let rate = 30;
// Counts seeks, so that of several under way only the last has a say.
let turns = 0;
let frame = 0;

const end = () => (lead ? lead.duration : 0);
const now = () => (lead ? lead.currentTime : 0);
const atEnd = () => now() >= end() - SLACK;

function join(video) {
  players.push(video);
  lead = players.reduce((longest, it) => (it.duration > longest.duration ? it : longest));
  scrub.max = end();
  if (video === original || players.length === 1) shape(video);
  draw();
}

function leave(video) {
  players = players.filter((it) => it !== video);
  if (lead === video) lead = players[0] ?? null;
}

function arrive(video, time) {
  if (!video.seeking && Math.abs(video.currentTime - time) < 0.001) return null;
  const there = after(video, "seeked", "error", "emptied");
  video.currentTime = time;
  return there;
}

// All stop, go to the same moment, and only then go on: none runs ahead of one that seeks slowly.
async function seek(time) {
  const turn = ++turns;
  const to = clamp(time, 0, end());
  for (const video of players) video.pause();
  const arrivals = players.map((video) => arrive(video, Math.min(to, video.duration)));
  showTime(to);
  await Promise.race([Promise.all(arrivals), patience(5000)]);
  if (turn !== turns) return;
  draw();
  if (playing) await start(turn);
}

const ready = (video) => video.readyState >= 3 || after(video, "canplay", "error", "emptied");

async function start(turn) {
  await Promise.race([Promise.all(players.map(ready)), patience(5000)]);
  if (!playing || turn !== turns) return;
  if (atEnd()) return ended();
  for (const video of players) {
    video.playbackRate = speed;
    if (lead.currentTime < video.duration - SLACK) video.play().catch(refused);
  }
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(tick);
}

// A pause that overtakes a play aborts it, which is as it should be.
function refused(reason) {
  if (reason.name === "NotAllowedError") stop();
}

function tick() {
  if (!playing) return;
  for (const video of players) if (video !== lead) follow(video);
  draw();
  frame = requestAnimationFrame(tick);
}

// Small differences are made good by a slightly other speed, which nobody sees; a jump shows.
function follow(video) {
  const behind = lead.currentTime - video.currentTime;
  if (lead.seeking || video.seeking || lead.currentTime > video.duration - SLACK) return;
  if (Math.abs(behind) > 0.3) video.currentTime = lead.currentTime;
  const wanted = Math.abs(behind) < 0.012 ? 1 : 1 + clamp(behind * 3, -0.3, 0.3);
  const pace = Math.round(speed * wanted * 100) / 100;
  if (video.playbackRate !== pace) video.playbackRate = pace;
}

function ended() {
  if (!playing) return;
  if (looping) seek(0);
  else stop();
}

function play() {
  if (!lead) return;
  playing = true;
  showPlaying();
  seek(atEnd() ? 0 : now());
}

function stop() {
  playing = false;
  for (const video of players) video.pause();
  showPlaying();
  draw();
}

const toggle = () => (playing ? stop() : play());

// To the middle of a frame, since its edges belong to one player's frame and another's next.
function step(frames) {
  if (playing) stop();
  const number = Math.floor(now() * rate + 0.01) + frames;
  seek(number <= 0 ? 0 : (number + 0.5) / rate);
}

function setSpeed(value) {
  speed = Number(value);
  one("#speed").value = value;
  for (const video of players) video.playbackRate = speed;
}

function nextSpeed(by) {
  const select = one("#speed");
  const index = clamp(select.selectedIndex + by, 0, select.options.length - 1);
  setSpeed(select.options[index].value);
  say(`Speed ${speed}`);
}

function setLoop(on) {
  looping = on;
  one("#loop").setAttribute("aria-pressed", on);
}

function setSound(index) {
  all("video", panes).forEach((video, number) => {
    video.muted = String(number) !== index;
  });
}

// ---- Showing: time, zoom, and what the slider leaves of the original.

const view = { wipe: 0, zoom: 1, x: 50, y: 50 };

const minutes = (time) => {
  const tenths = Math.floor(time * 10 + 0.01);
  const seconds = Math.floor(tenths / 10);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}.${tenths % 10}`;
};

function showTime(time) {
  scrub.value = time;
  scrub.style.setProperty("--part", `${end() ? (time / end()) * 100 : 0}%`);
  const clock = `${minutes(time)} / ${minutes(end())}`;
  one("#clock").textContent = clock;
  scrub.setAttribute("aria-valuetext", `${time.toFixed(1)} of ${end().toFixed(1)} seconds`);
}

function showPlaying() {
  const button = one("#play");
  button.classList.toggle("playing", playing);
  button.setAttribute("aria-label", playing ? "Pause" : "Play");
  button.title = playing ? "Pause" : "Play";
}

function draw() {
  if (!lead?.seeking) showTime(now());
  if (!original || view.wipe === 0 || original.readyState < 2) return;
  for (const canvas of all("canvas", panes)) {
    canvas.getContext("2d").drawImage(original, 0, 0, canvas.width, canvas.height);
  }
}

// Frames take the shape of the original; where an edit has another, it is shown whole in it.
function shape(video) {
  panes.style.setProperty("--aspect", video.videoWidth / video.videoHeight || 16 / 9);
  panes.classList.toggle("portrait", video.videoWidth < video.videoHeight);
  const scale = Math.min(1, 1280 / video.videoWidth);
  for (const canvas of all("canvas", panes)) {
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
  }
}

function setWipe(value) {
  view.wipe = clamp(Number(value), 0, 100);
  panes.style.setProperty("--wipe", `${view.wipe}%`);
  panes.classList.toggle("wiping", view.wipe > 0);
  for (const slider of all(".wipe", panes)) {
    slider.value = view.wipe;
    slider.setAttribute("aria-valuetext", `${Math.round(view.wipe)} percent original`);
  }
  draw();
}

function setZoom(zoom) {
  view.zoom = clamp(Math.round(zoom * 100) / 100, 1, 8);
  if (view.zoom === 1) lookAt(50, 50);
  panes.style.setProperty("--zoom", view.zoom);
  panes.classList.toggle("zooming", view.zoom > 1);
  one("#zoom").textContent = `${Math.round(view.zoom * 100)} %`;
}

function lookAt(x, y) {
  view.x = clamp(x, 0, 100);
  view.y = clamp(y, 0, 100);
  panes.style.setProperty("--x", `${view.x}%`);
  panes.style.setProperty("--y", `${view.y}%`);
}

function pointed(event) {
  const box = event.target.closest(".frame")?.getBoundingClientRect();
  if (!box || view.zoom === 1) return;
  lookAt(((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100);
}

const say = (text) => {
  one("#say").textContent = text;
};

// ---- The stage: a clip and its edits, nine at a time.

const sets = setsOf(cards);
let current = 0;

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

function show(number) {
  stop();
  turns += 1;
  current = clamp(number, 0, sets.length - 1);
  const { edits } = sets[current];
  const shared = edits.every((card) => promptOf(card) === promptOf(edits[0]));
  empty();
  rate = Number(edits[0].dataset.rate) || 30;
  scrub.step = 1 / rate;
  const figures = edits.map((card) => editPane(card, shared));
  const source = edits[0].dataset.original;
  panes.replaceChildren(...(source ? [originalPane(source)] : []), ...figures);
  original = source ? one("video", panes) : null;
  arrange(panes.children.length);
  headings(sets[current], shared);
  offerSound();
  setWipe(0);
  setZoom(1);
  showTime(0);
}

const promptOf = (card) => one(".prompt", card).textContent;

// A decoder is kept for as long as a video has a source.
function empty() {
  for (const video of all("video", panes)) {
    video.removeAttribute("src");
    video.load();
  }
  players = [];
  lead = null;
}

function arrange(number) {
  const columns = number <= 3 ? number : Math.ceil(Math.sqrt(number));
  panes.style.setProperty("--columns", columns);
  panes.style.setProperty("--rows", Math.ceil(number / columns));
}

function newPane() {
  return one("#pane").content.firstElementChild.cloneNode(true);
}

function load(figure, source) {
  const video = one("video", figure);
  video.addEventListener("loadedmetadata", () => join(video));
  video.addEventListener("loadeddata", draw);
  video.addEventListener("ended", () => video === lead && ended());
  video.addEventListener("error", () => {
    if (!video.hasAttribute("src")) return;
    leave(video);
    notice(figure, "This file cannot be played here.");
  });
  video.src = source;
}

function notice(figure, text) {
  const paragraph = one(".notice", figure);
  paragraph.textContent = text;
  paragraph.hidden = false;
  for (const element of all("video, canvas, .wipe, .tag", figure)) element.remove();
}

function originalPane(source) {
  const figure = newPane();
  for (const element of all("canvas, .wipe, .tag, .gist, .prompt", figure)) element.remove();
  one(".name", figure).textContent = "Original";
  figure.dataset.name = "Original";
  load(figure, source);
  return figure;
}

function editPane(card, shared) {
  const figure = newPane();
  const provider = card.dataset.provider;
  figure.dataset.name = provider;
  one(".name", figure).append(...all(".show > .mark, .show > .provider", card).map((it) => it.cloneNode(true)));
  one(".gist", figure).textContent = one(".gist", card).textContent;
  if (shared) one(".prompt", figure).remove();
  else one(".prompt", figure).textContent = promptOf(card);
  one("figcaption", figure).append(one(".facts", card).cloneNode(true));
  const slider = one(".wipe", figure);
  slider.setAttribute("aria-label", `Before and after, ${provider}`);
  if (!card.dataset.original) for (const it of all("canvas, .wipe, .tag", figure)) it.remove();
  const thumbnail = one(".thumb video", card);
  if (thumbnail) load(figure, thumbnail.getAttribute("src").split("#")[0]);
  else notice(figure, (one(".reason", card) ?? one(".thumb", card)).textContent);
  return figure;
}

function headings({ edits, first, of }, shared) {
  const part = of > AT_ONCE ? `, edits ${first + 1} to ${first + edits.length} of ${of}` : "";
  one("#stage-heading").textContent = edits[0].dataset.name + part;
  one("#stage-prompt").textContent = shared ? promptOf(edits[0]) : "";
  one("#stage-prompt").hidden = !shared;
  one("#turn").hidden = sets.length < 2;
  one("#place").textContent = `${current + 1} of ${sets.length}`;
  one("#previous").disabled = current === 0;
  one("#next").disabled = current === sets.length - 1;
  for (const card of cards) {
    const button = one(".show", card);
    if (edits.includes(card)) button.setAttribute("aria-current", "true");
    else if (button.hasAttribute("aria-current")) button.removeAttribute("aria-current");
  }
}

function offerSound() {
  const options = [new Option("No sound", "")];
  all("video", panes).forEach((video, number) => {
    options.push(new Option(video.closest(".pane").dataset.name, number));
  });
  one("#sound").replaceChildren(...options);
}

function turn(by) {
  const to = current + by;
  if (to < 0 || to >= sets.length) return;
  show(to);
  say(`${one("#stage-heading").textContent}, ${one("#place").textContent}`);
}

function choose(card) {
  show(sets.findIndex((set) => set.edits.includes(card)));
  stage.scrollIntoView();
  one("#stage-heading").focus({ preventScroll: true });
}

// ---- The list: found, ordered, and fetched only where it is seen.

const find = one("#find");
const order = one("#order");
const texts = new Map();
let ordered = "";

function textOf(card) {
  if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
  return texts.get(card);
}

function refresh() {
  const wanted = find.value.trim().toLowerCase();
  const provider = one("#by-provider").value;
  const state = one("#by-state").value;
  let shown = 0;
  for (const card of cards) {
    card.hidden = Boolean(
      (provider && card.dataset.provider !== provider) ||
        (state && card.dataset.state !== state) ||
        (wanted && !textOf(card).includes(wanted)),
    );
    if (!card.hidden) shown += 1;
  }
  if (order.value !== ordered) reorder();
  const manner = order.selectedOptions[0].textContent.toLowerCase();
  one("#found").textContent = `${shown} of ${cards.length} shown, ${manner}`;
}

function reorder() {
  ordered = order.value;
  const down = ordered.startsWith("-");
  const key = ordered.replace("-", "");
  list.append(...(key ? cards.toSorted((a, b) => compare(a.dataset[key], b.dataset[key], down)) : cards));
}

// What is not known comes last, whatever the order.
function compare(a, b, down) {
  if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
  const numbers = a !== "" && b !== "" && !Number.isNaN(Number(a)) && !Number.isNaN(Number(b));
  const difference = numbers ? a - b : a.localeCompare(b, undefined, { numeric: true });
  return down ? -difference : difference;
}

// A thumbnail that is far away again gives back its decoder: browsers have some hundreds at most.
function seen(entries) {
  for (const { target, isIntersecting } of entries) {
    const video = one(".thumb video", target);
    if (isIntersecting) video.preload = "metadata";
    else if (video.preload !== "none") {
      video.preload = "none";
      video.load();
    }
  }
}

// ---- Keys, while the stage is in view; none where something else needs them.

let inView = true;

const SHORTCUTS = {
  " ": toggle,
  ArrowLeft: () => seek(now() - 1),
  ArrowRight: () => seek(now() + 1),
  ",": () => step(-1),
  ".": () => step(1),
  Home: () => seek(0),
  End: () => seek(end()),
  l: () => {
    setLoop(!looping);
    say(looping ? "Loop on" : "Loop off");
  },
  "[": () => nextSpeed(-1),
  "]": () => nextSpeed(1),
  b: () => {
    setWipe(view.wipe > 50 ? 0 : 100);
    say(view.wipe > 50 ? "Before" : "After");
  },
  "+": () => setZoom(view.zoom * 1.25),
  "=": () => setZoom(view.zoom * 1.25),
  "-": () => setZoom(view.zoom / 1.25),
  0: () => setZoom(1),
  p: () => turn(-1),
  n: () => turn(1),
  "?": () => one("#shortcuts").showModal(),
};

const SHIFTED = {
  ArrowLeft: () => lookAt(view.x - 10, view.y),
  ArrowRight: () => lookAt(view.x + 10, view.y),
  ArrowUp: () => lookAt(view.x, view.y - 10),
  ArrowDown: () => lookAt(view.x, view.y + 10),
};

function taken(key, target) {
  if (target.matches("input[type=range]")) return /^(Arrow|Home|End|Page)/.test(key);
  if (target.matches("input, select, textarea")) return true;
  return key === " " && target.closest("button, summary, a") !== null;
}

function pressed(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !inView) return;
  if (!one("#keys").checked || one("#shortcuts").open || taken(key, target)) return;
  const action = (event.shiftKey && SHIFTED[key]) || SHORTCUTS[key.length === 1 ? key.toLowerCase() : key];
  if (!action) return;
  event.preventDefault();
  action();
}

// ---- Beginning.

function listen() {
  const clicks = {
    play: toggle,
    back: () => step(-1),
    on: () => step(1),
    loop: () => setLoop(!looping),
    in: () => setZoom(view.zoom * 1.25),
    out: () => setZoom(view.zoom / 1.25),
    previous: () => turn(-1),
    next: () => turn(1),
    help: () => one("#shortcuts").showModal(),
  };
  for (const [id, action] of Object.entries(clicks)) one(`#${id}`).addEventListener("click", action);
  scrub.addEventListener("input", () => seek(Number(scrub.value) + 0.001));
  one("#speed").addEventListener("change", (event) => setSpeed(event.target.value));
  one("#sound").addEventListener("change", (event) => setSound(event.target.value));
  document.addEventListener("keydown", pressed);
  listenToPanes();
  listenToList();
}

function listenToPanes() {
  panes.addEventListener("input", (event) => event.target.matches(".wipe") && setWipe(event.target.value));
  panes.addEventListener("pointermove", pointed);
  panes.addEventListener("pointerdown", pointed);
  panes.addEventListener("click", (event) => {
    if (event.target.closest(".frame") && !event.target.matches(".wipe")) toggle();
  });
  const zoomed = (event) => {
    if (!event.ctrlKey || !event.target.closest(".frame")) return;
    event.preventDefault();
    setZoom(view.zoom * Math.exp(-event.deltaY / 200));
    pointed(event);
  };
  panes.addEventListener("wheel", zoomed, { passive: false });
}

function listenToList() {
  const form = one("#filter");
  form.addEventListener("input", refresh);
  form.addEventListener("submit", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const button = event.target.closest(".show");
    if (button) choose(button.closest(".edit"));
  });
  const thumbnails = new IntersectionObserver(seen, { rootMargin: "50% 0px" });
  for (const card of cards) if (one(".thumb video", card)) thumbnails.observe(card);
  new IntersectionObserver(([entry]) => {
    inView = entry.isIntersecting;
  }).observe(stage);
}

listen();
one("#filter").hidden = false;
if (sets.length > 0) {
  stage.hidden = false;
  show(0);
  refresh();
}
