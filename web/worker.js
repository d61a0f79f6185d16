// Decodes off the page's own thread. A message { id, data, numbers } is answered by messages with its id: { progress },
// then { info, pictures } or { error }.
import { decode, decodePack, info } from "./latentcodec.js";

self.addEventListener("message", async ({ data: { id, data, numbers } }) => {
  const progress = (share) => self.postMessage({ id, progress: share });
  try {
    const facts = await info(data);
    const start = performance.now();
    const found = facts.format === "ltcp"
      ? await decodePack(data, { numbers: numbers.slice(0, facts.count), progress })
      : [await decode(data, { progress })];
    const pictures = found.map(({ width, height, png }) => ({ width, height, png }));
    self.postMessage({ id, info: facts, pictures, milliseconds: performance.now() - start }, pictures.map(({ png }) => png.buffer));
  } catch (error) {
    self.postMessage({ id, error: `${error.name}: ${error.message}` });
  }
});
