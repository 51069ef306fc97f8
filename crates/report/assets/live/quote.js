// ---- The quote: asked a moment after each change; only the newest answer counts.

const run = one("#run");

let quote = null;
let question = 0;
let timer = 0;

function offer(id, label) {
  quote = id;
  run.disabled = id === null;
  run.textContent = label;
}

function changed() {
  clearTimeout(timer);
  question += 1;
  offer(null, "Run");
  tell("#trouble", "");
  const steps = missing();
  const complete = showSeeds() && steps.length === 0;
  if (!complete || !clip) return incomplete(steps);
  form.classList.add("asking");
  run.textContent = "Asking for the price…";
  timer = setTimeout(ask, 300, question);
}

const together = (words) => words.join(", ").replace(/, ([^,]*)$/, " and $1");

function incomplete(steps) {
  showParts(fragment(""));
  form.classList.remove("asking");
  tell("#quote", steps.length > 0 ? `To see the price, ${together(steps)}.` : "");
}

async function ask(turn) {
  try {
    const answer = await post("quote", request());
    if (turn === question) showQuote(answer);
  } catch (error) {
    if (turn === question) noQuote(error);
  }
}

function showQuote(answer) {
  const parts = fragment(answer.html);
  showParts(parts);
  form.classList.remove("asking");
  one("#quote").replaceChildren(...one(".whole", parts).childNodes);
  offer(answer.quote, answer.label);
  // A button loses the focus when it is disabled.
  if (isPressed && document.activeElement === document.body) run.focus();
  isPressed = false;
}

function noQuote(error) {
  incomplete([]);
  offer(null, "Run");
  tell("#trouble", wordsOf(error));
}

// Beside each provider's name stands what is said of it.
function showParts(parts) {
  const said = new Map(all("[data-at]", parts).map((part) => [part.dataset.at, part]));
  for (const place of all(".at")) {
    const isUsable = !one("input", place.parentElement).disabled;
    if (isUsable) place.replaceChildren(...(said.get(place.dataset.provider)?.childNodes ?? []));
  }
}

// ---- The run: once for each press, and never again for the same quote.

// Somebody waits for the edits that were started; or for a price to press the button again.
let isAwaited = false;
let isPressed = false;

async function start() {
  if (quote === null) return;
  const id = quote;
  isPressed = true;
  question += 1;
  offer(null, "Starting…");
  tell("#trouble", "");
  try {
    await post("run", { quote: id });
    started();
  } catch (error) {
    // Whether it was begun stands in the list; the new quote counts what is there already.
    changed();
    tell("#trouble", wordsOf(error));
  }
}

function started() {
  isPressed = false;
  offer(null, "Run");
  incomplete([]);
  isAwaited = true;
  section.open = false;
  one("summary", section).focus();
  say("The edits were started.");
}

// Who ran something wants to see it, unless they have gone on to something else.
function lookAt(card) {
  if (!isAwaited) return;
  isAwaited = false;
  const { activeElement } = document;
  const isWaiting = activeElement === document.body || activeElement === one("summary", section);
  if (isWaiting) one(".show", card).click();
}
