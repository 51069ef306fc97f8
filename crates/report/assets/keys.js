
// ---- Keys, while the stage is in view; none where something else needs them.

let inView = true;

const help = () => one("#shortcuts").showModal();

const SHORTCUTS = {
  " ": toggle,
  ArrowLeft: () => seek(now() - 1),
  ArrowRight: () => seek(now() + 1),
  ",": () => step(-1),
  ".": () => step(1),
  Home: () => seek(0),
  End: () => seek(end()),
  l: () => {
    setLoop(!player.looping);
    say(player.looping ? "Loop on" : "Loop off");
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
  "?": help,
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
  if (event.ctrlKey || event.metaKey || event.altKey || !inView || one("#stage").hidden) return;
  if (!one("#keys").checked || one("dialog[open]") || taken(key, target)) return;
  const action = (event.shiftKey && SHIFTED[key]) || SHORTCUTS[key.length === 1 ? key.toLowerCase() : key];
  if (!action) return;
  event.preventDefault();
  action();
}
