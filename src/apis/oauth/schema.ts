/** What a remote sends along with the browser; which of them depends on the flow (RFC 6749, 4.1.2; RFC 5849, 2.2). */
export const returnQuery = {
  type: "object",
  properties: {
    state: { type: "string", description: "As it was sent along; good once, and for ten minutes." },
    code: { type: "string", description: "OAuth 2: what is exchanged for the login." },
    error: { type: "string", description: "OAuth 2: the person, or the remote, did not want it." },
    oauth_token: { type: "string", description: "OAuth 1.0a." },
    oauth_verifier: { type: "string", description: "OAuth 1.0a." },
  },
};

/** The word in the address that people are told, and in the page's form. */
export const undoWord = {
  type: "object",
  properties: { token: { type: "string", description: "The word that undoes the login; good once, and for ten minutes." } },
  required: ["token"],
};
