// As one_image.py, with the OpenAI SDK for Node: the arguments are the fields of each request.
import OpenAI from "openai";

for (const fields of process.argv.slice(2)) {
  const client = new OpenAI();
  const response = await client.images.generate({
    prompt: "A red fox in the snow",
    ...JSON.parse(fields),
  });
  const { b64_json, url } = response.data[0];
  const image = b64_json ?? Buffer.from(await (await fetch(url)).arrayBuffer()).toString("base64");
  console.log(JSON.stringify(image));
}
