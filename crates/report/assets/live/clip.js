// ---- The clip: chosen or dropped, shown, and sent to the command.

const section = one("#new");
const form = one("#order-form");
const preview = one("#preview");

let clip = null;
let sending = null;

function take(file) {
  sending?.abort();
  clip = null;
  section.open = true;
  const { bytes, most } = one("#clip").dataset;
  if (file.size > Number(bytes)) return refuse(`${file.name} is larger than ${most}, the most that is taken.`);
  show(file);
  send(file);
  changed();
}

function show(file) {
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  showPreview(true);
}

function showPreview(is) {
  preview.hidden = !is;
  one("#clip").classList.toggle("chosen", is);
}

function refuse(message) {
  showPreview(false);
  showSending("");
  changed();
  tell("#trouble", message);
}

function showSending(name) {
  one("#sent").hidden = !name;
  one("#sent").value = 0;
  tell("#clip-about", name && `Sending ${name}`);
}

// By the older way to ask, since the newer one does not tell how much has been sent.
function send(file) {
  const request = new XMLHttpRequest();
  sending = request;
  request.open("PUT", `clips?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("X-Reshoot", "1");
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    one("#sent").value = total ? loaded / total : 0;
  });
  request.addEventListener("load", () => sent(request));
  request.addEventListener("error", () => refuse(`${file.name} could not be read or sent.`));
  showSending(file.name);
  request.send(file);
}

function sent({ status, response }) {
  if (status !== 201 || !response) return refuse(new Refusal(status, response).message);
  clip = response.clip;
  showSending("");
  tell("#clip-about", `${response.name} · ${response.about}`);
  changed();
}
