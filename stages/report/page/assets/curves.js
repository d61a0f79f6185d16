/** Rate-distortion curves of the photographs' codecs. */
const curves = {
  chart: document.getElementById("curves"),
  form: document.getElementById("choices"),
  legend: document.getElementById("legend"),
  readout: document.getElementById("point"),
  photos: study.points.filter((point) => point.family === "photos"),
  view: null,
  marked: null,
};

const isClassical = (point) => point.quantiser === null;
const isVariableRate = (point) => point.quantiser === "gained";

const chosenMeasure = () => study.measures[new FormData(curves.form).get("measure")];

/** The points that the form asks for, of one measure. */
function chosenPoints() {
  const { measure, quantiser, entropy } = Object.fromEntries(new FormData(curves.form));
  const hidden = unchecked(curves.legend);
  return curves.photos
    .filter((point) => isClassical(point) || point.entropy === (isVariableRate(point) ? "context" : entropy))
    .filter((point) => isClassical(point) || isVariableRate(point) || point.quantiser === quantiser)
    .filter((point) => !hidden.includes(point.codec) && typeof point[measure] === "number")
    .map((point) => ({
      codec: point.codec,
      name: study.codecs[point.codec].name,
      setting: point.setting,
      classical: isClassical(point),
      bpp: point.bpp,
      value: point[measure],
    }));
}

/** How far the axes reach: to a quarter more than the rates of ours, and not down to values that would flatten all
 * others. */
function reach(points, falling) {
  const ours = points.filter((point) => !point.classical);
  const width = 1.25 * Math.max(...(ours.length ? ours : points).map((point) => point.bpp));
  const least = 0.9 * Math.min(...points.map((point) => point.bpp));
  const values = points.filter((point) => point.bpp <= width).map((point) => point.value).sort((a, b) => a - b);
  const [low, high] = [values[0], values.at(-1)];
  const median = values[Math.floor(values.length / 2)];
  const worst = falling ? Math.min(high, median + 2.5 * (median - low)) : Math.max(low, median - 2.5 * (high - median));
  const ends = falling ? [low, worst] : [worst, high];
  const margin = 0.04 * (ends[1] - ends[0]) || 1;
  return { x: [least, width], y: [ends[0] - margin, ends[1] + margin] };
}

/** Rates that a reader knows: 1, 2 and 5 times powers of ten. */
function ticks([least, most]) {
  const known = [0.001, 0.01, 0.1, 1, 10].flatMap((power) => [power, 2 * power, 5 * power]);
  return known.filter((rate) => rate >= least && rate <= most);
}

function specification(points, { title, falling }) {
  const codecs = [...new Set(points.map((point) => point.codec))];
  const { x, y } = reach(points, falling);
  const shared = {
    x: { field: "bpp", type: "quantitative", title: "bits per pixel, logarithmic", scale: { type: "log", domain: x }, axis: { values: ticks(x), format: "~g" } },
    y: { field: "value", type: "quantitative", title, scale: { domain: y, zero: false, reverse: falling } },
    color: { field: "codec", legend: null, scale: { domain: codecs, range: codecs.map(colour) } },
    opacity: { condition: { param: "near", value: 1 }, value: 0.15 },
  };
  const dashed = { condition: { test: "datum.classical", value: [5, 4] }, value: [1, 0] };
  const tooltip = [
    { field: "name", title: "codec" },
    { field: "setting", title: "setting" },
    { field: "bpp", title: "bpp", format: ".3f" },
    { field: "value", title, format: ".4~g" },
  ];
  const near = { name: "near", select: { type: "point", on: "pointerover", nearest: true, clear: "pointerout", fields: ["codec"] } };
  return {
    data: { name: "points", values: points },
    layer: [
      { mark: { type: "line", strokeWidth: 2.5, clip: true }, encoding: { ...shared, strokeDash: dashed } },
      { mark: { type: "point", filled: true, size: 45, clip: true }, encoding: shared },
      { params: [near], mark: { type: "point", size: 200, opacity: 0, clip: true }, encoding: { x: shared.x, y: shared.y, tooltip } },
      {
        data: { name: "marked", values: [] },
        mark: { type: "point", size: 220, strokeWidth: 3, color: ink(), clip: true },
        encoding: { x: shared.x, y: shared.y },
      },
    ],
  };
}

async function drawCurves() {
  const points = chosenPoints();
  curves.readout.textContent = points.length ? "\u00a0" : "No codec is chosen.";
  curves.marked = null;
  curves.points = points.sort((a, b) => a.codec.localeCompare(b.codec) || a.bpp - b.bpp);
  curves.view = null;
  if (!points.length) curves.chart.replaceChildren();
  else curves.view = await draw(curves.chart, specification(points, chosenMeasure()));
}

/** The point that an arrow key leads to: left and right along a curve, up and down to the next codec's. */
function beside(key) {
  const { points, marked } = curves;
  if (!marked) return points[0];
  const own = points.filter((point) => point.codec === marked.codec);
  const along = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (along) return own[own.indexOf(marked) + along] ?? marked;
  const codecs = [...new Set(points.map((point) => point.codec))];
  const other = codecs.at((codecs.indexOf(marked.codec) + { ArrowUp: -1, ArrowDown: 1 }[key]) % codecs.length);
  const distance = (point) => Math.abs(point.bpp - marked.bpp);
  return points.filter((point) => point.codec === other).sort((a, b) => distance(a) - distance(b))[0];
}

function mark(point) {
  curves.marked = point;
  curves.view.data("marked", [point]).run();
  const { title } = chosenMeasure();
  curves.readout.textContent = `${point.name}, ${point.setting}: ${point.bpp.toFixed(3)} bpp, ${named(title)} ${Number(point.value.toPrecision(4))}`;
}

function prepareCurves() {
  const ours = curves.photos.filter((point) => !isClassical(point) && !isVariableRate(point));
  const different = (key) => [...new Set(ours.map((point) => point[key]))].map((value) => [value, value]);
  curves.form.append(choice("measure", "Measure", Object.entries(study.measures).map(([key, { title }]) => [key, title])));
  if (ours.length) {
    curves.form.append(
      choice("quantiser", "Quantiser of codecs with b bits", different("quantiser"), study.quoted.photos.quantiser),
      choice("entropy", "their entropy model", different("entropy"), "static"),
    );
  }
  legendOf(curves.legend, new Set(curves.photos.map((point) => point.codec)), drawCurves);
  curves.form.addEventListener("change", drawCurves);
  darkness.addEventListener("change", drawCurves);
  curves.chart.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow") || !curves.view) return;
    event.preventDefault();
    mark(beside(event.key));
  });
  drawCurves();
}

prepareCurves();
