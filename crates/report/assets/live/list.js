// ---- The list, as the command has it.

const list = one("#list");

// Each card that is shown, with its HTML as the command made it: the page's other script adds to it.
let cards = new Map();

// A job with several results has several cards.
function keyed(elements) {
  const numbers = new Map();
  return new Map(
    [...elements].map((card) => {
      const job = card.dataset.job ?? "";
      const number = (numbers.get(job) ?? 0) + 1;
      numbers.set(job, number);
      return [`${job} ${number}`, { card, html: card.outerHTML }];
    }),
  );
}

function update({ counts, summary, list: html }) {
  tell("#counts", counts);
  const [before, now] = [one("#summary"), one("#summary", fragment(summary))];
  if (!before.isEqualNode(now)) before.replaceWith(now);
  holdingFocus(() => {
    const added = merge(html);
    document.dispatchEvent(new Event("edits"));
    if (added.length > 0) lookAt(added[0]);
  });
}

// Afterwards the list is in the order of the command; what comes back are the cards that are new.
function merge(html) {
  const next = keyed(fragment(html).children);
  const added = [];
  for (const [key, { card }] of cards) if (!next.has(key)) card.remove();
  for (const [key, it] of next) {
    const old = cards.get(key);
    if (!old) added.push(it.card);
    if (old?.html === it.html) it.card = old.card;
    else furnish(it.card, old?.card);
  }
  [...next.values()].forEach(({ card }, place) => {
    if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
  });
  cards = next;
  return added;
}

// What somebody has opened stays open.
function furnish(card, old) {
  addKeep(card);
  if (!old) return;
  const [facts, opened] = [one(".facts", card), one(".facts", old)];
  if (facts && opened) facts.open = opened.open;
  holdPicture(card, old);
  old.replaceWith(card);
}

// A picture that is there stays there.
function holdPicture(card, old) {
  if (!card.dataset.file || card.dataset.file !== old.dataset.file) return;
  const [blank, picture] = [one(".thumb", card), one(".thumb", old)];
  blank.replaceWith(picture);
  old.prepend(blank);
}

function holdingFocus(change) {
  const held = document.activeElement;
  const key = [...cards].find(([, { card }]) => card.contains(held))?.[0];
  const what = [".show", "summary", ".keep", "a"].find((selector) => held?.matches(selector));
  change();
  if (!key || !what || document.activeElement === held || document.activeElement !== document.body) return;
  const card = cards.get(key)?.card;
  if (card) (one(what, card) ?? one(".show", card)).focus({ preventScroll: true });
}

// ---- Keeping.

function addKeep(card) {
  const { state, job, provider, name } = card.dataset;
  if (state !== "done" || !job) return;
  const button = one("#keep").content.firstElementChild.cloneNode(true);
  button.dataset.job = job;
  one(".unseen", button).textContent = ` ${provider}, ${name}`;
  card.append(button);
  showKept(button, "kept" in card.dataset);
}

function showKept(button, isKept) {
  button.setAttribute("aria-pressed", isKept);
  button.firstElementChild.textContent = isKept ? "Kept" : "Keep";
}

async function keep({ dataset: { job }, ariaPressed }) {
  const isKept = ariaPressed !== "true";
  try {
    const { message } = await post("keep", { job, keep: isKept });
    for (const button of all(".keep")) if (button.dataset.job === job) showKept(button, isKept);
    say(message);
  } catch (error) {
    say(wordsOf(error));
  }
}

let saying = 0;

function say(text) {
  clearTimeout(saying);
  tell("#said", text);
  saying = setTimeout(tell, 8000, "#said", "");
}
