"use strict";

/** What the study found, as the page's writer collected it. */
const study = JSON.parse(document.getElementById("study").textContent);

/** An element with attributes, properties (onclick and the like) and children. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A labelled choice of options [[value, title]], the first one chosen unless told. */
function choice(name, title, options, chosen = options[0][0]) {
  const select = element("select", { name });
  for (const [value, text] of options) select.append(element("option", { value, selected: value === chosen }, text));
  return element("label", {}, title, select);
}

const darkness = matchMedia("(prefers-color-scheme: dark)");

/** A codec's colour on the present ground. */
const colour = (codec) => study.codecs[codec][darkness.matches ? "dark" : "light"];

/** A number for people: "-" where there is none. */
const shown = (value, decimals) => (typeof value === "number" ? value.toFixed(decimals) : value ?? "-");

/** A measure's title without its unit: "PSNR, dB". */
const named = (title) => title.split(",")[0];
