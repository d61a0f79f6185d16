/** Two codecs' pictures over each other, at about equal rate. */
const ORIGINAL = "original";

const gallery = {
  form: document.getElementById("gallery-choices"),
  stage: document.getElementById("gallery-stage"),
  divide: document.getElementById("gallery-divide"),
  rate: document.getElementById("gallery-rate"),
  sample: 0,
};

const nearest = (files, bpp) => files.reduce((best, file) => (Math.abs(file.bpp - bpp) < Math.abs(best.bpp - bpp) ? file : best));

/** What stands below a picture: which file it comes from, and how good it is. */
function caption(codec, file) {
  if (codec === ORIGINAL) return "original, 24 bits per pixel";
  const measured = Object.entries(study.measures).filter(([key]) => typeof file[key] === "number");
  const figures = measured.map(([key, { title }]) => `${named(title)} ${Number(file[key].toPrecision(3))}`);
  return [`${study.codecs[codec].name}, ${file.setting}: ${file.bpp.toFixed(3)} bpp`, ...figures].join(", ");
}

function showSide(side, source, text) {
  const picture = document.getElementById(`gallery-${side}`);
  picture.src = source;
  picture.alt = document.getElementById(`gallery-${side}-caption`).textContent = text;
}

function showGallery() {
  const { left, right } = Object.fromEntries(new FormData(gallery.form));
  const { original, files } = study.gallery[gallery.sample];
  const steps = files[left];
  gallery.rate.max = steps.length - 1;
  const chosen = steps[gallery.rate.value];
  const beside = right === ORIGINAL ? { source: original } : nearest(files[right], chosen.bpp);
  const least = beside.bpp > 1.1 * chosen.bpp && beside === files[right][0] ? " (no file of it is shorter)" : "";
  showSide("left", chosen.source, caption(left, chosen));
  showSide("right", beside.source, caption(right, beside) + least);
  gallery.rate.setAttribute("aria-valuetext", `${chosen.setting}, ${chosen.bpp.toFixed(3)} bits per pixel`);
  document.getElementById("gallery-rate-text").textContent = `${chosen.bpp.toFixed(3)} bpp`;
}

function prepareGallery() {
  const codecs = Object.keys(study.gallery[0].files).map((codec) => [codec, study.codecs[codec].name]);
  const first = codecs.find(([codec]) => codec === "photo") ?? codecs[0];
  const jpeg = codecs.find(([codec]) => codec === "jpeg") ?? codecs.at(-1);
  gallery.form.append(
    choice("left", "Left", codecs, first[0]),
    choice("right", "Right", [...codecs, [ORIGINAL, "original"]], jpeg[0]),
  );
  const thumbnails = document.getElementById("gallery-samples");
  study.gallery.forEach(({ original }, number) => {
    const take = () => {
      gallery.sample = number;
      for (const other of thumbnails.children) other.setAttribute("aria-pressed", String(other === button));
      showGallery();
    };
    const button = element("button", { type: "button", onclick: take, "aria-pressed": String(number === 0) }, element("img", { src: original, alt: `test picture ${number + 1}` }));
    thumbnails.append(button);
  });
  gallery.form.addEventListener("change", showGallery);
  gallery.rate.addEventListener("input", showGallery);
  gallery.divide.addEventListener("input", () => gallery.stage.style.setProperty("--divide", `${gallery.divide.value}%`));
  gallery.rate.max = study.gallery[0].files[first[0]].length - 1;
  gallery.rate.value = 1;
  showGallery();
}

prepareGallery();
