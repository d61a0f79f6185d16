/** Where the digits' latents lie, in two dimensions; the digit under the pointer is shown. */
const COLOURS = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#9c755f", "#e377c2", "#8a8f98", "#bcbd22", "#17becf"];
const SIDE = 28; // pixels of a digit
const ALIKE = 12; // how many of a digit's neighbours are shown

const map = {
  canvas: document.getElementById("map"),
  form: document.getElementById("map-choices"),
  dim: document.getElementById("map-dim"),
  sheet: new Image(),
  places: [], // [x, y] from 0 to 1
  chosen: null,
};

/** The places of a map: pairs of numbers from 0 to 65535 in base64. */
function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const numbers = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, at) => [0, 2].map((part) => numbers.getUint16(4 * at + part, true) / 65535));
}

const onCanvas = ([x, y]) => [x, y].map((part) => (0.04 + 0.92 * part) * map.canvas.width);

/** A digit of the sheet, so large, with its upper left corner there. */
function drawDigit(context, number, left, top, side) {
  const { columns } = study.map;
  context.drawImage(map.sheet, SIDE * (number % columns), SIDE * Math.floor(number / columns), SIDE, SIDE, left, top, side, side);
}

function drawMap() {
  const context = map.canvas.getContext("2d");
  const { width } = map.canvas;
  context.clearRect(0, 0, width, width);
  const pictures = new FormData(map.form).get("marks") === "digits";
  const size = Math.max(width / 40, width / (2.2 * Math.sqrt(map.places.length)));
  const radius = Math.max((2.5 * width) / map.canvas.clientWidth, width / (14 * Math.sqrt(map.places.length)));
  context.globalCompositeOperation = pictures && darkness.matches ? "lighten" : "source-over";
  map.places.forEach((place, number) => {
    const [x, y] = onCanvas(place);
    if (pictures) return drawDigit(context, number, x - size / 2, y - size / 2, size);
    context.fillStyle = COLOURS[study.map.labels[number]];
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  });
  context.globalCompositeOperation = "source-over";
  if (map.chosen === null) return;
  const [x, y] = onCanvas(map.places[map.chosen]);
  context.strokeStyle = ink();
  context.lineWidth = width / 250;
  context.beginPath();
  context.arc(x, y, (pictures ? size / 1.6 : 2 * radius) , 0, 2 * Math.PI);
  context.stroke();
}

/** The numbers of all digits, the nearest to a place first. */
function byDistance([x, y]) {
  const distance = map.places.map((place) => (place[0] - x) ** 2 + (place[1] - y) ** 2);
  return distance.map((_, number) => number).sort((a, b) => distance[a] - distance[b]);
}

/** Shows a digit, and those that lie next to it. */
function choose(number) {
  map.chosen = number;
  const large = document.getElementById("map-digit");
  const context = large.getContext("2d");
  drawDigit(context, number, 0, 0, large.width);
  const alike = document.getElementById("map-alike");
  const row = alike.getContext("2d");
  const neighbours = byDistance(map.places[number]).slice(1, 1 + ALIKE);
  neighbours.forEach((other, at) => drawDigit(row, other, SIDE * (at % 6), SIDE * Math.floor(at / 6), SIDE));
  const same = neighbours.filter((other) => study.map.labels[other] === study.map.labels[number]).length;
  document.getElementById("map-text").textContent = `A ${study.map.labels[number]}. Of the ${neighbours.length} digits next to it ${same} are the same.`;
  drawMap();
}

/** Digits glide from where they are to where the chosen map has them. */
function showMap() {
  const kind = new FormData(map.form).get("kind");
  const wanted = unpacked(study.map.places[kind][map.dim.value]);
  const before = map.places.length ? map.places : wanted;
  const dim = study.map.dims[map.dim.value];
  document.getElementById("map-dim-text").textContent = dim;
  map.dim.setAttribute("aria-valuetext", String(dim));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const started = performance.now();
  const glide = (now) => {
    const done = still ? 1 : Math.min(1, Math.max(0, (now - started) / 500));
    const eased = done * done * (3 - 2 * done);
    map.places = wanted.map((place, number) => place.map((part, axis) => before[number][axis] + eased * (part - before[number][axis])));
    if (done < 1) {
      drawMap();
      map.frame = requestAnimationFrame(glide);
    } else choose(map.chosen ?? byDistance([0.5, 0.5])[0]);
  };
  cancelAnimationFrame(map.frame);
  map.frame = requestAnimationFrame(glide);
}

/** From a digit to the next one in the direction of an arrow key. */
function step(key) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const [x, y] = map.places[map.chosen];
  const ahead = byDistance([x, y]).slice(1).find((number) => {
    const along = (map.places[number][0] - x) * dx + (map.places[number][1] - y) * dy;
    const across = Math.abs((map.places[number][0] - x) * dy) + Math.abs((map.places[number][1] - y) * dx);
    return along > 0 && along >= across;
  });
  if (ahead !== undefined) choose(ahead);
}

function prepareMap() {
  const { names, dims, labels } = study.map;
  const legend = document.getElementById("map-legend");
  for (const label of new Set([...labels].sort())) {
    legend.append(element("span", {}, element("span", { class: "dot", style: `background: ${COLOURS[label]}` }), String(label)));
  }
  map.form.append(
    choice("kind", "Map", Object.entries(names)),
    choice("marks", "drawn as", [["dots", "dots"], ["digits", "digits"]]),
  );
  map.dim.max = dims.length - 1;
  map.dim.value = Math.floor(dims.length / 2);
  map.dim.addEventListener("input", showMap);
  map.form.addEventListener("change", showMap);
  darkness.addEventListener("change", drawMap);
  const point = ({ clientX, clientY }) => {
    const { left, top, width } = map.canvas.getBoundingClientRect();
    const place = [clientX - left, clientY - top].map((part) => (part / width - 0.04) / 0.92);
    choose(byDistance(place)[0]);
  };
  map.canvas.addEventListener("pointermove", point);
  map.canvas.addEventListener("pointerdown", point);
  map.canvas.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    step(event.key);
  });
  map.sheet.onload = showMap;
  map.sheet.src = study.map.sheet;
}

prepareMap();
