
// ---- The list: found, ordered, and fetched only where it is seen.

const list = one("#list");
const listed = { cards: [], order: "", texts: new WeakMap() };
const thumbnails = new IntersectionObserver(seen, { rootMargin: "50% 0px" });

function textOf(card) {
  const { texts } = listed;
  if (!texts.has(card)) texts.set(card, card.textContent.replace(/\s+/g, " ").toLowerCase());
  return texts.get(card);
}

// Reads the cards as they stand there, in the order in which they are listed.
function read() {
  listed.cards = all(".edit", list);
  listed.order = "";
  one("#filter").hidden = listed.cards.length === 0;
  for (const card of listed.cards) if (card.dataset.file) thumbnails.observe(card);
  const kinds = (kind) => [...new Set(listed.cards.map((card) => card.dataset[kind]))].sort();
  offerKinds(one("#by-provider"), kinds("provider"));
  offerKinds(one("#by-state"), [...kinds("state"), ...(one("[data-kept]", list) ? ["kept"] : [])]);
  narrow();
}

const offerKinds = (select, kinds) =>
  offer(select, [["", "All"], ...kinds.map((kind) => [kind, kind])], select.value);

// Options that are the same stay, since somebody may have them open.
function offer(select, options, chosen) {
  const there = [...select.options].map((option) => `${option.value} ${option.textContent}`);
  const wanted = options.map((option) => option.join(" "));
  if (there.join("\n") === wanted.join("\n")) return;
  select.replaceChildren(...options.map(([value, name]) => new Option(name, value)));
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
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
  const { cards } = listed;
  place(list, order ? ordered(cards, order.replace("-", ""), order.startsWith("-")) : cards);
}

function ordered(cards, key, down) {
  const keyed = cards.map((card) => ({ card, value: valueOf(card.dataset[key]) }));
  return keyed.sort((a, b) => compare(a.value, b.value, down)).map(({ card }) => card);
}

const words = new Intl.Collator(undefined, { numeric: true });
const valueOf = (text) => (text && !Number.isNaN(Number(text)) ? Number(text) : text);

// What is not known comes last, whatever the order.
function compare(a, b, down) {
  if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
  const difference = typeof a === "number" && typeof b === "number" ? a - b : words.compare(a, b);
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
