// What the live page does besides: it takes a clip, asks what edits of it would cost, has them run when
// its one button is pressed, and keeps the list as the command has it.
// HTML comes from the command's own templates alone; every other text is set as text.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const GONE =
  "The command has ended or cannot be reached. Jobs that were submitted go on; " +
  "start `reshoot ui` again with the same folder.";

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Told again only if it is another text, since what is told is read aloud.
function tell(selector, text) {
  const element = one(selector);
  if (element.textContent !== text) element.textContent = text;
}

// ---- Asking the command.

// An answer that is no success, in the command's own words.
class Refusal extends Error {
  constructor(status, body) {
    super(body?.message ?? `The command answered ${status} without a reason.`);
    this.status = status;
  }
}

async function answered(path, options) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) throw new Refusal(answer.status, body);
  return body;
}

function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-Reshoot": "1" };
  return answered(path, { method: "POST", headers, body: JSON.stringify(body) });
}

const wordsOf = (error) => (error instanceof Refusal ? error.message : GONE);
