const ink = () => getComputedStyle(document.body).color;

/** What Vega draws with: the page's colours and letters. */
function chartStyle() {
  const line = darkness.matches ? "#343741" : "#e2e0db";
  const axis = { labelColor: ink(), titleColor: ink(), gridColor: line, domainColor: line, tickColor: line };
  return {
    background: "transparent",
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: { ...axis, labelFontSize: 13, titleFontSize: 14, titleFontWeight: "normal" },
  };
}

/** Puts a chart into an element; `ast` keeps Vega within the page's security policy. Resolves to Vega's view. */
async function draw(parent, specification) {
  const theme = darkness.matches ? "dark" : "light";
  const options = { mode: "vega-lite", actions: false, ast: true, renderer: "svg", tooltip: { theme } };
  const autosize = { type: "fit", contains: "padding" };
  const sized = { autosize, width: "container", height: innerWidth < 600 ? 300 : 400, config: chartStyle(), ...specification };
  const place = element("div");
  parent.replaceChildren(place);
  return (await vegaEmbed(place, sized, options)).view;
}

/** Checkboxes with the colours of codecs; calls `changed` after each change. */
function legendOf(fieldset, codecs, changed) {
  for (const codec of codecs) {
    const { name, light, dark } = study.codecs[codec];
    const swatch = element("span", { class: "swatch", style: `--light: ${light}; --dark: ${dark}` });
    fieldset.append(element("label", {}, element("input", { type: "checkbox", name: codec, checked: true }), swatch, name));
  }
  fieldset.addEventListener("change", changed);
}

const unchecked = (fieldset) => [...fieldset.querySelectorAll("input:not(:checked)")].map((box) => box.name);
