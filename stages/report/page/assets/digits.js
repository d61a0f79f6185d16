/** Digits as networks of every latent_dim give them back. */
const digits = {
  form: document.getElementById("digit-choices"),
  dim: document.getElementById("digit-dim"),
  rows: document.getElementById("digit-rows"),
};

/** A row of the sheet as digits side by side, `style` being the sheet's. */
function digitRow(title, sheet, lines, number) {
  const place = element("div", { class: "digits", role: "img", "aria-label": title });
  place.style.setProperty("--lines", lines);
  place.style.setProperty("--line", number);
  place.style.setProperty("--sheet", `url("${sheet}")`);
  return element("figure", {}, element("figcaption", {}, title), place);
}

function showDigits() {
  const { lines, dim, sheet } = study.digits[digits.dim.value];
  const [quantiser, bits] = new FormData(digits.form).get("coding").split("/");
  const number = lines.findIndex((line) => line.quantiser === quantiser && String(line.bits) === bits);
  const file = lines[number];
  const float = lines.findIndex((line) => line.key === "float");
  digits.rows.replaceChildren(
    digitRow("originals", sheet, lines.length, 0),
    digitRow(`latents not quantised: mean squared error ${lines[float].mse.toPrecision(3)}`, sheet, lines.length, float),
    digitRow(`from a file: ${file.bpp.toFixed(3)} bpp, ${file.psnr.toFixed(1)} dB, mean squared error ${file.mse.toPrecision(3)}`, sheet, lines.length, number),
  );
  digits.dim.setAttribute("aria-valuetext", String(dim));
  document.getElementById("digit-dim-text").textContent = dim;
}

function prepareDigits() {
  const coded = study.digits[0].lines.filter((line) => line.quantiser);
  const codings = coded.map(({ quantiser, bits }) => [`${quantiser}/${bits}`, `${quantiser}, b = ${bits}`]);
  const { quantiser, bits } = study.quoted.digits;
  digits.form.append(choice("coding", "Quantiser", codings, `${quantiser}/${bits}`));
  digits.dim.max = study.digits.length - 1;
  digits.dim.value = Math.floor(study.digits.length / 2);
  digits.dim.addEventListener("input", showDigits);
  digits.form.addEventListener("change", showDigits);
  showDigits();
}

prepareDigits();
