"use strict";

/** Return the documents to choose from: the whole mock, then each model. */
async function documents() {
  const response = await fetch("../healthz"); // unlike /v1/models, it leaves no trace in the journal
  const { contracts } = await response.json();
  const models = contracts.map((id) => {
    const [model] = id.split("@");
    return { name: model, url: `../docs-json?${new URLSearchParams({ model })}` };
  });
  return [{ name: "All models and routes", url: "../openapi.json" }, ...models];
}

/** Let Execute work at once: without --api-key the mock accepts every key. A key that was entered stays. */
function authorize(ui) {
  if (!ui.authSelectors.authorized().size) ui.preauthorizeApiKey("bearer", "mock-key");
}

documents().then((urls) => {
  const ui = SwaggerUIBundle({
    dom_id: "#swagger-ui",
    urls,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: "StandaloneLayout",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    persistAuthorization: true,
    tryItOutEnabled: true,
    validatorUrl: null, // it would send the document to another host
    onComplete: () => authorize(ui),
  });
});
