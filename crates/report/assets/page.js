
// ---- Beginning.

function listenToTransport() {
  const clicks = {
    play: toggle,
    back: () => step(-1),
    on: () => step(1),
    loop: () => setLoop(!player.looping),
    in: () => setZoom(view.zoom * 1.25),
    out: () => setZoom(view.zoom / 1.25),
    previous: () => turn(-1),
    next: () => turn(1),
    help,
  };
  for (const [id, action] of Object.entries(clicks)) one(`#${id}`).addEventListener("click", action);
  scrub.addEventListener("input", () => seek(Number(scrub.value) + 0.001));
  one("#speed").addEventListener("change", (event) => setSpeed(event.target.value));
  one("#sound").addEventListener("change", (event) => setSound(event.target.value));
  document.addEventListener("keydown", pressed);
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
  window.addEventListener("resize", arrange);
  new IntersectionObserver(([entry]) => {
    inView = entry.isIntersecting;
  }).observe(one("#stage"));
}

function listenToList() {
  const form = one("#filter");
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const button = event.target.closest(".show");
    if (button) choose(button.closest(".edit"));
  });
}

function readAnew() {
  read();
  renew(listed.cards);
}

listenToTransport();
listenToPanes();
listenToList();
readAnew();
// Whoever changes the list says so.
document.addEventListener("edits", readAnew);
