/** How the losses fell, of one family of networks at a time. */
const FAMILIES = {
  photos: ["photographs, mean squared error", "epoch"],
  digits: ["digits, mean squared error", "epoch"],
  rate_distortion: ["rate and distortion together", "step"],
};
const losses = { form: document.getElementById("training-choices"), chart: document.getElementById("losses") };

function drawLosses() {
  const family = new FormData(losses.form).get("family");
  const [title, along] = FAMILIES[family];
  const networks = study.trained.filter((network) => network.family === family);
  const values = networks.flatMap(({ codec, losses: rows }) =>
    rows.map(([at, loss]) => ({ codec, name: study.codecs[codec].name, at, loss })),
  );
  const codecs = networks.map(({ codec }) => codec);
  draw(losses.chart, {
    data: { values },
    mark: { type: "line", point: values.length < 200, strokeWidth: 2 },
    encoding: {
      x: { field: "at", type: "quantitative", title: along, axis: { tickMinStep: 1 } },
      y: { field: "loss", type: "quantitative", title, scale: { type: "log", nice: false } },
      color: { field: "name", type: "nominal", title: null, scale: { domain: codecs.map((codec) => study.codecs[codec].name), range: codecs.map(colour) }, legend: { orient: "bottom", columns: innerWidth < 600 ? 2 : 7, labelColor: ink(), labelFontSize: 12 } },
      tooltip: [{ field: "name", title: "network" }, { field: "at", title: along }, { field: "loss", title: "loss", format: ".4~g" }],
    },
  });
}

function prepareLosses() {
  const families = Object.keys(FAMILIES).filter((family) => study.trained.some((network) => network.family === family));
  losses.form.append(choice("family", "Losses of", families.map((family) => [family, FAMILIES[family][0]])));
  losses.form.addEventListener("change", drawLosses);
  darkness.addEventListener("change", drawLosses);
  drawLosses();
}

prepareLosses();
