// The page: opens files, shows them, and leaves all decoding to the worker.
const at = (id) => document.getElementById(id);
const MOST_OF_A_PACK = 200; // more pictures than these of one pack are not shown
const STEPS = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16];

const worker = new Worker("worker.js", { type: "module" });
const waiting = new Map();
const pictures = []; // { name, url, width, height, info, milliseconds }
let shown = -1;
let opening = Promise.resolve(); // files that come while others are decoded wait for these
let zoom = null; // null: as large as the window allows

worker.addEventListener("message", ({ data }) => {
  if (data.progress !== undefined) {
    at("progress").value = data.progress;
    return;
  }
  waiting.get(data.id)?.(data);
  waiting.delete(data.id);
});

async function ask(file) {
  const data = new Uint8Array(await file.arrayBuffer());
  const id = crypto.randomUUID?.() ?? String(Math.random());
  const numbers = Array.from({ length: MOST_OF_A_PACK }, (_, number) => number);
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, data, numbers }, [data.buffer]);
  });
}

function say(text) {
  at("message").textContent = text;
}

function open(files) {
  if (!files.length) { // dropped text
    return;
  }
  opening = opening.then(() => openFiles(files));
}

async function openFiles(files) {
  const lines = []; // what is wrong with each file, and what the last picture is
  let picture = "";
  for (const file of files) {
    say(`Decoding ${file.name} ...`);
    at("progress").hidden = false;
    at("progress").removeAttribute("value");
    const answer = await ask(file).catch((error) => ({ error: `it cannot be read: ${error.message}` })); // as a folder
    at("progress").hidden = true;
    if (answer.error) {
      lines.push(`${file.name}: ${answer.error}`);
      continue;
    }
    const first = pictures.length;
    answer.pictures.forEach((one, number) => add(file.name, one, number, answer));
    show(first);
    picture = `${file.name}: ${summary(answer)}`;
  }
  say([...lines, picture].join("\n").trim());
}

function summary({ info, pictures: { length }, milliseconds }) {
  const count = info.format === "ltcp" ? `${length < info.count ? `the first ${length} of ` : ""}${info.count} pictures, ` : "";
  return `${count}${info.width} x ${info.height}, ${info.bytes.total} bytes, ${info.bpp.toFixed(4)} bpp, `
    + `decoded in ${Math.round(milliseconds)} ms`;
}

function add(file, { width, height, png }, number, { info }) {
  const name = info.format === "ltcp" ? `${file} ${info.names?.[number] ?? number + 1}` : file;
  const url = URL.createObjectURL(new Blob([png], { type: "image/png" }));
  const place = pictures.push({ name, url, width, height, info }) - 1;
  const button = document.createElement("button");
  const image = Object.assign(document.createElement("img"), { src: url, alt: "" });
  button.type = "button";
  button.title = name;
  button.append(image, name);
  button.addEventListener("click", () => show(place));
  at("gallery").append(button);
  at("other").append(new Option(name, place));
}

function show(place) {
  shown = place;
  const { name, url, info } = pictures[place];
  at("front").src = url;
  at("stage").hidden = at("tools").hidden = at("facts").hidden = false;
  at("stage").setAttribute("aria-label", `${name}: plus and minus zoom, arrows move, 0 fits it to the window`);
  at("save").href = url;
  at("save").download = `${name.replace(/\.ltcp?/, "").replaceAll("/", "_")}.png`;
  [...at("gallery").children].forEach((button, index) => button.setAttribute("aria-current", index === place));
  at("whose").textContent = name;
  at("table").replaceChildren(...rows(info));
  divide();
  resize();
}

function rows(info) {
  return Object.entries(info).filter(([, value]) => value !== null && value !== false).map(([key, value]) => {
    const row = document.createElement("tr");
    row.append(...[key, text(key, value)].map((content) => Object.assign(document.createElement("td"), { textContent: content })));
    return row;
  });
}

function text(key, value) {
  if (key === "bpp") {
    return value.toFixed(4);
  }
  if (key === "bytes") {
    return Object.entries(value).map(([part, bytes]) => `${part.replaceAll("_", " ")} ${bytes}`).join(", ");
  }
  return String(value === true ? "yes" : value);
}

function resize() {
  const { width, height } = pictures[shown];
  const stage = at("stage");
  const fitting = Math.min(stage.clientWidth / width, stage.clientHeight / height, 8);
  const scale = zoom ?? fitting;
  at("canvas").style.width = at("back").style.width = `${width * scale}px`;
  at("canvas").style.height = at("back").style.height = `${height * scale}px`;
  at("canvas").classList.toggle("close", scale >= 2);
  at("scale").value = zoom === null ? "fit" : `${zoom * 100} %`;
  return scale;
}

function zoomBy(step) {
  const scale = resize();
  const next = step > 0 ? (STEPS.find((one) => one > scale) ?? STEPS.at(-1)) : STEPS.findLast((one) => one < scale);
  if (next === undefined) {
    return fit();
  }
  zoom = next;
  const stage = at("stage");
  const middle = [(stage.scrollLeft + stage.clientWidth / 2) / scale, (stage.scrollTop + stage.clientHeight / 2) / scale];
  resize();
  stage.scrollTo(middle[0] * zoom - stage.clientWidth / 2, middle[1] * zoom - stage.clientHeight / 2);
}

function fit() {
  zoom = null;
  resize();
}

function divide() {
  const on = at("compare").checked;
  at("other").hidden = at("slider").hidden = at("cover").hidden = !on;
  const right = `${100 - at("slider").value}%`;
  at("front").style.clipPath = on ? `inset(0 ${right} 0 0)` : ""; // else it is seen through a transparent one over it
  if (on) {
    at("back").src = pictures[Number(at("other").value)].url;
    at("cover").style.width = right;
  }
}

at("files").addEventListener("change", ({ target }) => {
  open([...target.files]);
  target.value = ""; // so that the same file can be chosen again
});
at("in").addEventListener("click", () => zoomBy(1));
at("out").addEventListener("click", () => zoomBy(-1));
at("fit").addEventListener("click", fit);
at("compare").addEventListener("change", () => (divide(), resize()));
at("other").addEventListener("change", divide);
at("slider").addEventListener("input", divide);
at("stage").addEventListener("keydown", (event) => {
  const work = { "+": () => zoomBy(1), "=": () => zoomBy(1), "-": () => zoomBy(-1), 0: fit }[event.key];
  if (work) {
    event.preventDefault();
    work();
  }
});
at("stage").addEventListener("wheel", (event) => {
  if (event.ctrlKey) {
    event.preventDefault();
    zoomBy(event.deltaY < 0 ? 1 : -1);
  }
}, { passive: false });
new ResizeObserver(() => shown >= 0 && resize()).observe(at("stage")); // by the window, the info, a long message
document.addEventListener("dragover", (event) => (event.preventDefault(), document.body.classList.add("over")));
document.addEventListener("dragleave", () => document.body.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  open([...event.dataTransfer.files]);
});
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("offline.js").catch(() => {}); // a page without https goes on without it
}
