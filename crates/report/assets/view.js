
// ---- Showing: time, zoom, and what the slider leaves of the original.

const panes = one("#panes");
const scrub = one("#scrub");
const view = { wipe: 0, zoom: 1, x: 50, y: 50 };

const minutes = (time) => {
  const tenths = Math.floor(time * 10 + 0.01);
  const seconds = Math.floor(tenths / 10);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}.${tenths % 10}`;
};

const say = (text) => {
  one("#say").textContent = text;
};

function showTime(time) {
  scrub.value = time;
  one("#clock").textContent = `${minutes(time)} / ${minutes(end())}`;
  scrub.setAttribute("aria-valuetext", `${time.toFixed(1)} of ${end().toFixed(1)} seconds`);
}

function showPlaying() {
  const button = one("#play");
  const label = player.playing ? "Pause" : "Play";
  button.classList.toggle("playing", player.playing);
  button.setAttribute("aria-label", label);
  button.title = label;
}

// The original beneath an edit is a picture of the one that plays, so that there is nothing more to
// decode or to keep in step.
function draw() {
  const { lead, original } = player;
  if (!lead?.seeking) showTime(now());
  if (!original || view.wipe === 0 || original.readyState < 2) return;
  for (const canvas of all("canvas", panes)) {
    canvas.getContext("2d").drawImage(original, 0, 0, canvas.width, canvas.height);
  }
}

// Frames take the shape of the original; where an edit has another, it is shown whole in it.
function shape() {
  const { videoWidth, videoHeight } = player.original ?? player.videos[0] ?? {};
  if (!videoWidth) return;
  panes.style.setProperty("--aspect", videoWidth / videoHeight);
  panes.classList.toggle("portrait", videoWidth < videoHeight);
  const scale = Math.min(1, 1280 / videoWidth);
  for (const canvas of all("canvas", panes)) {
    canvas.width = videoWidth * scale;
    canvas.height = videoHeight * scale;
  }
  arrange();
}

function setWipe(value) {
  view.wipe = clamp(Number(value), 0, 100);
  panes.style.setProperty("--wipe", `${view.wipe}%`);
  panes.classList.toggle("wiping", view.wipe > 0);
  all(".wipe", panes).forEach(showWipe);
  draw();
}

function showWipe(slider) {
  slider.value = view.wipe;
  slider.setAttribute("aria-valuetext", `${Math.round(view.wipe)} percent original`);
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
