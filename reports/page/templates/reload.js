"use strict";
(() => {
  const { version } = document.currentScript.dataset;
  setInterval(async () => {
    try {
      const answer = await fetch("version", { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== version) location.reload();
    } catch {
      // The server has gone; the page stays as it is.
    }
  }, 1000);
})();
