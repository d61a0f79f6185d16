/** Tables whose rows are sorted by a click on a column's name, and filtered by words. */
const MEASURE_COLUMNS = Object.entries(study.measures).map(([key, { title }]) => [key, title, key.endsWith("ssim") ? 4 : 2]);
const POINT_COLUMNS = [
  ["codec", "codec"], ["setting", "setting"], ["quantiser", "quantiser"], ["entropy", "entropy model"], ["bpp", "bpp", 4],
  ...MEASURE_COLUMNS, ["ssim_per_bpp", "SSIM/bpp", 2], ["compression_ratio", "ratio", 1],
];
const EXACT_COLUMNS = [
  ["codec", "codec"], ["set", "pictures"], ["bpp", "bpp", 3], ["compression_ratio", "ratio", 2],
  ["encode_ms", "encode, ms", 1], ["decode_ms", "decode, ms", 1],
];
const BD_COLUMNS = [
  ["codec", "codec"], ["quantiser", "quantiser"], ["against", "against"], ["measure", "measure"],
  ["bd_rate_percent", "BD-rate, %", 1], ["bd_quality", "quality at equal rate", 3], ["note", "note"],
];

/** Below zero where `a` comes first: nothing is last either way. */
function inOrder(a, b, direction) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return direction * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
}

function tableRow(columns, row) {
  const cells = columns.map(([key, , decimals], index) => {
    const text = shown(row[key], decimals ?? 0);
    return index ? element("td", decimals === undefined ? {} : { class: "number" }, text) : element("th", { scope: "row" }, text);
  });
  return element("tr", {}, ...cells);
}

/** A table of rows in an element; columns are [key, title, decimals], and those without a value are left out. */
function sortable(parent, title, offered, rows) {
  const columns = offered.filter(([key]) => rows.some((row) => row[key] !== null && row[key] !== undefined));
  const state = { key: null, direction: 1 };
  const words = element("input", { type: "search", placeholder: "photo, static", "aria-label": `Filter ${title}` });
  const count = element("output");
  const body = element("tbody");
  const head = element("tr");
  const fill = () => {
    const wanted = words.value.toLowerCase().split(/[\s,]+/);
    const kept = rows.filter((row) => {
      const text = columns.map(([key]) => row[key]).join(" ").toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
    if (state.key) kept.sort((a, b) => inOrder(a[state.key], b[state.key], state.direction));
    body.replaceChildren(...kept.map((row) => tableRow(columns, row)));
    count.textContent = `${kept.length} of ${rows.length}`;
    for (const cell of head.cells) {
      cell.setAttribute("aria-sort", cell.dataset.key !== state.key ? "none" : state.direction > 0 ? "ascending" : "descending");
    }
  };
  for (const [key, name, decimals] of columns) {
    const sort = () => {
      state.direction = state.key === key ? -state.direction : 1;
      state.key = key;
      fill();
    };
    const cell = element("th", { scope: "col", ...(decimals === undefined ? {} : { class: "number" }) }, element("button", { type: "button", onclick: sort }, name));
    cell.dataset.key = key;
    head.append(cell);
  }
  words.addEventListener("input", fill);
  const table = element("table", {}, element("thead", {}, head), body);
  const scroll = element("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": title }, table);
  parent.append(element("div", { class: "controls" }, element("label", {}, "Only rows with", words), count), scroll);
  fill();
}

/** One table at a time, behind a button each. */
function prepareTables() {
  const parent = document.getElementById("all-points");
  const named = (row) => {
    const { name, lossless_name: exact } = study.codecs[row.codec];
    return { ...row, codec: row.quantiser === "lossless" ? exact : name };
  };
  const points = (family) => study.points.filter((point) => point.family === family).map(named);
  const digits = [["codec", "codec"], ["latent_dim", "latent_dim", 0], ...POINT_COLUMNS.slice(1)];
  const tables = [
    ["Photographs", POINT_COLUMNS, points("photos")],
    ["Digits", digits, points("digits")],
    ["Pictures, lossless", EXACT_COLUMNS, points("lossless")],
    ["BD-rates", BD_COLUMNS, study.bd_rates.map(named)],
  ].filter(([, , rows]) => rows.length);
  const buttons = element("div", { class: "tabs", role: "group", "aria-label": "Tables" });
  const place = element("div");
  for (const [title, columns, rows] of tables) {
    const show = () => {
      for (const other of buttons.children) other.setAttribute("aria-pressed", String(other === button));
      place.replaceChildren();
      sortable(place, title, columns, rows);
    };
    const button = element("button", { type: "button", onclick: show }, title);
    buttons.append(button);
  }
  parent.append(buttons, place);
  buttons.firstChild.click();
}

prepareTables();
