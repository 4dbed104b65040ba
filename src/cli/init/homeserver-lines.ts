interface Homeserver {
  readonly domain: string;
  /** The registration file, as an absolute path. */
  readonly registrationFile: string;
}

const fence = "```";

/**
 * How each kind of homeserver is told of an appservice: Synapse ("Registering an application service"), Dendrite (its sample configuration),
 * the Conduit family ("Setting up appservices" of each).
 */
export function homeserverLines({ domain, registrationFile }: Homeserver): string {
  const path = /^[\w./-]+$/.test(registrationFile) ? registrationFile : JSON.stringify(registrationFile);
  const contents = `    ${fence}\n    (the text of ${registrationFile})\n    ${fence}`;
  return `Tell the homeserver of it. Where a path stands, it is the one by which the homeserver finds a copy that its user may read.

  Synapse, in homeserver.yaml; then restart it:
    app_service_config_files:
      - ${path}

  Dendrite, in dendrite.yaml; then restart it:
    app_service_api:
      config_files:
        - ${path}

  Continuwuity, Tuwunel, conduwuit: a message in the room #admins:${domain}
    !admin appservices register
${contents}

  Conduit: a message in the room #admins:${domain}
    @conduit:${domain}: register-appservice
${contents}
`;
}
