/** The stage that is chosen in the drawing of the pipeline, in words. */
function describeStage(box) {
  const parts = [["runs", box.commands], ["reads", box.reads], ["writes", box.writes]];
  const codecs = box.codecs.length ? [element("p", {}, `For each of ${box.codecs.length}: ${box.codecs.join(", ")}`)] : [];
  const lists = parts.map(([title, texts]) => element("div", {}, element("dt", {}, title), ...texts.map((text) => element("dd", {}, element("code", {}, text)))));
  document.getElementById("stage").replaceChildren(element("h3", {}, box.name), ...codecs, element("dl", {}, ...lists));
}

function preparePipeline() {
  const drawn = [...document.querySelectorAll("#pipeline .stage")];
  const take = (chosen) => {
    for (const stage of drawn) stage.classList.toggle("chosen", stage === chosen);
    for (const edge of document.querySelectorAll("#pipeline path")) {
      edge.classList.toggle("chosen", [edge.dataset.from, edge.dataset.to].includes(chosen.dataset.name));
    }
    describeStage(study.pipeline.boxes.find((box) => box.name === chosen.dataset.name));
  };
  for (const stage of drawn) {
    stage.addEventListener("focus", () => take(stage));
    stage.addEventListener("click", () => take(stage));
  }
  take(drawn.find((stage) => stage.dataset.name === "report") ?? drawn[0]);
}

preparePipeline();
