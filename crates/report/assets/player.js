// What the page does: plays an original and its edits as one, and narrows the list of all edits.
// It reads everything from the list, fetches nothing but the clips, and keeps nothing.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const after = (element, ...events) =>
  new Promise((resolve) => {
    for (const event of events) element.addEventListener(event, resolve, { once: true });
  });
const patience = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// ---- Playing: the longest video leads, the others follow its clock, and none runs ahead of the last.

// Seconds at the end of a video in which it may stop before the clock does.
const SLACK = 0.05;
// Seconds that a video may be ahead of the last before it waits, and from when it need not any more.
const AHEAD = 0.15;
const TOGETHER = 0.03;
// Milliseconds after which one that does not come is left behind.
const LONGEST_WAIT = 4000;

const player = {
  videos: [],
  original: null,
  lead: null,
  playing: false,
  looping: true,
  speed: 1,
  // Frames per second.
  rate: 30,
  // Counts seeks, so that of several under way only the last has a say.
  turn: 0,
  frame: 0,
  // Since when some wait for others; null if none does.
  waiting: null,
};

const end = () => player.lead?.duration ?? 0;
const now = () => player.lead?.currentTime ?? 0;
const atEnd = () => now() >= end() - SLACK;

// One that comes late goes where the others are.
function join(video) {
  const moment = now();
  player.videos.push(video);
  elect();
  if (player.playing || moment > 0) seek(moment);
  else draw();
}

function leave(video) {
  const moment = now();
  player.videos = player.videos.filter((it) => it !== video);
  if (video === player.original) player.original = null;
  elect();
  if (player.playing) seek(moment);
}

function elect() {
  player.lead = player.videos.reduce((longest, it) => (longest?.duration >= it.duration ? longest : it), null);
  one("#scrub").max = end();
  shape();
}

function arrive(video, time) {
  if (!video.seeking && Math.abs(video.currentTime - time) < 0.001) return null;
  const there = after(video, "seeked", "error", "emptied");
  video.currentTime = time;
  return there;
}

// All stop, go to the same moment, and only then go on: none runs ahead of one that seeks slowly.
async function seek(time) {
  const turn = ++player.turn;
  const to = clamp(time, 0, end());
  for (const video of player.videos) video.pause();
  const arrivals = player.videos.map((video) => arrive(video, Math.min(to, video.duration)));
  showTime(to);
  await Promise.race([Promise.all(arrivals), patience(5000)]);
  if (turn !== player.turn) return;
  draw();
  if (player.playing) await start(turn);
}

const ready = (video) => video.readyState >= 3 || after(video, "canplay", "error", "emptied");

async function start(turn) {
  await Promise.race([Promise.all(player.videos.map(ready)), patience(5000)]);
  if (!player.playing || turn !== player.turn) return;
  if (atEnd()) return ended();
  player.waiting = null;
  for (const video of player.videos) {
    video.playbackRate = player.speed;
    if (!isOver(video)) video.play().catch(refused);
  }
  cancelAnimationFrame(player.frame);
  player.frame = requestAnimationFrame(tick);
}

// A pause that overtakes a play aborts it, which is as it should be.
function refused(reason) {
  if (reason.name === "NotAllowedError") stop();
}

// A shorter video has come to its end before the others.
const isOver = (video) => now() >= video.duration - SLACK;

function tick() {
  if (!player.playing) return;
  const videos = player.videos.filter((it) => !isOver(it));
  if (wait(videos)) return;
  for (const video of videos) if (video !== player.lead) follow(video, player.lead);
  draw();
  player.frame = requestAnimationFrame(tick);
}

// Who is ahead of the last, which may have to fetch or to decode, waits for it; but not for ever: then
// all jump to one moment. True if they do.
function wait(videos) {
  const last = Math.min(...videos.map((it) => it.currentTime));
  for (const video of videos) {
    const ahead = video.currentTime - last;
    if (ahead > AHEAD) video.pause();
    else if (ahead < TOGETHER && video.paused) video.play().catch(refused);
  }
  player.waiting = videos.some((it) => it.paused) ? (player.waiting ?? performance.now()) : null;
  if (player.waiting === null || performance.now() - player.waiting < LONGEST_WAIT) return false;
  seek(now());
  return true;
}

// Small differences are made good by a slightly other speed, which nobody sees; a jump shows.
function follow(video, lead) {
  if (lead.seeking || video.seeking) return;
  const behind = lead.currentTime - video.currentTime;
  const wanted = Math.abs(behind) < 0.012 ? 1 : 1 + clamp(behind * 3, -0.3, 0.3);
  const pace = Math.round(player.speed * wanted * 100) / 100;
  if (video.playbackRate !== pace) video.playbackRate = pace;
}

function ended() {
  if (!player.playing) return;
  if (player.looping) seek(0);
  else stop();
}

function play() {
  if (!player.lead) return;
  player.playing = true;
  showPlaying();
  seek(atEnd() ? 0 : now());
}

function stop() {
  player.playing = false;
  for (const video of player.videos) video.pause();
  showPlaying();
  draw();
}

const toggle = () => (player.playing ? stop() : play());

// To the middle of a frame, since its edges belong to one player's frame and another's next.
function step(frames) {
  if (player.playing) stop();
  const number = Math.floor(now() * player.rate + 0.01) + frames;
  seek(number <= 0 ? 0 : (number + 0.5) / player.rate);
}

function setSpeed(value) {
  player.speed = Number(value);
  one("#speed").value = value;
  for (const video of player.videos) video.playbackRate = player.speed;
}

function nextSpeed(by) {
  const select = one("#speed");
  const index = clamp(select.selectedIndex + by, 0, select.options.length - 1);
  setSpeed(select.options[index].value);
  say(`Speed ${player.speed}`);
}

function setLoop(on) {
  player.looping = on;
  one("#loop").setAttribute("aria-pressed", on);
}
