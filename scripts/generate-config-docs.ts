import { reservedNames } from "../src/app/reserved-names.js";
import { otherServices, serviceSections } from "../src/app/services.js";
import { buildRegistration } from "../src/config/build-registration.js";
import { rootSchema } from "../src/config/schema.js";
import { renderEditorSchema } from "./config-editor-schema.js";
import { renderConfigReference } from "./config-reference.js";
import { renderConfigSample } from "./config-sample.js";

/** The documents that follow from the configuration's schema. */
export function configDocuments(): { path: string; content: string }[] {
  const services = serviceSections();
  const schema = rootSchema(services, otherServices);
  const serviceKeys = services.map((service) => service.configKey);
  return [
    { path: "config.sample.yml", content: renderConfigSample(schema) },
    { path: "registration.sample.yml", content: renderRegistrationSample() },
    { path: "docs/config.md", content: renderConfigReference(schema, serviceKeys) },
    { path: "docs/config.schema.json", content: renderEditorSchema(schema) },
  ];
}

function renderRegistrationSample(): string {
  const heading = "# Shows the form only: `switchboard registration` makes one with random tokens.\n";
  const text = buildRegistration({
    id: "switchboard",
    url: "http://localhost:9993",
    senderLocalpart: "switchboard",
    asToken: "replace-with-a-long-random-text",
    hsToken: "replace-with-another-long-random-text",
    domain: "example.org",
    serviceBots: [],
    ...reservedNames(),
  });
  return heading + text;
}
