// The same program with the OpenAI SDK for Node: argv is the mock's URL, the timeout in seconds
// and one key for each case; a line of JSON is written for each.
import OpenAI from "openai";
import { VERSION } from "openai/version";

const [url, seconds, ...keys] = process.argv.slice(2);
const timeout = Number(seconds) * 1000;

async function draw(key) {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, timeout });
  const answer = await client.images.generate({
    model: "dall-e-2",
    prompt: "A red fox in the snow",
    n: 2,
    size: "256x256",
  });
  const image = await fetch(answer.data[0].url, { signal: AbortSignal.timeout(timeout) });
  if (!image.ok) throw new Error(`status ${image.status}`);
  await image.arrayBuffer();
}

async function attempt(key) {
  const begun = performance.now();
  let error = "";
  try {
    await draw(key);
  } catch (raised) {
    error = raised.constructor.name;
  }
  console.log(JSON.stringify({ key, error, waited: (performance.now() - begun) / 1000 }));
}

console.log(JSON.stringify({ version: `OpenAI SDK ${VERSION} (Node)` }));
await Promise.all(keys.map(attempt));
