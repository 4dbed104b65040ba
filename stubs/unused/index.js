"use strict";

module.exports = function unused() {
  throw new Error("This part of matrix-bot-sdk is not part of this build: the package that it needs is replaced by stubs/unused.");
};
