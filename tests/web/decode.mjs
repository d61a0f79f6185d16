// node decode.mjs BUILD BUNDLES OUTPUT FILE ...: for each file its info, symbols and pixels, or its error, under OUTPUT.
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const [build, folder, output, ...files] = process.argv.slice(2);
const { decode, decodePack, info, symbols } = await import(pathToFileURL(`${build}/latentcodec.js`));
const bundles = pathToFileURL(folder);

async function report(file) {
  const data = new Uint8Array(await readFile(file));
  const shares = [];
  const options = { bundles, progress: (share) => shares.push(share) };
  const facts = await info(data, options);
  const start = performance.now();
  const pictures = facts.format === "ltcp" ? await decodePack(data, options) : [await decode(data, options)];
  const milliseconds = performance.now() - start;
  const name = `${output}/${basename(file)}`;
  await writeFile(`${name}.symbols`, await symbols(data, options));
  await writeFile(`${name}.pixels`, Buffer.concat(pictures.map(({ pixels }) => pixels)));
  await writeFile(`${name}.png`, pictures[0].png);
  const shapes = pictures.map(({ width, height, channels }) => [height, width, channels]);
  return { info: facts, shapes, shares, milliseconds };
}

for (const file of files) {
  const result = await report(file).catch(({ name, message }) => ({ error: { name, message } }));
  await writeFile(`${output}/${basename(file)}.json`, JSON.stringify(result));
}
