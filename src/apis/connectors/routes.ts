import type { Route } from "../../http/route.js";
import { createCreateConnector } from "./create-connector.js";
import { createDeleteConnector } from "./delete-connector.js";
import { createGetConnector } from "./get-connector.js";
import { createGetMe } from "./get-me.js";
import { createListConnectors } from "./list-connectors.js";
import { createParts, type ConnectorsApiOptions } from "./parts.js";
import { createPatchConnector } from "./patch-connector.js";
import { createReportFindings } from "./report-findings.js";
import { createTestConnector } from "./test-connector.js";

/** The API with which programs register issue trackers (connectors reference), for listeners with `connectors`. */
export function createConnectorRoutes(options: ConnectorsApiOptions): readonly Route[] {
  const parts = createParts(options);
  return [
    createListConnectors(parts),
    createGetConnector(parts),
    createCreateConnector(parts),
    createPatchConnector(parts),
    createDeleteConnector(parts),
    createTestConnector(parts),
    createGetMe(parts),
    createReportFindings(parts),
  ];
}
