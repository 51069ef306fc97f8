
// ---- The list: found, ordered, and fetched only where it is seen.

const list = one("#list");
const listed = { cards: [], order: "", texts: new WeakMap() };
const thumbnails = new IntersectionObserver(seen, { rootMargin: "50% 0px" });

function textOf(card) {
  const { texts } = listed;
  if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
  return texts.get(card);
}

// Reads the cards as they stand there, in the order in which they are listed.
function read() {
  listed.cards = all(".edit", list);
  listed.order = "";
  for (const card of listed.cards) if (card.dataset.file) thumbnails.observe(card);
  const kinds = (kind) => [...new Set(listed.cards.map((card) => card.dataset[kind]))].sort();
  offer(one("#by-provider"), kinds("provider"));
  offer(one("#by-state"), [...kinds("state"), ...(one("[data-kept]", list) ? ["kept"] : [])]);
  narrow();
}

function offer(select, values) {
  const chosen = select.value;
  const options = values.map((value) => new Option(value, value, false, value === chosen));
  select.replaceChildren(new Option("All", ""), ...options);
}

function narrow() {
  const wanted = {
    text: one("#find").value.trim().toLowerCase(),
    provider: one("#by-provider").value,
    state: one("#by-state").value,
  };
  for (const card of listed.cards) card.hidden = !isWanted(card, wanted);
  const order = one("#order");
  if (order.value !== listed.order) reorder(order.value);
  const shown = listed.cards.filter((card) => !card.hidden).length;
  const manner = order.selectedOptions[0].textContent.toLowerCase();
  one("#found").textContent = `${shown} of ${listed.cards.length} shown, ${manner}`;
}

function isWanted(card, { text, provider, state }) {
  const { dataset } = card;
  if (provider && dataset.provider !== provider) return false;
  if (state && (state === "kept" ? !("kept" in dataset) : dataset.state !== state)) return false;
  return !text || textOf(card).includes(text);
}

function reorder(order) {
  listed.order = order;
  const down = order.startsWith("-");
  const key = order.replace("-", "");
  const { cards } = listed;
  place(list, key ? cards.toSorted((a, b) => compare(a.dataset[key], b.dataset[key], down)) : cards);
}

const words = new Intl.Collator(undefined, { numeric: true });

// What is not known comes last, whatever the order.
function compare(a, b, down) {
  if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
  const numbers = a !== "" && b !== "" && !Number.isNaN(Number(a)) && !Number.isNaN(Number(b));
  const difference = numbers ? a - b : words.compare(a, b);
  return down ? -difference : difference;
}

// A thumbnail that is far away again goes: browsers have some hundreds of decoders at most, and
// thousands of videos make a list slow to order.
function seen(entries) {
  for (const { target, isIntersecting } of entries) {
    const thumb = one(".thumb", target);
    if (!isIntersecting) thumb.replaceChildren();
    else if (!thumb.firstChild) thumb.append(picture(target.dataset.file));
  }
}

// Some browsers show a first picture only of a video that is asked for a moment after its first.
function picture(file) {
  const video = document.createElement("video");
  video.preload = "metadata";
  Object.assign(video, { src: `${file}#t=0.001`, muted: true, playsInline: true, tabIndex: -1, ariaHidden: "true" });
  return video;
}
