// Decodes .ltc and .ltcp files in browsers and in Node. Everything that knows the formats is the Rust core, compiled to
// WebAssembly; here bundles are fetched and handed to it. latentcodec.d.ts says what is exported.

const inNode = typeof process === "object" && Boolean(process.versions?.node);

/** Pixels that a file may declare, unless told: what fits the 4 GiB that WebAssembly has. */
const MAX_PIXELS = 2 ** 26;

/** The quantisers that are none: the small module decodes such files. */
const EXACT = ["lossless", "planes"];

const modules = new Map();
const codecs = new Map();

/** The bytes behind a URL: from the disk in Node, from wherever the page came from in a browser. */
async function read(url) {
  try {
    return new Uint8Array(await (inNode && url.protocol === "file:" ? readDisk(url) : readServer(url)));
  } catch ({ message }) {
    throw named("BundleError", `${url} cannot be fetched: ${message}`);
  }
}

async function readDisk(url) {
  const { readFile } = await import("node:fs/promises");
  return readFile(url);
}

async function readServer(url) {
  const answer = await fetch(url);
  if (!answer.ok) {
    throw new Error(`${answer.status} ${answer.statusText}`);
  }
  return answer.arrayBuffer();
}

/** One of the two modules, loaded once: "lossless", or the larger "networks", which does all. */
function load(name) {
  if (!modules.has(name)) {
    modules.set(name, start(name).catch((error) => (modules.delete(name), Promise.reject(error))));
  }
  return modules.get(name);
}

async function start(name) {
  const glue = await import(`./${name}.js`);
  await glue.default({ module_or_path: await read(new URL(`./${name}_bg.wasm`, import.meta.url)) });
  return glue;
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

async function index(folder) {
  return JSON.parse(new TextDecoder().decode(await read(new URL("index.json", folder))));
}

/** Where bundles are: beside this module, unless told; a trailing slash is not needed. */
function folderOf({ bundles = new URL("./bundles/", import.meta.url) } = {}) {
  const folder = new URL(bundles, inNode ? undefined : globalThis.location?.href);
  return folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
}

/** The codec of the bundle that a file names; its files are fetched and checked once. */
async function codecOf(data, options) {
  const folder = folderOf(options);
  const { model, quantiser } = JSON.parse((await load("lossless")).info(data));
  const entry = (await index(folder))[model];
  if (!entry) {
    throw named("UnknownModelError", `no bundle with the model id ${model}; looked in ${folder}`);
  }
  const key = `${folder}${model}`;
  if (!codecs.has(key)) {
    const opened = open(new URL(`${entry.name}/`, folder), !EXACT.includes(quantiser));
    codecs.set(key, opened.catch((error) => (codecs.delete(key), Promise.reject(error))));
  }
  return codecs.get(key);
}

async function open(folder, learned) {
  const names = ["codec.json", "tables.bin", ...(learned ? ["decoder.onnx"] : [])];
  const [glue, ...contents] = await Promise.all([
    load(learned ? "networks" : "lossless"),
    ...names.map((name) => read(new URL(name, folder))),
  ]);
  return new glue.Codec(...contents);
}

/** Runs what may meet the end of WebAssembly's memory: that ends a module, so it is loaded anew the next time. */
function guarded(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) {
      throw error;
    }
    modules.clear();
    codecs.clear();
    throw named("LimitError", `the picture is too large for the memory that there is here (${error.message})`);
  }
}

/** Takes a picture out of WebAssembly's memory. */
function taken(picture) {
  const { width, height, channels, depth } = picture;
  const taken = { width, height, channels, depth, pixels: picture.pixels(), png: picture.png() };
  picture.free();
  return taken;
}

export async function info(data, options) {
  const { info } = await load("lossless");
  const { model } = JSON.parse(info(data));
  const entry = (await index(folderOf(options)))[model];
  return JSON.parse(info(data, entry?.name, entry?.stride));
}

export async function decode(data, options = {}) {
  const codec = await codecOf(data, options);
  return guarded(() => taken(codec.decode(data, options.maxPixels ?? MAX_PIXELS, options.progress)));
}

export async function decodePack(data, options = {}) {
  const codec = await codecOf(data, options);
  const numbers = options.numbers && Float64Array.from(options.numbers);
  const pack = () => codec.decodePack(data, numbers, options.maxPixels ?? MAX_PIXELS, options.progress);
  return guarded(() => pack().map(taken));
}

export async function symbols(data, options = {}) {
  const codec = await codecOf(data, options);
  return guarded(() => codec.symbols(data, options.maxPixels ?? MAX_PIXELS));
}
