"use strict";

/** Return the documents to choose from: the whole mock, then each model. */
async function documents() {
  const response = await fetch("../v1/models");
  const { data } = await response.json();
  const models = data.map(({ id }) => {
    const query = new URLSearchParams({ model: id });
    return { name: id, url: `../docs-json?${query}` };
  });
  return [{ name: "All models and routes", url: "../openapi.json" }, ...models];
}

documents().then((urls) =>
  SwaggerUIBundle({
    dom_id: "#swagger-ui",
    urls,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: "StandaloneLayout",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    persistAuthorization: true,
    tryItOutEnabled: true,
    validatorUrl: null, // it would send the document to another host
  }),
);
