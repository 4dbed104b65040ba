import { apiTokenStoreContract } from "./api-token-store.js";
import { connectionIndexContract } from "./connection-index.js";
import { databases } from "./databases.js";
import { deliveryStoreContract } from "./delivery-store.js";
import { forwardStoreContract } from "./forward-store.js";
import { inboxStoreContract } from "./inbox-store.js";
import { intentionStoreContract } from "./intention-store.js";
import { keptEventStoreContract } from "./kept-event-store.js";
import { loginErrandStoreContract } from "./login-errand-store.js";
import { loginStoreContract } from "./login-store.js";
import { loginTicketStoreContract } from "./login-ticket-store.js";
import { recordStoreContract } from "./record-store.js";
import { roomStoreContract } from "./room-store.js";
import { seenStoreContract } from "./seen-store.js";
import { serviceSecretStoreContract } from "./service-secret-store.js";
import { serviceStoreContract } from "./service-store.js";
import { workStoreContract } from "./work-store.js";

for (const [name, openDatabase] of databases) {
  apiTokenStoreContract(name, openDatabase);
  connectionIndexContract(name, openDatabase);
  deliveryStoreContract(name, openDatabase);
  forwardStoreContract(name, openDatabase);
  inboxStoreContract(name, openDatabase);
  intentionStoreContract(name, openDatabase);
  keptEventStoreContract(name, openDatabase);
  loginErrandStoreContract(name, openDatabase);
  loginStoreContract(name, openDatabase);
  loginTicketStoreContract(name, openDatabase);
  recordStoreContract(name, openDatabase);
  roomStoreContract(name, openDatabase);
  seenStoreContract(name, openDatabase);
  serviceSecretStoreContract(name, openDatabase);
  serviceStoreContract(name, openDatabase);
  workStoreContract(name, openDatabase);
}
